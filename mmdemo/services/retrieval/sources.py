"""Which files are to be indexed: folders walked, what is no picture or video named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...data.file_hash import content_hash
from ...data.junk import is_junk
from ...data.library_mark import MARK
from ...data.media_files import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from ...data.names import clean
from ...data.sniff import KIND_WORDS, PICTURES, VIDEOS, sniff
from ...errors import MediaError

_EXPECTED = PICTURES | VIDEOS | {"heic", "avif", "tiff"}
"""Kinds that somebody who gives a folder believes to have given."""
_CLAIMS = PICTURE_SUFFIXES | VIDEO_SUFFIXES - {".ts"}  # which programs in TypeScript have, too


@dataclass(frozen=True)
class Source:
    """One file to index."""

    path: Path
    name: str  # as the user knows it

    @property
    def size(self) -> int:
        """Bytes; 0 when the file is gone."""
        try:
            return self.path.stat().st_size
        except (OSError, ValueError):
            return 0

    def kind(self) -> str:
        """ "picture" or "video" by content. Raises MediaError for everything else."""
        try:
            kind = sniff(self.path)
        except OSError as error:
            raise self._unreadable(error) from error
        claims_picture = kind == "unknown" and self.path.suffix.lower() in PICTURE_SUFFIXES
        if kind in PICTURES or claims_picture:
            return "picture"
        if kind in VIDEOS or kind == "unknown":
            return "video"  # what is unknown is told apart by the readers, in their words
        raise MediaError(
            f"{self.name} is {KIND_WORDS[kind]}, neither a video nor a picture that is read here.",
            code="library_file_kind",
            name=self.name,
            kind=KIND_WORDS[kind],
        )

    def item(self) -> str:
        """The id of its content. Raises MediaError when it cannot be read."""
        try:
            str(self.path).encode()
            return content_hash(self.path)
        except OSError as error:
            raise self._unreadable(error) from error
        except UnicodeError as error:  # the library could not write down where it is
            raise MediaError(
                f"The path of {self.name} has signs that are no text. Rename the file or its "
                "folder and choose it again.",
                code="library_file_name",
                name=self.name,
            ) from error

    def _unreadable(self, error: OSError) -> MediaError:
        return MediaError(
            f"{self.name} cannot be read ({error.strerror}). Choose it again.",
            code="library_file_missing",
            name=self.name,
        )


def sources_of(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Source]:
    """Files as given, folders as the pictures and videos in them, each file once.

    In a folder, files of other kinds are no mistake and are passed over. What is named, or claims
    to be a picture or a video, is kept, so that the reader says what is wrong with it.
    """
    names = list(names) if names is not None else [Path(path).name for path in paths]
    found: dict[Path, Source] = {}
    for path, name in zip(map(Path, paths), names, strict=True):
        path = path.absolute()
        for source in _in_folder(path) if path.is_dir() else [Source(path, clean(name))]:
            found.setdefault(source.path, source)
    return list(found.values())


def _in_folder(folder: Path) -> Iterator[Source]:
    """Pictures and videos under a folder, by content or by name, libraries left out."""
    for inside, folders, files in os.walk(folder):
        if MARK in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not is_junk((name,)))
        for name in sorted(files):
            path = Path(inside, name)
            if not is_junk((name,)) and _is_medium(path):
                yield Source(path, clean(path.relative_to(folder).as_posix()))


def _is_medium(path: Path) -> bool:
    if path.suffix.lower() in _CLAIMS:
        return True
    try:
        return sniff(path) in _EXPECTED
    except OSError:
        return False
