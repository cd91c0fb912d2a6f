"""What a process and its children hold: memory and open files (Linux)."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024
LEAST_CYCLES = 50  # to judge growth by
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True)
class Held:
    """One look at a process."""

    time_s: float
    resident: int  # bytes of the process itself
    tree: int  # bytes with all its children, one of which trains
    files: int  # open files and sockets of the process itself
    cycles: int = 0  # how much work was done by then


def held(pid: int, cycles: int = 0) -> Held:
    """Look at a process now."""
    resident = resident_bytes(pid)
    tree = resident + sum(resident_bytes(child) for child in children(pid))
    return Held(time.monotonic(), resident, tree, open_files(pid), cycles)


def resident_bytes(pid: int) -> int:
    """Resident memory of a process; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def open_files(pid: int) -> int:
    """Descriptors that a process holds; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


def children(pid: int) -> list[int]:
    """All processes below a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # the name in parentheses may hold spaces; the parent is the second after it
                told = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                parents[int(entry.name)] = int(told[1])
    found, level = [], [pid]
    while level:
        level = [child for child, parent in parents.items() if parent in level]
        found += level
    return found


class Watch:
    """Looks at a process every so often, in a thread."""

    def __init__(self, pid: int, every_s: float = 2.0) -> None:
        self.pid, self.every_s, self.cycles = pid, every_s, 0
        self.looks: list[Held] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self.every_s):
            self.looks.append(held(self.pid, self.cycles))


def growth(looks: list[Held], of: str, cycles: int) -> float | None:
    """By how much ``of`` (a field of Held) grows over so many cycles, from the second half of the
    looks, once all caches are full: the slope of a straight line through them. None when there
    were too few cycles to tell."""
    late = looks[len(looks) // 2 :]
    if len(late) < 3 or late[-1].cycles - late[0].cycles < LEAST_CYCLES:
        return None
    x, y = [look.cycles for look in late], [getattr(look, of) for look in late]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    return cycles * sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
