"""A matcher that knows colours, so that what is found can be told in advance."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from mmdemo.errors import ModelNotFoundError
from mmdemo.types import MatchMap, Note

COLOURS = {
    "red": (220, 20, 20),
    "green": (20, 200, 20),
    "blue": (20, 20, 220),
    "yellow": (230, 220, 20),
    "white": (250, 250, 250),
    "black": (5, 5, 5),
}
WIDTH = 32


@dataclass
class ColourMatcher:
    """Pictures and sentences meet at the colours they are made of; the rest is noise by hash."""

    name: str = "colours"
    identity: str = "c" * 40
    width: int = WIDTH
    encoded: int = 0  # pictures, over all calls
    slow: threading.Event | None = None  # encoding waits for it

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """A colour word decides; other sentences point nowhere in particular."""
        rows = []
        for text in texts:
            row = np.random.default_rng(zlib.crc32(text.encode())).normal(0, 0.15, self.width)
            row[: len(COLOURS)] *= 0.3
            for place, colour in enumerate(COLOURS):
                row[place] += 2.0 * (colour in text.lower().split())
            rows.append(row)
        return _unit(rows, self.width)

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """How near each colour is to the mean of the picture."""
        if self.slow is not None:
            self.slow.wait(20)
        self.encoded += len(images)
        rows = []
        for image in images:
            mean = np.asarray(image.resize((1, 1), Image.Resampling.BOX))[0, 0].astype(float)
            near = [np.exp(-np.abs(mean - np.array(c)).sum() / 80) for c in COLOURS.values()]
            rows.append(np.append(near, np.full(self.width - len(near), 0.05)))
        return _unit(rows, self.width)

    def notes(self, text: str) -> tuple[Note, ...]:
        """Nothing to say."""
        return ()

    def word_maps(self, image: Image.Image, text: str) -> MatchMap:
        """The left half for everything."""
        overall = np.zeros((image.height, image.width), np.float32)
        overall[:, : image.width // 2] = 1
        return MatchMap(((0, len(text)),), overall[None], overall)


@dataclass
class ColourCore:
    """Gives the matcher of a name; the name is its identity too."""

    matchers: dict[str, ColourMatcher] = field(default_factory=dict)

    def matcher(self, name: str) -> ColourMatcher:
        """The matcher, made at its first use; "missing" is none."""
        if name == "missing":
            raise ModelNotFoundError('There is no model "missing".')
        if name not in self.matchers:
            self.matchers[name] = ColourMatcher(name=name, identity=f"{name:x<40}")
        return self.matchers[name]


def _unit(rows: list, width: int) -> np.ndarray:
    array = np.array(rows, dtype=np.float32).reshape(-1, width)
    return array / np.linalg.norm(array, axis=1, keepdims=True)
