"""Scores of a library's frames for a query, exactly in memory or by the engine's index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ...data import library_frames
from ...data.library import Library
from ...data.library_frames import Frames, joined
from ...data.library_ledger import Entry
from .yardstick import LIKENESS_CUTS, SENTENCE_CUTS, Cuts, Scale, Yardstick, cosines

CANDIDATES = 400
"""Frames asked of the index for a query; they are then scored exactly."""
NOT_SHARE = 0.5
"""How much of the unwanted direction is taken off when the index is asked."""
SAMPLE = 2000
"""Frames by which a library is measured: a spread to one in a hundred."""
LIKE_WEIGHT = 3.0
"""What a perfect likeness adds to a sentence's score when both are asked for."""


@dataclass(frozen=True)
class Query:
    """What is looked for, as vectors of the joint space."""

    wanted: np.ndarray | None = None  # of a sentence
    unwanted: np.ndarray | None = None
    like: np.ndarray | None = None  # of a frame

    @property
    def cuts(self) -> Cuts:
        """What the scores of this query are called."""
        return LIKENESS_CUTS if self.wanted is None else SENTENCE_CUTS

    def scores(self, searcher: Searcher, frames: Frames) -> np.ndarray:
        """(n,) scores: what is wanted, less what is not wanted wherever that is seen at all."""
        found = np.zeros(len(frames), np.float32)
        if self.like is not None:
            found = found + searcher.yardstick.likeness(self.like, frames.vectors)
            if self.wanted is not None:
                found = LIKE_WEIGHT * np.maximum(found, 0)
        if self.wanted is not None:
            found = found + searcher.scale.z_scores(cosines(self.wanted, frames.vectors))
        if self.unwanted is not None:
            seen = searcher.scale.z_scores(cosines(self.unwanted, frames.vectors))
            found = found - np.maximum(seen, 0)
        return found

    def aims(self) -> list[np.ndarray]:
        """Directions in which the index should look for candidates."""
        aims = [] if self.wanted is None else [self.wanted]
        aims += [] if self.like is None else [self.like]
        if self.unwanted is not None:
            aims.append(aims[0] - NOT_SHARE * self.unwanted)
        return aims


class Searcher:
    """Scores the frames of one library for queries of one model."""

    def __init__(self, library: Library, identity: str, yardstick: Yardstick) -> None:
        self.library, self.identity = library, identity
        self.yardstick, self.scale = yardstick, Scale()
        self._measured: frozenset[str] | None = None  # the runs that ``scale`` was made of

    def measure(self, entries: Collection[Entry]) -> Searcher:
        """Bring ``scale`` up to date with the library's entries; returns the searcher itself."""
        runs = frozenset(entry.run_id for entry in entries)
        if runs != self._measured:
            self.scale = self.yardstick.scale(self._sample(entries))
            self._measured = runs
        return self

    def _sample(self, entries: Collection[Entry]) -> np.ndarray:
        """Vectors of some frames from all over the library, or, in a large one, of some runs."""
        if not _large(entries):
            vectors = self.library.all_frames(self.identity, [e.run_id for e in entries]).vectors
            return vectors[:: len(vectors) // SAMPLE + 1]
        runs, frames = [], 0
        for entry in sorted(entries, key=lambda entry: entry.run_id):  # names given by chance
            if frames >= SAMPLE:
                break
            runs, frames = [*runs, entry.run_id], frames + entry.frames
        return self.library.frames(self.identity, runs).vectors

    def scored(
        self, query: Query, entries: Collection[Entry], runs: Sequence[str] | None
    ) -> tuple[Frames, np.ndarray]:
        """Frames ordered by run and time, with their scores: those of ``entries`` (or, of these,
        only of ``runs``), or, in a library too large for that, the candidates of the index."""
        finished = [entry.run_id for entry in entries]
        if _large(entries):
            frames = self._candidates(query, finished if runs is None else runs, runs is None)
            return frames, query.scores(self, frames)
        frames = self.library.all_frames(self.identity, finished)
        scores = query.scores(self, frames)
        if runs is not None:
            chosen = np.isin(frames.runs, list(runs))
            frames, scores = frames.pick(chosen), scores[chosen]
        return frames, scores

    def of_run(self, run_id: str) -> Frames:
        """All frames of one run."""
        return self.library.frames(self.identity, [run_id])

    def _candidates(self, query: Query, runs: Sequence[str], everywhere: bool) -> Frames:
        parts = [
            self.library.nearest(self.identity, aim, CANDIDATES, runs, everywhere)
            for aim in query.aims()
        ]
        whole = joined(parts)
        if len(parts) > 1 and len(whole):  # a frame may be a candidate in two directions
            new = (np.diff(whole.run_numbers) != 0) | (np.diff(whole.times) != 0)
            whole = whole.pick(np.append(True, new))
        return whole


def _large(entries: Collection[Entry]) -> bool:
    """Whether the engine's index is asked, instead of all frames in memory."""
    return sum(entry.frames for entry in entries) > library_frames.INDEX_FROM
