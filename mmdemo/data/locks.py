"""Locks between threads and processes that a killed process cannot leave behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

WAIT_S = 0.2  # between two looks at a lock that another holds
AGAIN_S = 0.005  # whoever only looks holds a lock too, for less than this


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Try to hold the lock of a file; True when this block has it, False when another does.

    The system releases it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, blocking=False)
    mine = True
    try:
        lock.acquire()
    except Timeout:
        mine = False
    try:
        yield mine
    finally:
        if mine:
            lock.release()


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
    if not path.exists():  # looking must not need room on the disk
        return False
    for pause_s in (0.0, AGAIN_S):
        time.sleep(pause_s)
        with held(path) as mine:
            if mine:
                return False
    return True
