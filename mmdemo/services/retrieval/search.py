"""Scores of a library's frames for a query, exactly in memory or by the engine's index."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ...data import library_frames
from ...data.library import Library
from ...data.library_frames import Frames, joined
from ...data.library_ledger import Entry
from .yardstick import LIKENESS_CUTS, SENTENCE_CUTS, Cuts, Yardstick

CANDIDATES = 400
"""Frames asked of the index for a query; they are then scored exactly."""
NOT_SHARE = 0.5
"""How much of the unwanted direction is taken off when the index is asked."""
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

    def scores(self, yardstick: Yardstick, frames: Frames, spread: np.ndarray) -> np.ndarray:
        """(n,) scores: what is wanted, less what is not wanted wherever that is seen at all."""
        found = np.zeros(len(frames), np.float32)
        if self.like is not None:
            found = found + yardstick.likeness(self.like, frames.vectors, spread)
            if self.wanted is not None:
                found = LIKE_WEIGHT * np.maximum(found, 0)
        if self.wanted is not None:
            found = found + yardstick.scores(self.wanted, frames.vectors, spread)
        if self.unwanted is not None:
            seen = yardstick.scores(self.unwanted, frames.vectors, spread)
            found = found - np.maximum(seen, 0)
        return found

    def aims(self, yardstick: Yardstick) -> list[np.ndarray]:
        """Directions in which the index should look for candidates."""
        aims = [] if self.wanted is None else [yardstick.aim(self.wanted)]
        aims += [] if self.like is None else [self.like]
        if self.unwanted is not None:
            aims.append(aims[0] - NOT_SHARE * yardstick.aim(self.unwanted))
        return aims


class Shelf:
    """A library as one model sees it: its frames and how far the phrases spread on each."""

    def __init__(self, library: Library, identity: str, yardstick: Yardstick) -> None:
        self.library, self.identity = library, identity
        self.yardstick = yardstick
        self._spreads: dict[str, np.ndarray] = {}  # of each run, as its frames are ordered
        self._measured: tuple[Frames, np.ndarray] | None = None  # all frames, and their spread

    def scored(
        self, query: Query, entries: Collection[Entry], runs: Sequence[str] | None
    ) -> tuple[Frames, np.ndarray]:
        """Frames ordered by run and time, with their scores: those of ``entries`` (or, of these,
        only of ``runs``), or, in a library too large for that, the candidates of the index."""
        finished = [entry.run_id for entry in entries]
        if sum(entry.frames for entry in entries) > library_frames.INDEX_FROM:
            frames = self._candidates(query, finished if runs is None else runs, runs is None)
            return frames, query.scores(self.yardstick, frames, self._spread_of(frames))
        frames = self.library.all_frames(self.identity, finished)
        spread = self._spread(frames)
        if runs is not None:
            chosen = np.isin(frames.runs, list(runs))
            frames, spread = frames.pick(chosen), spread[chosen]
        return frames, query.scores(self.yardstick, frames, spread)

    def of_run(self, run_id: str) -> tuple[Frames, np.ndarray]:
        """All frames of one run and their spread."""
        frames = self.library.frames(self.identity, [run_id])
        return frames, self._spread_of(frames)

    def _candidates(self, query: Query, runs: Sequence[str], everywhere: bool) -> Frames:
        parts = [
            self.library.nearest(self.identity, aim, CANDIDATES, runs, everywhere)
            for aim in query.aims(self.yardstick)
        ]
        whole = joined(parts)
        if len(parts) > 1 and len(whole):  # a frame may be a candidate in two directions
            new = (np.diff(whole.run_numbers) != 0) | (np.diff(whole.times) != 0)
            whole = whole.pick(np.append(True, new))
        return whole

    def _spread_of(self, frames: Frames) -> np.ndarray:
        return self.yardstick.spread(frames.vectors)

    def _spread(self, frames: Frames) -> np.ndarray:
        """Spread of all frames in memory; only runs that are new since the last call are measured,
        because for 100,000 frames it takes a second."""
        measured = self._measured
        if measured is not None and measured[0] is frames:
            return measured[1]
        starts = np.append(0, np.flatnonzero(np.diff(frames.run_numbers)) + 1)
        ends = np.append(starts[1:], len(frames))
        known, now = self._spreads, {}  # replaced whole: other threads may be reading
        for start, end in zip(starts, ends, strict=True):
            if start == end:  # no frame at all
                break
            run = str(frames.runs[start])
            found = known.get(run)
            now[run] = self.yardstick.spread(frames.vectors[start:end]) if found is None else found
        spread = np.concatenate([np.zeros(0, np.float32), *now.values()])
        self._spreads, self._measured = now, (frames, spread)
        return spread
