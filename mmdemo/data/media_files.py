"""Finding the media that a table names, and telling pictures from videos by their content."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ..types import Note
from .junk import is_junk
from .names import shown
from .sniff import KIND_WORDS, PICTURES, VIDEOS, sniff

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif"})
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".3gp"}
)
_MAX_FOLDERS = 50  # looked into for a file that is not where the table says


class MediaProblem(Exception):
    """Why one medium cannot be used: a full sentence, and the same as a note."""

    def __init__(self, sentence: str, code: str, **values: object) -> None:
        super().__init__(sentence)
        self.note = Note(code, sentence, values)


@dataclass(frozen=True)
class Medium:
    """A file that exists and starts like a picture or a video."""

    path: Path
    kind: str  # "image" or "video"
    note: Note | None = None  # how it was found, when not under the very name given
    by_tail: bool = False  # named by a full path of some machine, of which the end was found


class MediaFolder:
    """Looks media up under one root; folder listings are read once and kept."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[Path, dict[str, str]] = {}
        self._known: dict[str, Medium] = {}  # five captions of one picture need one look
        self._by_full: dict[Path, str] = {}  # file -> the full path that it was found by

    def find(self, name: str) -> Medium:
        """The medium a table cell names, relative to the root. MediaProblem says what is wrong."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, cell: str) -> Medium:
        name = shown(cell)
        _check_name(cell)
        parts = _parts(cell)
        if _is_full(cell):
            path = self._by_tail(parts, cell)
            return Medium(path, kind_of(path, name), by_tail=True)
        path, note = self.root.joinpath(*parts), None
        if not _is_file(path):
            found = self._find_similar(parts)
            if found is None:
                sentence = f"The file {name} is not in the dataset."
                raise MediaProblem(sentence, "medium_missing", name=name)
            path = found
            place = shown(path.relative_to(self.root).as_posix())
            values = {"name": name, "place": place}
            note = Note("medium_found", f"{name} was found as {place}.", values)
        return Medium(path, kind_of(path, name), note)

    def _by_tail(self, parts: tuple[str, ...], cell: str) -> Path:
        """The file of the dataset that the longest end of a full path names: tables are made on
        one machine and read on another. Two paths never mean the same file."""
        for start in range(len(parts)):
            path = self._descend(self.root, parts[start:])
            if path is not None and self._by_full.setdefault(path, cell) == cell:
                return path
        raise _outside(cell)

    def _find_similar(self, parts: tuple[str, ...]) -> Path | None:
        """The same path in other letter case; else the one file of that name a folder further."""
        path = self._descend(self.root, parts)
        if path is not None:
            return path
        folders = [self.root / name for name in sorted(self._listing(self.root).values())]
        folders = [f for f in folders if not is_junk((f.name,)) and f.is_dir()][:_MAX_FOLDERS]
        hits = [hit for folder in folders if (hit := self._descend(folder, parts)) is not None]
        return hits[0] if len(hits) == 1 else None

    def _descend(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        for part in parts:
            actual = self._listing(folder).get(_comparable(part))
            if actual is None:
                return None
            folder = folder / actual
        return folder if _is_file(folder) else None

    def _listing(self, folder: Path) -> dict[str, str]:
        """Comparable name -> name on disk; empty for what is no readable folder."""
        if folder not in self._listings:
            try:
                names = sorted(os.listdir(folder), reverse=True)  # the first of equals wins
            except OSError:
                names = []
            self._listings[folder] = {_comparable(name): name for name in names}
        return self._listings[folder]


def kind_of(path: Path, name: str) -> str:
    """ "image" or "video" by the first bytes of the file; MediaProblem when it is neither."""
    try:
        kind = sniff(path)
    except OSError as error:
        sentence = f"The file {name} cannot be read."
        raise MediaProblem(sentence, "medium_unreadable", name=name) from error
    if kind in PICTURES:
        return "image"
    if kind in VIDEOS:
        return "video"
    if kind == "empty":
        raise MediaProblem(f"The file {name} is empty.", "medium_empty", name=name)
    claimed = path.suffix.lower()
    if kind == "unknown" and claimed in PICTURE_SUFFIXES | VIDEO_SUFFIXES:
        what = "picture" if claimed in PICTURE_SUFFIXES else "video"
        sentence = f"The file {name} is damaged: it does not start like a {what}."
        raise MediaProblem(sentence, "medium_damaged", name=name)
    raise MediaProblem(
        f"The file {name} is not a picture or video that is read here: "
        f"it looks like {KIND_WORDS[kind]}.",
        "medium_other", name=name,
    )  # fmt: skip


def _check_name(cell: str) -> None:
    """Refuse what cannot name a file, and what climbs out of the dataset."""
    if "://" in cell:
        sentence = f"{shown(cell)} is a web address; put the file itself into the dataset."
        raise MediaProblem(sentence, "medium_address", name=shown(cell))
    if cell.startswith("~") or ".." in _parts(cell) or "\0" in cell:
        raise _outside(cell)
    if not _parts(cell):
        sentence = f"{shown(cell)} is not the name of a file."
        raise MediaProblem(sentence, "medium_no_name", name=shown(cell))


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.replace("\\", "/").split("/") if part not in ("", "."))


def _is_full(cell: str) -> bool:
    """Whether a path starts at the root of some machine: ``/home/...``, ``C:\\...``."""
    drive = len(cell) > 1 and cell[1] == ":" and cell[0].isalpha()
    return drive or cell.startswith(("/", "\\"))


def _outside(cell: str) -> MediaProblem:
    return MediaProblem(
        f"{shown(cell)} points outside the dataset; "
        "put the file into the dataset and name it by its path in there.",
        "medium_outside", name=shown(cell),
    )  # fmt: skip


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long or with forbidden characters
        return False
