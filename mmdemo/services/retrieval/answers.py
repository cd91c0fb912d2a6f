"""What the retrieval service answers: plain values for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...types import Moment, Note, Problem


@dataclass(frozen=True)
class LibraryItem:
    """One indexed video or picture."""

    id: str  # hash of the file's content
    name: str  # as the user knows it
    kind: str  # "video" or "picture"
    duration_s: float  # 0 for a picture
    frames: int  # stored frames; near-duplicates are stored once
    thumbnail: Path
    path: Path | None  # the file itself; None when it is no longer where it was
    state: str  # "ready", or "other_model": indexed by another model, so not searched


@dataclass(frozen=True)
class LibraryView:
    """What a library holds, in the order in which it was added."""

    items: tuple[LibraryItem, ...]
    model: str  # the model that is asked now
    other_model: bool  # True when any item must be indexed again for this model


@dataclass(frozen=True)
class IndexJob:
    """A snapshot of the background indexing of one library."""

    state: str  # "running", "stopped", "done" or "failed"
    done: int  # files finished, those that were known already included
    total: int
    current: str  # name of the file in work, "" when none
    fraction: float  # of everything asked for, 0..1
    left_s: float | None  # estimated seconds to go; None while that is not known
    problems: tuple[Problem, ...] = ()  # files that were left out, and why
    message: str = ""  # why it failed, for the user
    notes: tuple[Note, ...] = ()  # such as: already known under another name


@dataclass(frozen=True)
class SearchResult:
    """A page of moments, best first."""

    query: str
    moments: tuple[Moment, ...]
    total: int  # moments on all pages
    fits: bool  # False: nothing in the library is better than an unrelated phrase would be
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class SentenceFit:
    """How well a sentence fits a video, and the second at which it fits best."""

    sentence: str
    score: float  # as in Moment
    strength: str  # "strong", "fair", "weak" or "none"
    best_s: float
    read: bool = True  # False: in a language that the model does not read, so it is a guess
