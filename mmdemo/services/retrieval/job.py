"""Indexing in the background: one job for each library, with progress, stop and resume."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...data.workspaces import require_disk
from ...errors import LibraryError, MediaError, MmdemoError, StoppedError, StorageError
from ...render import clock
from ...types import Note, Problem
from .answers import IndexJob
from .indexing import Indexer, Outcome, Watch
from .sources import Source
from .waiting import WaitingList, forget_left_behind, left_behind

log = logging.getLogger(__name__)

RUNNING, STOPPED, DONE, FAILED = "running", "stopped", "done", "failed"
UPKEEP_EVERY = 64
"""Files after which the library is put in order: a file more makes every write a little slower."""
ROOM_BYTES = 16 << 20  # what a long video adds: 1800 frames with vector and thumbnail


class Job:
    """Works through a list of files; more may be added while it runs."""

    def __init__(self, library: Path, indexer: Callable[[], Indexer], free_bytes: int) -> None:
        """``indexer`` is called in the job's thread: it may load a model."""
        self.library = Path(library)
        self._indexer, self._free_bytes = indexer, free_bytes
        self._lock = threading.RLock()
        self._wake = threading.Event()  # set: stop soon
        self._thread: threading.Thread | None = None
        self._waiting: list[Source] = []
        self._state, self._message, self._current = STOPPED, "", ""
        self._problems: list[Problem] = []
        self._notes: list[Note] = []
        self._done = 0
        self._bytes_done = self._bytes_now = self._bytes_free = 0.0
        self._started = 0.0

    def add(self, sources: Sequence[Source]) -> None:
        """Queue files and go on, or begin."""
        with self._lock:
            if self._state != RUNNING:
                self._begin()
            self._wake.clear()  # who adds files while a stop is under way wants to go on
            known = {source.path for source in self._waiting}
            new = [source for source in sources if source.path not in known]
            self._waiting += new
            self._list.add(new)

    def stop(self) -> None:
        """Stop soon; what waits is kept for a resume."""
        self._wake.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, for the command line and for tests."""
        if self._thread is not None:
            self._thread.join(timeout)

    def snapshot(self) -> IndexJob:
        """How it stands."""
        with self._lock:
            waiting = sum(source.size for source in self._waiting)
            done = self._bytes_done + self._bytes_now
            whole = max(1.0, self._bytes_done + waiting)
            total = self._done + len(self._waiting)
            finished = self._state == DONE
            return IndexJob(
                state=self._state,
                done=self._done,
                total=total,
                current=self._current,
                fraction=1.0 if finished else min(1.0, done / whole),
                left_s=self._left_s(done, whole),
                problems=tuple(self._problems),
                message=self._message,
                notes=tuple(self._notes),
            )

    def _left_s(self, done: float, whole: float) -> float | None:
        """Seconds to go at the pace so far; files that were known cost nothing and do not count."""
        worked = done - self._bytes_free
        spent_s = time.monotonic() - self._started
        if self._state != RUNNING or worked <= 0 or spent_s < 1:
            return 0.0 if self._state == DONE else None
        return spent_s * max(0.0, whole - done) / worked

    def _begin(self) -> None:
        """Start counting anew; what an earlier job of whichever process left waits again."""
        self._wake.clear()
        self._list = WaitingList(self.library)
        self._list.take()
        self._waiting = left_behind(self.library)
        self._list.add(self._waiting)
        forget_left_behind(self.library)
        self._state, self._message, self._done = RUNNING, "", 0
        self._problems, self._notes = [], []
        self._bytes_done = self._bytes_now = self._bytes_free = 0.0
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            indexer = self._indexer()
            while (source := self._next()) is not None:
                self._index(indexer, source)
                if self._done % UPKEEP_EVERY == 0:
                    indexer.library.upkeep()
            indexer.library.upkeep()
        except StoppedError:
            self._end(STOPPED)
        except MmdemoError as error:
            self._end(FAILED, str(error))
        except Exception:
            log.exception("indexing into %s failed", self.library)
            self._end(FAILED, "Indexing failed; what was finished is kept. See the log.")

    def _next(self) -> Source | None:
        """The file to do now; None ends the job, so that what is added later begins a new one."""
        with self._lock:
            if self._waiting and not self._wake.is_set():
                return self._waiting[0]
            if not self._waiting:
                self._list.clear()
            self._end(STOPPED if self._waiting else DONE)
            return None

    def _end(self, state: str, message: str = "") -> None:
        with self._lock:
            if self._state == RUNNING:
                self._state, self._message, self._current = state, message, ""
                self._bytes_now = 0.0
                self._list.release()

    def _index(self, indexer: Indexer, source: Source) -> None:
        size = source.size
        self._current = source.name

        def progress(fraction: float) -> None:
            self._bytes_now = fraction * size

        outcome = None
        try:
            require_disk(self.library, ROOM_BYTES, self._free_bytes)
            outcome = indexer.index(source, Watch(progress, self._wake.is_set))
        except (StoppedError, StorageError, LibraryError):
            raise
        except MediaError as error:
            note = Note(error.code, str(error), dict(error.values))
            self._problems.append(Problem.of(source.name, note, "skipped"))
        with self._lock:
            self._list.done(source)
            self._waiting.remove(source)
            self._done += 1
            self._bytes_done, self._bytes_now = self._bytes_done + size, 0.0
            if outcome is None or outcome.state != "indexed":
                self._bytes_free += size
            if outcome is not None:
                self._remark(source, outcome)

    def _remark(self, source: Source, outcome: Outcome) -> None:
        if outcome.state == "renamed":
            sentence = "{name} was already known as {before}; only its name was changed."
            values = {"name": source.name, "before": outcome.before}
            self._notes.append(Note("library_renamed", sentence.format(**values), values))
        elif outcome.state == "known":
            sentence = "{name} was already in the library."
            values = {"name": source.name}
            self._notes.append(Note("library_known", sentence.format(**values), values))
        elif outcome.read_s < outcome.duration_s - 1.5:
            sentence = "The picture of {name} ends at {read} of {length}; that part was indexed."
            values = {
                "name": source.name, "read": clock(outcome.read_s),
                "length": clock(outcome.duration_s),
            }  # fmt: skip
            note = Note("index_partly", sentence.format(**values), values)
            self._problems.append(Problem.of(source.name, note, "fixed"))


def idle_snapshot(library: Path) -> IndexJob | None:
    """How a library stands that has no job in this process: what was left waiting, if anything."""
    left = left_behind(library)
    if not left:
        return None
    return IndexJob(STOPPED, 0, len(left), "", 0.0, None)
