"""Files that wait to be indexed, on disk, so that a killed process forgets none of them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...data.locks import held, is_held
from ...data.whole_file import disk_full
from .sources import Source

WHAT = "The list of files to index"


class WaitingList:
    """One process's list in a library folder: a line for each file, and one for each that is done.

    A line is written at once, so after a kill the list lacks nothing; half a line at its end is
    passed over. The owner holds a lock; a list whose lock is free was left behind.
    """

    def __init__(self, library: Path) -> None:
        self._path = _folder(library) / f"{secrets.token_hex(6)}.jsonl"
        self._owned = contextlib.ExitStack()

    def take(self) -> None:
        """Own the list until :meth:`release`."""
        try:
            self._owned.enter_context(held(_lock(self._path)))
        except OSError as error:
            raise disk_full(WHAT) from error

    def release(self) -> None:
        """Leave what still waits to whoever goes on with it."""
        self._owned.close()

    def add(self, sources: Sequence[Source]) -> None:
        """These files wait."""
        self._write([{"path": str(s.path), "name": s.name} for s in sources])

    def done(self, source: Source) -> None:
        """This file waits no more."""
        self._write([{"done": str(source.path)}])

    def clear(self) -> None:
        """Nothing waits."""
        self._path.unlink(missing_ok=True)

    def _write(self, rows: list[dict]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a", encoding="utf-8") as file:
                file.write("".join(json.dumps(row) + "\n" for row in rows))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_full(WHAT) from error


def left_behind(library: Path) -> list[Source]:
    """What stopped or killed jobs of any process left waiting, in order."""
    found: dict[Path, Source] = {}
    for path in _abandoned(library):
        for source in _read(path):
            found.setdefault(source.path, source)
    return list(found.values())


def forget_left_behind(library: Path) -> None:
    """Drop the lists that :func:`left_behind` reads, once their files wait elsewhere."""
    for path in _abandoned(library):
        path.unlink(missing_ok=True)


def _abandoned(library: Path) -> Iterator[Path]:
    paths = sorted(_folder(library).glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    return (path for path in paths if not is_held(_lock(path)))


def _read(path: Path) -> list[Source]:
    waiting: dict[str, Source] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in path.read_bytes().splitlines():
            try:
                row = json.loads(line)
                if "done" in row:
                    waiting.pop(str(row["done"]), None)
                else:
                    source = Source(Path(row["path"]), str(row["name"]))
                    waiting[str(row["path"])] = source
            # the last line of a killed process, or a disk that forgot
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
    return list(waiting.values())


def _folder(library: Path) -> Path:
    return Path(library) / "waiting"


def _lock(path: Path) -> Path:
    return path.parents[1] / "locks" / f"waiting-{path.stem}"
