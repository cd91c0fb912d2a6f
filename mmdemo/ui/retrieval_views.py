"""What one person has in front of them in the Retrieval tab, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ..types import MatchMap, Moment, Note
from .jobs import Step

if TYPE_CHECKING:
    from ..services.retrieval.answers import (
        IndexJob,
        LibraryItem,
        LibraryView,
        SearchResult,
        SentenceFit,
    )

PER_PAGE = 6  # moments at a time: 150 videos must not freeze the page
SHELF = 6  # library items at a time


@dataclass(frozen=True)
class Shelf:
    """The library: what it holds and how its indexing stands."""

    view: LibraryView | None = None  # None until it was looked at
    job: IndexJob | None = None
    page: int = 0
    removing: str = ""  # id of the item that was asked to be removed, until that is confirmed
    error: Note | None = None
    models: tuple[tuple[str, str], ...] = ()  # (title, name) of the matchers that can be chosen

    @property
    def busy(self) -> bool:
        """Whether something is being indexed."""
        return self.job is not None and self.job.state == "running"

    @property
    def items(self) -> tuple[LibraryItem, ...]:
        """Everything in the library."""
        return self.view.items if self.view else ()

    @property
    def ready(self) -> tuple[LibraryItem, ...]:
        """What can be searched with the model of today."""
        return tuple(item for item in self.items if item.state == "ready")


@dataclass(frozen=True)
class Ask:
    """What was searched for."""

    query: str = ""
    but_not: str = ""
    within: str = ""  # id of the one item that is searched; "" for all
    like: tuple[str, float] | None = None  # (item, time_s) of the moment that others resemble
    like_told: str = ""  # that moment in words: "dog.mp4 at 00:03"


@dataclass(frozen=True)
class Found:
    """The answer to a search, one page of it."""

    ask: Ask | None = None
    result: SearchResult | None = None
    page: int = 0
    working: bool = False
    place: int = 0  # in the line before the model; 0: not waiting
    error: Note | None = None
    table: Path | None = None  # files that were made for download
    json: Path | None = None
    fresh: str = ""  # "table" or "json": made just now, so download it

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.result.total // PER_PAGE) if self.result else 0


@dataclass(frozen=True)
class Opened:
    """The moment that is played, and why it was found."""

    moment: Moment | None = None
    query: str = ""  # "" for a moment found by its looks alone
    picture: bool = False  # a picture: nothing to play, trim or draw over time
    duration_s: float = 0.0
    playable: Path | None = None  # the video itself or a copy that every browser plays
    preparing: Step | None = None  # how far that copy is
    curve: tuple[tuple[float, float], ...] = ()
    frame: Image.Image | None = None
    match: MatchMap | None = None
    word: int | None = None  # number of the word whose place is shown; None: all together
    trim: tuple[float, float] | None = None  # as the person set it
    cutting: Step | None = None
    clip: Path | None = None
    fresh: str = ""
    error: Note | None = None

    @property
    def range_s(self) -> tuple[float, float]:
        """The stretch that would be downloaded."""
        return self.trim or (self.moment.start_s, self.moment.end_s)


@dataclass(frozen=True)
class Fits:
    """How well sentences fit one video, or which phrases were suggested for it."""

    item: LibraryItem | None = None
    fits: tuple[SentenceFit, ...] = ()
    suggested: bool = False
    working: bool = False
    error: Note | None = None


@dataclass
class Kept:
    """The view of one session, so that two events that overlap build on each other."""

    view: Shelf | Found | Opened | Fits

    def set(self, **changes: object) -> Kept:
        """Lay changes over what is there now."""
        self.view = replace(self.view, **changes)
        return self
