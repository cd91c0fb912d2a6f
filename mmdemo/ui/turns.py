"""One visitor after the other, in order of arrival; whoever waits is told "you are number n"."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

TELL_S = 0.7  # a wait shorter than this is not worth a word; later, how often the place is told
WAITING = 24  # who waits holds one of Gradio's 40 threads; the others are for light clicks


class Turns:
    """The line before the model."""

    def __init__(self) -> None:
        self._line: list[object] = []
        self._moved = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[Iterator[int]]:
        """Join the line, and leave it with the block. What is given tells one's place (1 is next)
        until it is one's turn; it must be used up before the work begins."""
        me = object()
        with self._moved:
            self._line.append(me)
        try:
            yield self._places(me)
        finally:
            with self._moved:
                self._line.remove(me)
                self._moved.notify_all()

    def _places(self, me: object) -> Iterator[int]:
        told = 0
        while True:
            with self._moved:
                self._moved.wait_for(lambda: self._line[0] is me, TELL_S)
                place = self._line.index(me)
            if place == 0:
                return
            if place != told:
                yield place
            told = place
