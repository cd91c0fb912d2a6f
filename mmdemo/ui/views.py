"""What one person has in front of them, as plain values: kept per session, drawn elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from PIL import Image

from ..types import Box, Explanation, Face, Note, Reading, VideoReading
from .jobs import Step

CROP_SIDE = 320  # pixels; larger than any model here reads, small enough to keep per session
UNREAD = {"foreign_language", "unknown_words"}  # notes that make the answer a guess
GRID = 5  # the face is hidden in parts of 1/5 of its side


@dataclass(frozen=True)
class Change:
    """A what-if: one word left out or one part of the face hidden, and what is read then."""

    reading: Reading | None  # None when nothing is left to read
    word: int | None = None  # number of the word in the explanation
    cell: tuple[int, int] | None = None  # row, column of the hidden part


@dataclass(frozen=True)
class Pinned:
    """An answer kept for comparison."""

    text: str
    crop: Image.Image | None
    reading: Reading
    guess: bool = False  # see PictureView.guess


@dataclass(frozen=True)
class PictureView:
    """The picture side of the emotion tab."""

    text: str = ""
    faces: tuple[Face, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[Note, ...] = ()
    model: str | None = None
    picked: int = 0
    explanation: Explanation | None = None
    change: Change | None = None
    pinned: Pinned | None = None
    error: Note | None = None
    working: str = ""  # key of the sentence that says what is being done
    place: int = 0  # in the line before the model; 0: not waiting

    @property
    def reading(self) -> Reading | None:
        """The reading of the picked face (or of the text alone)."""
        return self.readings[self.picked] if self.readings else None

    @property
    def guess(self) -> bool:
        """Whether the text is in words that the model does not know: no answer is sure then."""
        said = {note.code for note in self.notes}
        read = self.reading is not None and "text" in self.reading.modalities
        return read and bool(said & UNREAD)

    @property
    def crop(self) -> Image.Image | None:
        """The picked face."""
        return self.faces[self.picked].crop if self.faces else None


@dataclass
class Held:
    """The view of one session. Two of its events may overlap (an explanation is computed while the
    answer is pinned), so each lays its own changes over what the other left: see ``advance``."""

    view: PictureView = field(default_factory=PictureView)


def advance(held: Held, step: Callable[[PictureView], PictureView]) -> PictureView:
    """Take a step from the view as it is now; keep what changed meanwhile beside it.

    A step that began on another answer or face than is shown by then changes nothing.
    """
    before = held.view
    after, now = step(before), held.view
    if now is before:
        held.view = after
    elif now.readings is before.readings and now.picked == before.picked:
        names = [f.name for f in fields(after)]
        changed = {
            n: getattr(after, n) for n in names if getattr(after, n) is not getattr(before, n)
        }
        held.view = replace(now, **changed)
    return held.view


def shrink(crop: Image.Image) -> Image.Image:
    """A crop no larger than ``CROP_SIDE``."""
    if max(crop.size) <= CROP_SIDE:
        return crop
    return crop.resize((CROP_SIDE, CROP_SIDE), Image.Resampling.LANCZOS)


def cell_box(cell: tuple[int, int], size: tuple[int, int]) -> Box:
    """The box of a grid cell in pixels of a picture of ``size`` (width, height)."""
    (row, column), (width, height) = cell, size
    return (
        column * width // GRID,
        row * height // GRID,
        (column + 1) * width // GRID,
        (row + 1) * height // GRID,
    )


@dataclass(frozen=True)
class VideoAsk:
    """What is given to read a video."""

    path: Path | None
    text: str = ""
    subtitles: Path | None = None
    model: str | None = None


@dataclass(frozen=True)
class VideoView:
    """The video side of the emotion tab."""

    path: Path | None = None
    playable: Path | None = None  # the video itself or a copy that every browser plays
    reading: VideoReading | None = None
    error: Note | None = None
    working: str = ""  # key of the sentence that says what is being done
    exporting: bool = False
    step: Step | None = None  # how far it is
    csv: Path | None = None  # files that were made for download
    video: Path | None = None
    fresh: str = ""  # "csv" or "video": made just now, so download it
