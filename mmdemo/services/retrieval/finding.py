"""A page of moments for a query, with names, thumbnails and words for how well they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...data.library_ledger import Entry
from ...errors import LibraryError
from ...types import Moment, Note
from .answers import SearchResult
from .moments import Hit, Ranking
from .search import Query, Searcher
from .yardstick import FAIR, NONE, STRONG, WEAK


@dataclass(frozen=True)
class Asked:
    """A search, read and turned into vectors."""

    text: str
    query: Query
    notes: tuple[Note, ...] = ()
    understood: bool = True  # False: the model does not read this language
    items: Sequence[str] | None = None  # None: everything
    like: tuple[str, float] | None = None  # run id and time_s of the frame in ``query.like``


def asked_like(
    searcher: Searcher, entries: Mapping[str, Entry], asked: Asked, like: tuple[str, float]
) -> Asked:
    """The same search for what looks like the frame of an item at a time, too."""
    item, time_s = like
    if item not in entries:
        raise item_gone()
    frames = searcher.of_run(entries[item].run_id)
    place = max(0, int(np.searchsorted(frames.times, time_s + 1e-3, side="right")) - 1)
    return replace(
        asked,
        query=replace(asked.query, like=frames.vectors[place]),
        like=(entries[item].run_id, float(frames.times[place])),
    )


def find(
    searcher: Searcher,
    entries: Mapping[str, Entry],
    asked: Asked,
    page: tuple[int, int],
    pictures: bool,
) -> SearchResult:
    """One page (offset, length) of moments, with or without their pictures. When nothing fits, the
    closest are given, called weak."""
    offset, top = page
    runs = None
    if asked.items is not None:
        runs = [entries[item].run_id for item in asked.items if item in entries]
        if not runs:
            raise item_gone()
    frames, scores = searcher.scored(asked.query, entries.values(), runs)
    if asked.like is not None:
        others = ~_same_shot(frames, *asked.like)
        frames, scores = frames.pick(others), scores[others]
    ranking = Ranking(frames, scores)
    cuts = asked.query.cuts
    shown = ranking.shown(cuts.weak)
    best = float(ranking.scores[0]) if len(ranking.scores) else 0.0
    fits = asked.understood and cuts.word(best) in (STRONG, FAIR)
    total = shown if fits else min(max(shown, top), len(ranking.scores))
    hits = ranking.hits(offset, min(offset + top, total))
    words = [cuts.word(hit.score) if asked.understood else WEAK for hit in hits]
    words = [WEAK if word == NONE else word for word in words]
    thumbnails = _thumbnails(searcher, hits) if pictures else [None] * len(hits)
    moments = _moments(entries, hits, words, thumbnails)
    return SearchResult(asked.text, moments, total, fits, asked.notes)


def curve(searcher: Searcher, entry: Entry, query: Query) -> tuple[tuple[float, float], ...]:
    """(time_s, score) once a second; a picture that stands still repeats its score."""
    frames = searcher.of_run(entry.run_id)
    scores = query.scores(searcher, frames)
    times = np.arange(0.0, max(frames.ends[-1], 1e-3), 1.0)
    places = np.maximum(0, np.searchsorted(frames.times, times + 1e-3, side="right") - 1)
    return tuple((float(t), float(scores[p])) for t, p in zip(times, places, strict=True))


def item_gone() -> LibraryError:
    """The error for an item that is not, or no longer, there to be searched."""
    return LibraryError(
        "This is no longer in the library. Reload the page.", code="library_item_gone"
    )


def _same_shot(frames, run_id: str, time_s: float) -> np.ndarray:
    """A mask of the frames that are in the same shot as the one at ``time_s``."""
    mine = frames.runs == run_id
    near = np.flatnonzero(mine & (np.abs(frames.times - time_s) < 1e-3))
    return mine & (frames.shots == frames.shots[near[0]]) if len(near) else np.zeros_like(mine)


def _thumbnails(searcher: Searcher, hits: list[Hit]) -> list[Path]:
    keys = [(hit.run_id, hit.frame_s) for hit in hits]
    return searcher.library.thumbnails(searcher.identity, keys, [hit.place for hit in hits])


def _moments(
    entries: Mapping[str, Entry], hits: list[Hit], words: list[str], thumbnails: list[Path | None]
) -> tuple[Moment, ...]:
    by_run = {entry.run_id: entry for entry in entries.values()}
    return tuple(
        Moment(
            item=by_run[hit.run_id].item,
            video=by_run[hit.run_id].name,
            start_s=hit.start_s,
            end_s=hit.end_s,
            frame_s=hit.frame_s,
            score=hit.score,
            strength=word,
            thumbnail=thumbnail,
        )
        for hit, word, thumbnail in zip(hits, words, thumbnails, strict=True)
    )
