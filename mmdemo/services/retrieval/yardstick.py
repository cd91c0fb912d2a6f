"""How good a score is: measured against everyday phrases that mostly do not fit.

A raw cosine says little, since it depends on the model. So it is told in standard deviations above
the mean of the built-in phrases on the frames of the library, which means the same for every model.
One scale serves the whole library, so that moments are ranked by their cosines: a scale of its own
for every frame costs 5 points of R@1 on Flickr8k (``training/RESULTS.md``).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from ...models.half_products import half_products

STRONG, FAIR, WEAK, NONE = "strong", "fair", "weak", "none"
_BLOCK = 8192  # frames measured at a time: the product with all phrases stays below 20 MB
_SCAN = 25_000  # frames compared with a query at a time
_CORES = ThreadPoolExecutor(os.cpu_count(), "yardstick")  # its threads start at their first work


@dataclass(frozen=True)
class Cuts:
    """Least scores of the three words."""

    strong: float
    fair: float
    weak: float

    def word(self, score: float) -> str:
        """The word for a score: "strong", "fair", "weak" or "none"."""
        if score >= self.strong:
            return STRONG
        return FAIR if score >= self.fair else WEAK if score >= self.weak else NONE


SENTENCE_CUTS = Cuts(strong=3.0, fair=2.2, weak=1.5)
"""Standard deviations above the phrases; ``training/RESULTS.md`` says what passes them."""
LIKENESS_CUTS = Cuts(strong=0.8, fair=0.6, weak=0.4)
"""Correlation of two frames' scores over the phrases."""


@cache
def vocabulary() -> tuple[str, ...]:
    """The built-in phrases."""
    text = files("mmdemo.services.retrieval").joinpath("vocabulary.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))


@dataclass(frozen=True)
class Scale:
    """How the phrases' cosines lie on the frames of a library."""

    mean: float = 0.0  # mean of all phrases on all frames
    std: float = 1.0  # standard deviation of the phrases on one frame, on average

    def z_scores(self, cosines: np.ndarray) -> np.ndarray:
        """Cosines as standard deviations above the phrases."""
        return (cosines - self.mean) / self.std


class Yardstick:
    """The built-in phrases in one model's joint space."""

    def __init__(self, phrases: np.ndarray) -> None:
        self.phrases = phrases  # (phrases, width), unit length
        self.mean = phrases.mean(0)
        deviations = (phrases - self.mean) / np.sqrt(len(phrases))
        # lengths and angles after D are those after the R of D = QR, which has fewer rows
        self._deviations = np.linalg.qr(deviations, mode="r").astype(np.float32)

    def spread(self, frames: np.ndarray) -> np.ndarray:
        """Standard deviation of all phrases' scores on each of n frames: (n,)."""
        turned = self._deviations.T
        found = _in_blocks(lambda block: np.linalg.norm(block @ turned, axis=1), frames, _BLOCK)
        return np.maximum(found, 1e-6)

    def scale(self, frames: np.ndarray) -> Scale:
        """What the cosines on frames (n, width) like these are measured with."""
        if not len(frames):
            return Scale()
        mean = float(self.mean @ frames.mean(0, dtype=np.float32))
        return Scale(mean, float(self.spread(frames).mean()))

    def likeness(self, frame: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Correlation, over the phrases, of one frame's scores with those of n others: (n,)."""
        profile = self._deviations @ frame.astype(np.float32)
        aim = profile @ self._deviations / max(float(np.linalg.norm(profile)), 1e-6)
        return cosines(aim, frames) / self.spread(frames)


def cosines(query: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Of frames (n, width) with one query: (n,), or with m of them: (n, m)."""
    if query.ndim == 1 and frames.dtype == np.float16:
        return half_products(frames, query)
    turned = query.T
    return _in_blocks(lambda block: block @ turned, frames, _SCAN)


def _in_blocks(
    work: Callable[[np.ndarray], np.ndarray], frames: np.ndarray, block: int
) -> np.ndarray:
    """``work`` on so many frames at a time, in full precision, put together again. Blocks are
    shared among the cores: numpy's own products are kept on one (see ``mmdemo/__init__.py``)."""

    def one(start: int) -> np.ndarray:
        return work(frames[start : start + block].astype(np.float32, copy=False))

    starts = range(0, max(len(frames), 1), block)
    return np.concatenate(list(_CORES.map(one, starts))) if len(starts) > 1 else one(0)


class Yardsticks:
    """One yardstick for each model, made at its first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Yardstick] = {}

    def of(self, identity: str, encode_texts: Callable[[Sequence[str]], np.ndarray]) -> Yardstick:
        """The yardstick of the model with that identity."""
        with self._lock:
            if identity not in self._made:
                self._made[identity] = Yardstick(encode_texts(vocabulary()))
            return self._made[identity]
