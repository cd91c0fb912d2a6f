"""Where a command's words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

from ..errors import MmdemoError

Item = TypeVar("Item")


class Console:
    """Results go to ``out``; messages and progress bars go to stderr and never mix with them."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def emit(self, text: str) -> None:
        """Print a line of the result."""
        print(text, file=self.out)

    def emit_json(self, value: object) -> None:
        """Print the one JSON object of ``--json``. NaN, which is not JSON, comes of a bad model."""
        try:
            print(json.dumps(value, ensure_ascii=False, allow_nan=False), file=self.out)
        except ValueError as error:
            raise MmdemoError(
                "The answer holds what is no number: the model is damaged. Use another copy of it."
            ) from error

    def say(self, text: str) -> None:
        """Tell the user something that is not the result."""
        from tqdm import tqdm  # keeps a running bar and this line apart

        tqdm.write(text, file=sys.stderr)
        sys.stderr.flush()

    def progress(self, items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
        """Pass ``items`` on and show how many are done and the time left."""
        from tqdm import tqdm

        every_s = 0.1 if sys.stderr.isatty() else 10.0  # a log need not hold every step
        yield from tqdm(
            items,
            total=total,
            desc=what,
            unit="row",
            file=sys.stderr,
            leave=False,
            mininterval=every_s,
        )

    def fraction_bar(self, what: str):
        """A bar for work that reports (fraction 0..1, what is being done); use as context."""
        return _FractionBar(what)


class _FractionBar:
    """A progress bar that is a :data:`mmdemo.types.Progress` callable."""

    def __init__(self, what: str) -> None:
        from tqdm import tqdm

        self.bar = tqdm(
            total=1.0,
            desc=what,
            file=sys.stderr,
            leave=False,
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}",
        )

    def __enter__(self) -> _FractionBar:
        return self

    def __exit__(self, *exc: object) -> None:
        self.bar.close()

    def __call__(self, fraction: float, what: str) -> None:
        self.bar.set_description_str(what, refresh=False)
        self.bar.update(max(0.0, min(1.0, fraction) - self.bar.n))


@contextlib.contextmanager
def open_console() -> Iterator[Console]:
    """Give a Console that owns stdout; whatever libraries print meanwhile lands on stderr.

    The file descriptor is redirected too: C libraries write past ``sys.stdout``.
    """
    original = sys.stdout
    try:
        descriptor = original.fileno()
    except (AttributeError, io.UnsupportedOperation):  # replaced by a test or a notebook
        with contextlib.redirect_stdout(sys.stderr):
            yield Console(original)
        return
    original.flush()
    saved = os.dup(descriptor)
    os.dup2(sys.stderr.fileno(), descriptor)
    try:
        with (
            open(os.dup(saved), "w", encoding="utf-8", newline="\n") as out,
            contextlib.redirect_stdout(sys.stderr),
        ):
            yield Console(out)
    finally:
        os.dup2(saved, descriptor)
        os.close(saved)
