"""A retrieval service whose answers are clearly made up: a file is found by the words of its name.

Only tests use it. A file takes ``item_s`` seconds to index; "tiny.mp4" cannot be read.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image

from mmdemo.config import Settings
from mmdemo.errors import LibraryError, MediaError
from mmdemo.services.retrieval.answers import (
    IndexJob,
    LibraryItem,
    LibraryView,
    SearchResult,
    SentenceFit,
)
from mmdemo.types import MatchMap, ModelInfo, Moment, Note, Problem

LENGTH_S = 12.0
PICTURES = (".jpg", ".png")


def words_of(text: str) -> list[str]:
    """The words of a name or a sentence."""
    return [word for word in text.lower().replace("_", " ").replace(".", " ").split() if word]


def word_places(text: str) -> tuple[tuple[int, int], ...]:
    """Where the words of a sentence stand in it."""
    places, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        places.append((start, at))
    return tuple(places)


class FakeLibrary:
    """What one library holds and how its job stands."""

    def __init__(self) -> None:
        self.ready: list[LibraryItem] = []
        self.waiting: list[tuple[Path, str]] = []
        self.problems: list[Problem] = []
        self.since, self.total, self.state = 0.0, 0, ""
        self.model = "matcher-compact"


class FakeRetrievalService:
    """The interface of RetrievalService with made-up answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.item_s = 0.2
        self.libraries: dict[Path, FakeLibrary] = {}
        self.other_model = False

    def status(self) -> SimpleNamespace:
        """Ready at once."""
        return SimpleNamespace(state="ready", model="matcher-compact", message="")

    def models(self, own: Path | None = None) -> tuple[ModelInfo, ...]:
        """The built-in one, and a folder for each tuned one."""
        tuned = sorted(own.glob("*")) if own else ()
        return (ModelInfo("matcher-compact", "Compact", (), 0),
                *(ModelInfo(str(path), path.name, (), 0) for path in tuned))  # fmt: skip

    def choose(self, library: Path, name: str, own: Path | None = None) -> None:
        """Ask with another model."""
        if name not in [model.name for model in self.models(own)]:
            raise LibraryError("This model is not here any more.", code="matcher_gone")
        self._of(library).model = name

    def _of(self, library: Path) -> FakeLibrary:
        held = self.libraries.setdefault(library, FakeLibrary())
        while held.state == "running" and time.monotonic() - held.since > self.item_s:
            held.since += self.item_s
            path, name = held.waiting.pop(0)
            if name.startswith("tiny"):
                held.problems.append(Problem(name, f"{name} is damaged.", "skipped"))
            elif name not in [item.name for item in held.ready]:
                held.ready.append(self._item(library, path, name))
            held.state = "running" if held.waiting else "done"
        return held

    def _item(self, library: Path, path: Path, name: str) -> LibraryItem:
        still = path.suffix in PICTURES
        thumbnail = library / f"{name}.jpg"
        library.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (160, 120), "teal").save(thumbnail)
        kind, length = ("picture", 0.0) if still else ("video", LENGTH_S)
        return LibraryItem(name, name, kind, length, 12, thumbnail, path, "ready")

    def add(self, library, paths, names=None) -> IndexJob:
        """Index ``paths``, one after the other."""
        held = self._of(library)
        if held.state != "running":
            held.since, held.total, held.state = time.monotonic(), 0, "running"
        named = list(zip(paths, names or [p.name for p in paths], strict=True))
        held.waiting += named
        held.total += len(named)
        return self.job(library)

    def job(self, library) -> IndexJob | None:
        """How the job stands."""
        held = self._of(library)
        if not held.state:
            return None
        done = held.total - len(held.waiting)
        current = held.waiting[0][1] if held.waiting else ""
        left = len(held.waiting) * self.item_s
        return IndexJob(held.state, done, held.total, current, done / max(held.total, 1), left,
                        tuple(held.problems))  # fmt: skip

    def stop(self, library) -> None:
        """Stop; what waits goes on waiting."""
        held = self._of(library)
        held.state = "stopped" if held.state == "running" else held.state

    def resume(self, library) -> IndexJob | None:
        """Go on."""
        held = self._of(library)
        held.state, held.since = "running", time.monotonic()
        return self.job(library)

    def contents(self, library) -> LibraryView:
        """What is ready."""
        held = self._of(library)
        other = self.other_model or held.model != "matcher-compact"
        return LibraryView(tuple(held.ready), held.model, other)

    def remove(self, library, item_id) -> None:
        """Take an item out."""
        held = self._of(library)
        held.ready = [item for item in held.ready if item.id != item_id]

    def search(self, library, query, *, but_not="", items=None, like=None, top=12, offset=0):
        """Every file whose name has a word of the query, three moments each."""
        if "crash" in query:
            raise RuntimeError("/secret/path broke")
        found = []
        for item in self._of(library).ready:
            hits = set(words_of(item.name)) & set(words_of(query))
            if like:
                hits = {"like"} - ({"like"} if item.id == like[0] else set())
            if not hits or (items and item.id not in items) or but_not in item.name.split("_")[:1]:
                continue
            spans = [(2.0, 6.0), (8.0, 9.0), (10.0, 12.0)] if item.kind == "video" else [(0.0, 0.0)]
            for (start, end), strength in zip(spans, ("strong", "fair", "weak"), strict=False):
                at = (start + end) / 2
                found.append(
                    Moment(item.id, item.name, start, end, at, 5.0, strength, item.thumbnail)
                )
        found.sort(key=lambda m: ("strong", "fair", "weak").index(m.strength))
        notes = () if query.isascii() else (Note("foreign_language", "?", {"language": "Chinese"}),)
        closest = found[offset : offset + top]
        return SearchResult(query, tuple(closest), len(found), bool(found), notes)

    def curve(self, library, query, item) -> tuple[tuple[float, float], ...]:
        """A hill around the middle of the first moment."""
        return tuple((float(t), 5 * float(np.exp(-((t - 4) ** 2) / 6))) for t in range(12))

    def region(self, library, item, time_s, query) -> tuple[Image.Image, MatchMap]:
        """One blob per word, from left to right."""
        frame = Image.new("RGB", (160, 120), "teal")
        rows, columns = np.mgrid[0:120, 0:160].astype(np.float32)
        places = word_places(query)
        steps = [160 * (n + 1) / (len(places) + 1) for n in range(len(places))]
        maps = [np.exp(-((columns - x) ** 2 + (rows - 60) ** 2) / 600) for x in steps]
        return frame, MatchMap(places, np.stack(maps), np.max(maps, axis=0))

    def fitting_sentences(self, library, item, sentences) -> tuple[SentenceFit, ...]:
        """The longer a sentence the better it fits."""
        ranked = sorted(sentences, key=len, reverse=True)
        strengths = ["strong", "fair", "weak", *["none"] * len(ranked)]
        return tuple(SentenceFit(s, 5.0 - n, strengths[n], 4.0) for n, s in enumerate(ranked))

    def suggested_tags(self, library, item, top=8) -> tuple[SentenceFit, ...]:
        """Two phrases."""
        return (SentenceFit("a dog", 4.0, "strong", 4.0), SentenceFit("snow", 2.0, "fair", 9.0))

    def clip(self, library, item, span, out, progress=None, should_stop=None) -> Path:
        """The whole file: what matters is what was asked for."""
        self.clipped = (item, *span)
        path = next(i.path for i in self._of(library).ready if i.id == item)
        if span[1] > LENGTH_S:
            raise MediaError("The clip ends after the video.")
        shutil.copyfile(path, out)
        return out

    def export_csv(self, result, out) -> Path:
        """A line per moment."""
        out.write_text("video\n" + "".join(f"{m.video}\n" for m in result.moments))
        return out

    def export_json(self, result, out) -> Path:
        """The names."""
        out.write_text(json.dumps([m.video for m in result.moments]))
        return out
