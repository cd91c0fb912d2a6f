"""What goes wrong with a library's folder, in sentences for the user."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryError, MmdemoError, StorageError
from .whole_file import is_full

log = logging.getLogger(__name__)

_FULL = ("No space left", "Disk quota", "os error 28", "File too large")
_UNWRITABLE = ("Permission denied", "Read-only file system", "os error 13", "os error 30")


def not_a_library(folder: Path, what: str) -> LibraryError:
    """The error for a folder that is something else."""
    return LibraryError(
        f"{folder.name} {what}. Name a library's folder, or a new one.",
        code="library_not_one",
        name=folder.name,
    )


@contextlib.contextmanager
def plain_errors(folder: Path) -> Iterator[None]:
    """Turn what the disk or the engine says into one sentence for the user."""
    try:
        yield
    except MmdemoError:
        raise
    except Exception as error:  # also a panic of the engine, which has a class of its own
        if is_full(error) or any(words in str(error) for words in _FULL):
            raise StorageError(
                "The disk is full. What was indexed so far is kept; free some space and go on.",
                code="library_disk_full",
            ) from error
        if any(words in str(error) for words in _UNWRITABLE):
            raise LibraryError(
                f"The library folder {folder.name} cannot be written. Choose another folder or "
                "change its permissions.",
                code="library_unwritable",
                name=folder.name,
            ) from error
        log.exception("library %s", folder)
        raise LibraryError(
            f"The library in {folder.name} is damaged or cannot be read. Index into a new folder; "
            "the videos themselves are untouched.",
            code="library_damaged",
            name=folder.name,
        ) from error
