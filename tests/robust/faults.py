"""Makes one write, sync or rename of an operation fail, or the process die at it.

``points`` counts how many there are; ``failing(n)`` lets the nth fail once with an OSError;
``crashing(n)`` runs the operation in a child that ends at the nth, as a kill would, or, with
``power_cut``, loses what was written and not synced, as a power cut may (Pillai et al., OSDI 2014).

Writes that Rust or C++ code makes for itself are not seen one by one: each such call is one point
before and one after it (``OUTSIDE``). ``full_disk`` lets the kernel refuse their bytes instead.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from unittest import mock

DIED = 77  # exit code of a child that crashed where it was told to
NEVER = 1 << 30
LONGEST_S = 60
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["pytest", "lancedb", "tests.robust.library_scenes",
                               "tests.robust.run_scenes"])  # fmt: skip
_CALLS = ("fsync", "replace", "rename", "mkdir", "sendfile")
_CRASH_ONLY = ("unlink", "rmdir")  # a failed delete is nobody's loss, but a kill may fall there


class Faults:
    """Counts the points of an operation; the nth is a fault."""

    def __init__(self, nth: int, kind: str, code: int = errno.ENOSPC, within: str = "") -> None:
        self.nth, self.kind, self.code = nth, kind, code
        self.within = within  # only files below this folder count
        self.seen: list[str] = []
        self.unsynced: dict[tuple[int, int], int] = {}  # inode -> bytes that a sync made sure of

    def at(self, what: str, path: object = "", half: Callable[[], object] | None = None) -> None:
        """A point is reached; the nth one fails, after doing half of its work."""
        if self.within and not str(path).startswith(self.within):
            return
        self.seen.append(f"{what} {os.path.basename(str(path))}")
        if len(self.seen) != self.nth:
            return
        if half is not None:
            half()
        if self.kind == "fail":
            raise OSError(self.code, os.strerror(self.code), str(path))
        if self.kind == "power":
            self._lose()
        os._exit(DIED)

    def _lose(self) -> None:
        """What was never synced is gone from its file, whatever name that has by now."""
        for inside, _, names in os.walk(self.within or "."):
            for name in names:
                path = os.path.join(inside, name)
                with contextlib.suppress(OSError):
                    status = os.lstat(path)
                    sure = self.unsynced.get((status.st_dev, status.st_ino), status.st_size)
                    os.truncate(path, min(sure, status.st_size))

    def opened(self, descriptor: int) -> None:
        """A file is about to be written: what it holds now is there, what comes may be lost."""
        status = os.fstat(descriptor)
        self.unsynced.setdefault((status.st_dev, status.st_ino), status.st_size)

    def synced(self, descriptor: int) -> None:
        """What the file holds now is sure."""
        status = os.fstat(descriptor)
        self.unsynced.pop((status.st_dev, status.st_ino), None)


class _File:
    """A file that was opened for writing; every write is a point."""

    def __init__(self, file, path: str, faults: Faults) -> None:
        self._file, self._path, self._faults = file, path, faults
        with contextlib.suppress(OSError, ValueError):
            faults.opened(file.fileno())

    def write(self, data):
        def half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._faults.at("write", self._path, half)
        return self._file.write(data)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __enter__(self):
        self._file.__enter__()
        return self

    def __exit__(self, *error):
        return self._file.__exit__(*error)

    def __iter__(self):
        return iter(self._file)

    def __getattr__(self, name: str):
        return getattr(self._file, name)


def _outside() -> list[tuple[object, str]]:
    """Functions that write files without Python's help: (where they are, their name)."""
    import safetensors.torch
    import torch

    found: list[tuple[object, str]] = [(safetensors.torch, "save_file"), (torch, "save")]
    with contextlib.suppress(ImportError):
        import lancedb.db
        import lancedb.table

        found += [(lancedb.table.LanceTable, name)
                  for name in ("add", "delete", "optimize", "create_index")]  # fmt: skip
        found.append((lancedb.db.LanceDBConnection, "create_table"))
    return found


