"""What no reader may do: open a file or an address that a file from a stranger names, or hang."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mmdemo.errors import MmdemoError

LONGEST_S = 20  # for one file; far more than any takes on a busy machine
_OPENED = 0x20  # IN_OPEN of inotify(7)


class Watch:
    """A file and an address that nobody may touch, and whether somebody did."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary
        canary.write_text("nobody reads this")
        libc = ctypes.CDLL(None, use_errno=True)
        self._events = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._events, os.fsencode(canary), _OPENED) >= 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def touched(self) -> list[str]:
        """What was opened since the last look."""
        found = []
        with contextlib.suppress(BlockingIOError):
            os.read(self._events, 4096)
            found.append("the file outside was opened")
        with contextlib.suppress(BlockingIOError):
            self._listener.accept()[0].close()
            found.append("the network was asked")
        return found

    def close(self) -> None:
        """Watch no more."""
        os.close(self._events)
        self._listener.close()


class Hang(BaseException):
    """Not an Exception: no reader may take it for a damaged file."""


@contextlib.contextmanager
def in_time(seconds: float = LONGEST_S) -> Iterator[None]:
    """Raise Hang when the block takes longer."""

    def late(*_) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome(call: Callable[[], object]) -> tuple[bool, str]:
    """(whether it went well, the sentence that refused it). Every other error goes on."""
    started = time.monotonic()
    try:
        with in_time():
            call()
    except MmdemoError as error:
        return False, str(error)
    except Hang:
        raise AssertionError(f"no answer within {time.monotonic() - started:.0f} s") from None
    return True, ""


def faults_of(sentence: str, name: str) -> list[str]:
    """What is wrong with a sentence about a file, as it is shown to a user."""
    found = []
    if name not in sentence:
        found.append(f"does not name {name!r}")
    if not all(c.isprintable() or c in "\u200c\u200d" for c in sentence):
        found.append("has signs that break or turn a line")
    if not sentence.rstrip().endswith((".", ")", "!")) or len(sentence) > 600:
        found.append("is no sentence, or too long")
    if any(word in sentence for word in ("Traceback", "Errno", "Error(", "0x", "None")):
        found.append("speaks of the program")
    return found
