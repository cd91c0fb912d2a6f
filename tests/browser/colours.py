"""Clips whose colours the matcher of these tests knows, and words that it finds in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from mmdemo.types import MatchMap
from tests.services.colours import COLOURS, ColourCore, ColourMatcher
from tests.video_media import clip_of

SIZE = (160, 120)


class WordyMatcher(ColourMatcher):
    """Finds each word somewhere else: the first on the left, the next beside it, and so on."""

    def word_maps(self, image: Image.Image, text: str) -> MatchMap:
        """A column of the picture per word."""
        spans = words_of(text)
        maps = np.zeros((len(spans), image.height, image.width), np.float32)
        for number, column in enumerate(np.array_split(np.arange(image.width), len(spans))):
            maps[number, :, column] = 1
        return MatchMap(spans, maps, maps.max(0) * 0.9)


class WordyCore(ColourCore):
    """Gives that matcher."""

    def matcher(self, name: str) -> WordyMatcher:
        """One matcher, whatever the name."""
        if name not in self.matchers:
            self.matchers[name] = WordyMatcher(name=name, identity="w" * 40)
        return self.matchers[name]


def words_of(text: str) -> tuple[tuple[int, int], ...]:
    """Where the words stand."""
    spans, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        spans.append((at, at + len(word)))
        at += len(word)
    return tuple(spans)


def scene(colour: str) -> Image.Image:
    """One frame of a colour."""
    return Image.new("RGB", SIZE, COLOURS[colour])


def colour_clip(path: Path, *colours: str, seconds: int = 4) -> Path:
    """A clip that shows each colour for ``seconds``."""
    frames = [scene(colour) for colour in colours for _ in range(5 * seconds)]
    return clip_of(frames, path, "5")
