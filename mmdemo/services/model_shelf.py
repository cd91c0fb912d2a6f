"""The models of this machine as a page tells of them: size, languages, figures, speed."""

from __future__ import annotations

import logging
import re
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..config import Settings
from ..errors import MmdemoError
from ..models.checkpoints import checkpoint_kind, folder_bytes, read_config
from .model_list import models_in, own_models

if TYPE_CHECKING:
    from ..models.core import Core

log = logging.getLogger(__name__)

CLASSIFIER, MATCHER = "classifier", "matcher"
MEASURING, MEASURED, FAILED = "measuring", "measured", "failed"
TIMES = 5  # what is told is the middle one
SENTENCE = "I am so happy that you came, this is the best day of my life!"
PICTURE = (320, 240)
ENGLISH = ("minilm", "bert-base-cased", "clip")  # encoders whose texts were English
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Speed:
    """How long one input takes here, in milliseconds: the middle of ``TIMES`` tries."""

    state: str  # measuring | measured | failed
    text_ms: float = 0.0
    picture_ms: float = 0.0
    both_ms: float = 0.0  # of a classifier: both read together


@dataclass(frozen=True)
class ModelEntry:
    """One model that is here."""

    name: str  # what ``measure`` takes
    title: str
    kind: str  # classifier | matcher
    own: bool  # of a workspace, not built in
    labels: tuple[str, ...]
    size_bytes: int
    languages: tuple[str, ...]  # ISO codes; empty: those of the texts that it learned from
    licence: str  # empty for a model that a person trained
    parts: tuple[str, str]  # names of the text and the picture encoder
    card: str  # README.md without its front matter
    speed: Speed | None = None


class ModelShelf:
    """One per process; measured speeds are kept and told to everybody."""

    def __init__(self, settings: Settings, core: Core) -> None:
        self.settings, self.core = settings, core
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # two measured at once would both look slow
        self._speeds: dict[tuple[str, float], Speed] = {}

    def entries(self, own: Path | None = None) -> tuple[ModelEntry, ...]:
        """What is built in, then the models of a workspace, the newest first; without damaged
        ones."""
        built_in = models_in(self.settings.checkpoints, matchers=True)
        found = [(self.settings.checkpoints / info.name, False) for info in built_in]
        found += [(Path(info.name), True) for info in (own_models(own) if own else ())]
        entries = (self._entry(folder, own) for folder, own in found)
        return tuple(entry for entry in entries if entry is not None)

    def _entry(self, folder: Path, own: bool) -> ModelEntry | None:
        try:
            kind = checkpoint_kind(folder) or CLASSIFIER
            config = read_config(folder, kind)
            parts = str(config["text_encoder"]["name"]), str(config["vision_encoder"]["name"])
            front, card = read_card(folder / "README.md")
            size, stamp = folder_bytes(folder), _stamp(folder)
        except (MmdemoError, OSError, KeyError, TypeError) as error:
            log.warning("%s is left out: %s", folder.name, error)
            return None
        languages = (front["language"],) if "language" in front else _languages(parts[0])
        return ModelEntry(
            name=str(folder) if own else folder.name, title=str(config.get("title") or folder.name),
            kind=kind, own=own, labels=tuple(map(str, config.get("labels", ()))), size_bytes=size,
            languages=languages, licence=front.get("license", ""), parts=parts, card=card,
            speed=self._speeds.get((str(folder), stamp)),
        )  # fmt: skip

    def busy(self) -> bool:
        """Whether anything is being measured."""
        with self._lock:
            return any(speed.state == MEASURING for speed in self._speeds.values())

    def measure(self, name: str, own: Path | None = None) -> None:
        """Measure one of ``entries(own)`` in the background, once for everybody."""
        entry = next((one for one in self.entries(own) if one.name == name), None)
        if entry is None:
            return
        folder = Path(name) if entry.own else self.settings.checkpoints / name
        key = str(folder), _stamp(folder)
        with self._lock:
            known = self._speeds.get(key)
            if known is not None and known.state != FAILED:
                return
            self._speeds[key] = Speed(MEASURING)
        work = (key, str(folder), entry.kind)
        threading.Thread(target=self._measure, args=work, name="measure", daemon=True).start()

    def _measure(self, key: tuple[str, float], folder: str, kind: str) -> None:
        try:
            with self._turn:
                works = self._works(folder, kind)
                speed = Speed(MEASURED, *(_middle_ms(work) for work in works))
        except Exception:
            log.exception("measuring %s failed", folder)
            speed = Speed(FAILED)
        with self._lock:
            self._speeds[key] = speed

    def _works(self, folder: str, kind: str) -> list[Callable[[], object]]:
        """What is timed: a text, a picture, both."""
        noise = np.random.default_rng(0).integers(0, 255, (*reversed(PICTURE), 3), dtype=np.uint8)
        picture = Image.fromarray(noise)
        if kind == MATCHER:
            matcher = self.core.matcher(folder)
            return [
                lambda: matcher.encode_texts([SENTENCE]),
                lambda: matcher.encode_images([picture]),
            ]
        read = self.core.classifier(folder).classify
        return [
            lambda: read([SENTENCE], [None]),
            lambda: read([""], [picture]),
            lambda: read([SENTENCE], [picture]),
        ]


def _middle_ms(work: Callable[[], object]) -> float:
    work()  # the first time is slower: memory is claimed
    spent = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return 1000 * statistics.median(spent)


def _stamp(folder: Path) -> float:
    return (folder / "config.json").stat().st_mtime


def _languages(text_encoder: str) -> tuple[str, ...]:
    return ("en",) if any(name in text_encoder for name in ENGLISH) else ()


def read_card(path: Path) -> tuple[dict[str, str], str]:
    """Front matter (simple ``key: value`` lines) and text of a card; both empty without one."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}, ""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    pairs = (line.partition(":") for line in found[1].splitlines())
    front = {key.strip(): value.strip() for key, _, value in pairs if value.strip()}
    return front, text[found.end() :]
