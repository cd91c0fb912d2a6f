"""Time of a search in a large library: everything that a user's query does, model included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdemo.config import Settings
from mmdemo.data.library import Library
from mmdemo.data.library_frames import Frames
from mmdemo.data.library_ledger import Entry
from mmdemo.services.retrieval.service import RetrievalService
from mmdemo.services.retrieval.yardstick import vocabulary

VIDEO = 2000  # frames of a synthetic video ...
SHOT = 10  # ... and of a shot
LIKE_SHOT = 0.8  # cosine of a frame with the middle of its shot: neighbours look alike
NOISES = 4096  # rows of noise that are drawn once: drawing it anew would take most of the time
THUMBNAIL = bytes(200)  # real ones have about 8 KB, and a query reads twelve
TOP = 12


@dataclass(frozen=True)
class QueryTimes:
    """Seconds of single searches over so many frames, sorted, and of preparing the library."""

    frames: int
    queries_s: tuple[float, ...]
    first_s: float  # the first search after the library was opened
    upkeep_s: float  # putting files together and building the index

    @property
    def p95_s(self) -> float:
        """95 of 100 searches take no longer."""
        return float(np.percentile(self.queries_s, 95))

    @property
    def median_s(self) -> float:
        """Half of the searches take no longer."""
        return float(np.median(self.queries_s))


def queries(count: int) -> list[str]:
    """Different sentences, so that nothing that was computed or written serves twice."""
    return [f"{phrase} in the evening" for phrase in vocabulary()[:count]]


def fill(library: Library, matcher, frames: int) -> None:
    """Put synthetic videos into a library: unit vectors that come in shots of like frames."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((NOISES, matcher.width), np.float32)
    for number in range(frames // VIDEO):
        item = f"{number:032x}"
        run_id = library.new_run(item)
        rows = video_rows(rng, noise)
        library.append(run_id, matcher.identity, rows, [THUMBNAIL] * VIDEO)
        model = (matcher.name, matcher.identity)
        name = f"{number}.mp4"
        library.finish(Entry(item, run_id, name, f"/{name}", "video", VIDEO, VIDEO, *model))


def video_rows(rng: np.random.Generator, noise: np.ndarray) -> Frames:
    """Frames of one synthetic video: a direction for each shot, and some of the noise on it."""
    middles = rng.standard_normal((VIDEO // SHOT, noise.shape[1]), np.float32)
    spread = np.float32((1 / LIKE_SHOT**2 - 1) ** 0.5)
    vectors = np.repeat(middles, SHOT, 0) + spread * noise[rng.integers(len(noise), size=VIDEO)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    times = np.arange(VIDEO, dtype=float)
    shots = np.repeat(np.arange(VIDEO // SHOT), SHOT).astype(np.int32)
    runs = np.full(VIDEO, "", dtype=object)
    return Frames(runs, times, times + 1, shots, vectors, np.zeros(VIDEO, np.uint64))


def measure_queries(settings: Settings, frames: int, asked: int = 100) -> QueryTimes:
    """Fill a library and search it as the page does, thumbnails included."""
    service = RetrievalService(settings)
    matcher = service.matcher()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library"
        library = Library.open(path, create=True)
        fill(library, matcher, frames)
        start = time.perf_counter()
        library.upkeep()
        upkeep_s = time.perf_counter() - start
        sentences = queries(asked + 5)
        (first_s,) = _timed(service, path, sentences[:1])
        _timed(service, path, sentences[1:5])
        times = _timed(service, path, sentences[5:])
    return QueryTimes(frames, tuple(sorted(times)), first_s, upkeep_s)


def _timed(service: RetrievalService, library: Path, sentences: Sequence[str]) -> list[float]:
    times = []
    for sentence in sentences:
        start = time.perf_counter()
        result = service.search(library, sentence, top=TOP)
        times.append(time.perf_counter() - start)
        if len(result.moments) == 0 or not result.moments[0].thumbnail.exists():
            raise RuntimeError(f"the search for {sentence!r} found nothing")
    return times
