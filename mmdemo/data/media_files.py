"""Finding the media that a table names, and telling pictures from videos by their content."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from mmdemo.data.junk import is_junk
from mmdemo.data.names import shown
from mmdemo.data.sniff import KIND_WORDS, PICTURES, VIDEOS, sniff
from mmdemo.types import Note

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


class MediaFolder:
    """Looks media up under one root; folder listings are read once and kept."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[Path, dict[str, str]] = {}
        self._known: dict[str, Medium] = {}  # five captions of one picture need one look

    def find(self, name: str) -> Medium:
        """The medium a table cell names, relative to the root. MediaProblem says what is wrong."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, cell: str) -> Medium:
        parts, name = _safe_parts(cell), shown(cell)
        path, note = self.root.joinpath(*parts), None
        if not _is_file(path):
            found = self._find_similar(parts)
            if found is None:
                said = f"The file {name} is not in the dataset."
                raise MediaProblem(said, "medium_missing", name=name)
            path = found
            place = shown(path.relative_to(self.root).as_posix())
            values = {"name": name, "place": place}
            note = Note("medium_found", f"{name} was found as {place}.", values)
        return Medium(path, kind_of(path, name), note)

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
        said = f"The file {name} cannot be read."
        raise MediaProblem(said, "medium_unreadable", name=name) from error
    if kind in PICTURES:
        return "image"
    if kind in VIDEOS:
        return "video"
    if kind == "empty":
        raise MediaProblem(f"The file {name} is empty.", "medium_empty", name=name)
    claimed = path.suffix.lower()
    if kind == "unknown" and claimed in PICTURE_SUFFIXES | VIDEO_SUFFIXES:
        what = "picture" if claimed in PICTURE_SUFFIXES else "video"
        said = f"The file {name} is damaged: it does not start like a {what}."
        raise MediaProblem(said, "medium_damaged", name=name)
    raise MediaProblem(
        f"The file {name} is not a picture or video that is read here: "
        f"it looks like {KIND_WORDS[kind]}.",
        "medium_other", name=name,
    )  # fmt: skip


def _safe_parts(name: str) -> tuple[str, ...]:
    """Folders and name of a relative path; anything that leads out of the dataset is refused."""
    if "://" in name:
        said = f"{shown(name)} is a web address; put the file itself into the dataset."
        raise MediaProblem(said, "medium_address", name=shown(name))
    slashed = name.replace("\\", "/")
    parts = tuple(part for part in slashed.split("/") if part not in ("", "."))
    drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
    if slashed.startswith(("/", "~")) or drive or ".." in parts or "\0" in name:
        raise MediaProblem(
            f"{shown(name)} points outside the dataset; "
            "put the file into the dataset and name it by its path in there.",
            "medium_outside", name=shown(name),
        )  # fmt: skip
    if not parts:
        said = f"{shown(name)} is not the name of a file."
        raise MediaProblem(said, "medium_no_name", name=shown(name))
    return parts


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long or with forbidden characters
        return False