@contextlib.contextmanager
def injected(faults: Faults) -> Iterator[Faults]:
    """Every write, sync and rename of this process passes by ``faults``."""
    real = {name: getattr(os, name) for name in (*_CALLS, *_CRASH_ONLY)}
    real_open, real_sync = builtins.open, os.sync

    def opened(file, mode="r", *args, **kwargs):
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        if not writes:
            return real_open(file, mode, *args, **kwargs)
        path = str(file) if not isinstance(file, int) else os.readlink(f"/proc/self/fd/{file}")
        faults.at("open", path)
        return _File(real_open(file, mode, *args, **kwargs), path, faults)

    def call(name: str):
        def run(*args, **kwargs):
            path = args[1] if name in ("replace", "rename") else args[0]
            if isinstance(path, int):
                path = os.readlink(f"/proc/self/fd/{path}")
            if kwargs.get("dir_fd") is not None:  # as shutil.rmtree goes
                path = os.path.join(os.readlink(f"/proc/self/fd/{kwargs['dir_fd']}"), path)
            if faults.kind != "fail" or name not in _CRASH_ONLY:
                faults.at(name, os.path.abspath(path))
            given = real[name](*args, **kwargs)
            if name == "fsync":
                faults.synced(args[0])
            return given

        return run

    def sync() -> None:
        faults.at("sync", faults.within)
        real_sync()
        faults.unsynced.clear()

    def outside(owner, name: str):
        whole = getattr(owner, name)

        def run(*args, **kwargs):
            faults.at(f"before {name}", faults.within)
            given = whole(*args, **kwargs)
            faults.at(f"after {name}", faults.within)
            return given

        return mock.patch.object(owner, name, run)

    with contextlib.ExitStack() as stack:
        for owner, name in _outside():
            stack.enter_context(outside(owner, name))
        for name in real:
            stack.enter_context(mock.patch.object(os, name, call(name)))
        for owner in (builtins, io):
            stack.enter_context(mock.patch.object(owner, "open", opened))
        stack.enter_context(
            mock.patch.object(os, "fdopen", lambda fd, mode="r", *a, **k: opened(fd, mode, *a, **k))
        )
        stack.enter_context(mock.patch.object(os, "sync", sync))
        yield faults


def points(operation: Callable[[], object], within: str) -> list[str]:
    """The points of an operation that goes well, in order."""
    with injected(Faults(NEVER, "fail", within=within)) as faults:
        operation()
    return faults.seen


def failing(
    operation: Callable[[], object], nth: int, within: str, code: int = errno.ENOSPC
) -> BaseException | None:
    """Run with the nth point failing; what the operation raised, None when it went well."""
    with injected(Faults(nth, "fail", code, within)):
        try:
            operation()
        except Exception as error:
            return error
    return None


def crashing(operation: Callable[[], object], nth: int, within: str, *, power_cut=False) -> int:
    """Run in a child that dies at the nth point; its exit code, DIED when it came there."""
    return in_child(_with_fault, operation, nth, "power" if power_cut else "crash", within)


def _with_fault(operation: Callable[[], object], nth: int, kind: str, within: str) -> None:
    with injected(Faults(nth, kind, within=within)):
        operation()


def full_disk(operation: Callable[[], object], most_bytes: int) -> int:
    """Run in a child in which no file may grow beyond so many bytes; its exit code."""
    return in_child(_with_little_room, operation, most_bytes)


def _with_little_room(operation: Callable[[], object], most_bytes: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    operation()


def killed_after(operation: Callable[[], object], seconds: float) -> int:
    """Run in a child that is killed so many seconds after the operation began."""
    return in_child(_with_little_time, operation, seconds)


def _with_little_time(operation: Callable[[], object], seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM ends a process that does not catch it
    operation()


def in_child(work: Callable[..., object], *given) -> int:
    """Run in a process of its own: 0 when it went well, 1 when it raised, else how it ended.

    The processes are forked from one that imported everything and did nothing yet: a copy of one in
    which torch or the library's engine have threads at work would crash by itself.
    """
    child = _SERVER.Process(target=_quietly, args=(work, given))
    child.start()
    child.join(LONGEST_S)
    if child.is_alive():
        child.kill()
        child.join()
        raise AssertionError("the child did not end")
    code = child.exitcode
    child.close()
    return code


def _quietly(work: Callable[..., object], given: tuple) -> None:
    """Tracebacks of errors that are meant would only hide those that are not."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        work(*given)
    except Exception as error:
        print(f"a child ended with {error!r}", file=sys.stderr)
        os._exit(1)
    os._exit(0)
