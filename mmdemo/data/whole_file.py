"""A file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StorageError


@contextmanager
def whole_file(out: Path, name: str = "") -> Iterator[Path]:
    """A path to write to; it becomes ``out`` at the end of the block, and goes if that fails.

    Raises StorageError, which calls the file ``name`` (default: that of ``out``).
    """
    try:
        with appearing(out) as part:
            yield part
    except OSError as error:
        raise disk_full(name or out.name) from error


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """The same, for whoever has words of his own for an OSError."""
    part = out.with_name(f".{secrets.token_hex(8)}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield part
        synced(part)
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Force a file's content to the disk: a rename may outlive a power cut that the content of the
    renamed file does not."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def all_synced() -> None:
    """Force everything that was written so far to the disk: for thousands of small files, of which
    each would cost as much alone."""
    if hasattr(os, "sync"):  # not on Windows
        os.sync()


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk, or one's share of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_full(name: str) -> StorageError:
    """The error for a file that the disk did not take."""
    return StorageError(
        f"{name} could not be saved: the disk is full or cannot be written. "
        "Free some space and try again.",
        code="storage_write",
        name=name,
    )
