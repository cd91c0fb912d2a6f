"""From scored frames to moments: the best of each shot, as long as it stays nearly as good.

A shot fits as well as its best frames do on average, not as its very best: what a single frame
suggests is more often a mistake (mean pooling of frames, CLIP4Clip, Luo et al., 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...data.library_frames import Frames
from ..matching import BEST_FRAMES

LASTS = 0.7
"""A moment goes on while its frames score at least this share of its best one ..."""
DIP_S = 3.0
"""... and over dips no longer than this: somebody turns away, a hand moves through the picture."""
RELATIVE = 0.55
"""Moments below this share of the best one's score are not shown, as long as others are."""


@dataclass(frozen=True)
class Hit:
    """The best of one shot, before it has a name and a thumbnail."""

    run_id: str
    start_s: float
    end_s: float
    frame_s: float
    score: float
    place: int  # of the best frame's row, as in Frames


class Ranking:
    """The shots of scored frames, best first; hits are made for the asked page only."""

    def __init__(self, frames: Frames, scores: np.ndarray) -> None:
        """Frames must be ordered by run and time."""
        self._frames, self._scores = frames, scores
        if not len(frames):
            self.scores = np.zeros(0, np.float32)
            return
        self._starts = frames.shot_starts
        self._ends = np.append(self._starts[1:], len(frames))
        best = best_means(scores, self._starts)
        self._order = np.argsort(-best, kind="stable")
        self.scores = best[self._order]  # (shots,) best first

    def shown(self, least: float) -> int:
        """How many are worth showing; 0 when none reaches ``least``."""
        if not len(self.scores) or self.scores[0] < least:
            return 0
        least = max(least, RELATIVE * float(self.scores[0]))
        return int(np.searchsorted(-self.scores, -least, side="right"))

    def hits(self, first: int, after: int) -> list[Hit]:
        """The hits of ranks first ... after - 1."""
        places = self._order[first:after] if len(self.scores) else []
        return [
            _hit(self._frames, self._scores, int(self._starts[i]), int(self._ends[i]), score)
            for i, score in zip(places, self.scores[first:after], strict=True)
        ]


def best_means(scores: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Means of the highest BEST_FRAMES scores of each group; groups start at these places."""
    lengths = np.diff(np.append(starts, len(scores)))
    left, total = scores.astype(np.float64), np.zeros(len(starts))
    for taken in range(BEST_FRAMES):
        there = lengths > taken
        best = np.maximum.reduceat(left, starts)
        total[there] += best[there]
        equal = np.flatnonzero(left == np.repeat(best, lengths))
        groups = np.searchsorted(starts, equal, side="right")
        left[equal[np.append(True, groups[1:] != groups[:-1])]] = -np.inf
    return (total / np.minimum(lengths, BEST_FRAMES)).astype(scores.dtype)


def _hit(frames: Frames, scores: np.ndarray, first: int, after: int, score: float) -> Hit:
    """The hit of the shot whose frames are at places first ... after - 1."""
    peak = first + int(np.argmax(scores[first:after]))
    least = LASTS * scores[peak] if scores[peak] > 0 else scores[peak]
    good = first + np.flatnonzero(scores[first:after] >= least)
    dips = frames.times[good[1:]] - frames.ends[good[:-1]]
    parts = np.split(good, np.flatnonzero(dips > DIP_S + 1e-3) + 1)  # times are whole milliseconds
    mine = next(part for part in parts if part[-1] >= peak)
    return Hit(
        run_id=str(frames.runs[peak]),
        start_s=float(frames.times[mine[0]]),
        end_s=float(frames.ends[mine[-1]]),
        frame_s=float(frames.times[peak]),
        score=float(score),
        place=int(frames.places[peak]),
    )
