"""Locks between threads and processes that a killed process cannot leave behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WAIT_S = 0.2  # between two looks at a lock that another holds


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Try to hold the lock of a file; True when this block has it, False when another does.

    The system releases it when the process ends, however it ends. The file is removed with the
    lock, so that a folder of locks stays small.
    """
    descriptor = _taken(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            path.unlink(missing_ok=True)  # before the release: the next one makes its own file
            os.close(descriptor)


@contextlib.contextmanager
def waited_for(path: Path, should_stop: Callable[[], bool] | None = None) -> Iterator[bool]:
    """Wait for the lock of a file; False only when ``should_stop`` said so first."""
    while True:
        with held(path) as mine:
            if mine:
                yield True
                return
        if should_stop and should_stop():
            yield False
            return
        time.sleep(WAIT_S)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of a file now."""
    with held(path) as mine:
        return not mine


def _taken(path: Path) -> int | None:
    """A descriptor that holds the lock, or None."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _same_file(descriptor, path):
                return descriptor
            os.close(descriptor)  # its holder removed the file between our open and our lock
        except BlockingIOError:
            os.close(descriptor)
            return None


def _same_file(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    return False
