"""The queue: one training at a time on a machine, whoever started it and in whichever
process of the app. A ticket is a file, so a queue outlives the app."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from ...data.locks import is_held
from ...errors import MmdemoError
from ...types import Note
from .folders import RunFolder, new_id
from .runs import FAILED, STOPPED, asked_since_s, end, requeue, state_of, write_state
from .store import read_json, write_json
from .types import FINISHED

log = logging.getLogger(__name__)

LOOK_S = 0.3  # between two looks at the worker
PATIENCE_S = 20.0  # from the wish to stop until the worker is ended; a step takes a second or two
IDLE_S = 180.0  # a worker (1.2 GB) with nothing to do is kept so long: the next run starts at once
SEEN_S = 5.0  # within which the end of a run is seen
BUSY = 75  # a worker's exit code: another one has this run


class Worker(Protocol):
    """A process that works on one run after another (worker.Process)."""

    def give(self, run: RunFolder) -> None:
        """The next run to work on."""
        ...

    def ended(self) -> int | None:
        """Its exit code, None while it lives."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def close(self) -> None:
        """Let it end."""
        ...


class TrainingQueue:
    """Tickets in a folder, and the thread that gives the first of them to a worker."""

    def __init__(self, folder: Path, launch: Callable[[], Worker]) -> None:
        self.folder, self._launch = Path(folder), launch
        self._wake, self._closed, self._warm = (threading.Event() for _ in range(3))
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._worker: Worker | None = None
        self._run: RunFolder | None = None  # what the worker has in hand
        self._used = time.monotonic()  # when it last had something to do

    def join(self, run: RunFolder) -> None:
        """Wait at the end of the queue."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # a path holds a secret token
        if all(waiting.path != run.path for _, waiting in self._tickets()):
            write_json(self.folder / f"{new_id()}.json", {"run": str(run.path)})

    def leave(self, run: RunFolder) -> None:
        """Wait no more."""
        for ticket, waiting in self._tickets():
            if waiting.path == run.path:
                ticket.unlink(missing_ok=True)

    def rejoin(self, run: RunFolder) -> None:
        """Wait at the end of the queue again, once whoever served the ended run has seen its end:
        a run that waits anew before that would be taken for one still in hand."""
        self.attend()
        until = time.monotonic() + SEEN_S
        while any(waiting.path == run.path for _, waiting in self._tickets()):
            if time.monotonic() > until:
                self.leave(run)
            time.sleep(LOOK_S / 10)
        requeue(run)
        self.join(run)
        self.attend()

    def drop_waiting(self, run: RunFolder) -> None:
        """Take a run that was asked to stop out of the queue, unless a worker has it: that one
        sees the wish itself, even when it begins right now."""
        if not is_held(run.lock):
            end(run, STOPPED)
            self.leave(run)

    def place(self, run: RunFolder) -> int:
        """1 is next; 0 for a run that does not wait or is being worked on."""
        place = 0
        for _, waiting in self._tickets():
            mine = waiting.path == run.path
            if mine or not is_held(waiting.lock):
                place += 1
            if mine:
                return place
        return 0

    def waiting(self, workspace: Path) -> list[RunFolder]:
        """Runs of one workspace that are in the queue, the one being worked on included."""
        return [run for _, run in self._tickets() if run.workspace == workspace]

    def attend(self) -> None:
        """See to it that somebody serves the queue."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._closed.clear()
                self._thread = threading.Thread(target=self._serve, name="training", daemon=True)
                self._thread.start()
        self._wake.set()

    def warm_up(self) -> None:
        """A run is likely soon: have a worker ready, if the queue is served at all."""
        if self._thread is not None and self._thread.is_alive():
            self._warm.set()
            self._wake.set()

    def close(self) -> None:
        """End this process's worker; the next service goes on with what it was doing."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _tickets(self) -> Iterator[tuple[Path, RunFolder]]:
        """In order; tickets of runs that were deleted are dropped."""
        for ticket in sorted(self.folder.glob("*.json")):
            content = read_json(ticket)
            if content is None:
                continue
            run = RunFolder(Path(str(content.get("run"))))
            if run.path.is_absolute() and run.about.exists():
                yield ticket, run
            else:
                ticket.unlink(missing_ok=True)

    def _serve(self) -> None:
        try:
            while not self._closed.is_set():
                try:
                    self._step()
                except Exception:  # the queue must go on, whatever one run does
                    log.exception("the training queue stumbled")
                self._wake.wait(LOOK_S)
                self._wake.clear()
        finally:
            self._let_go()

    def _step(self) -> None:
        code = self._worker.ended() if self._worker is not None else None
        if code is not None:
            run, self._run, self._worker = self._run, None, None
            if run is not None:
                self._ended(run, code)
        elif self._run is not None:
            self._watch(self._run)
        if self._run is None:
            self._hand_out()

    def _watch(self, run: RunFolder) -> None:
        """Look after the run that the worker has in hand."""
        if state_of(run).get("state") in FINISHED and not is_held(run.lock):
            self.leave(run)
            self._run, self._used = None, time.monotonic()
        elif (asked_since_s(run) or 0) > PATIENCE_S:
            self._worker.kill()

    def _hand_out(self) -> None:
        """Give the next run to a worker; let one go that has had nothing to do for long."""
        run = self._next()
        if (run is not None or self._warm.is_set()) and self._worker is None:
            self._worker, self._used = self._launch(), time.monotonic()
        self._warm.clear()
        if run is not None:
            self._run = run
            self._worker.give(run)
        elif self._worker is not None and time.monotonic() - self._used > IDLE_S:
            self._let_go()

    def _let_go(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = self._run = None

    def _next(self) -> RunFolder | None:
        """The first run that nobody works on; what is finished leaves the queue."""
        for ticket, run in self._tickets():
            if state_of(run).get("state") in FINISHED:
                ticket.unlink(missing_ok=True)
            elif not is_held(run.lock):
                return run
        return None

    def _ended(self, run: RunFolder, code: int) -> None:
        """A worker is gone: its run is over, goes on, or has failed twice at the same place."""
        state = state_of(run)
        if state.get("state") in FINISHED:
            self.leave(run)
        elif run.stop.exists():
            end(run, STOPPED)
            self.leave(run)
        elif code != BUSY and run.about.exists():
            log.warning("the training process of run %s ended with %s", run.id, code)
            died_at = [state.get("epoch", 0), state.get("step", "")]
            if state.get("died_at") == died_at:
                end(run, FAILED, _killed(code))
                self.leave(run)
            else:
                write_state(run, {**state, "died_at": died_at})


def _killed(code: int) -> Note:
    """Twice at the same place: say what is likely and what to do."""
    if code == -9:  # what the system does to a process when memory runs out
        return Note(
            "out_of_memory_killed",
            "The system ended the training, most likely because memory ran out. Close other "
            'programs, choose a smaller batch or the mode "head" under "more", and try again.',
        )
    return Note(
        "run_crashed",
        f"The training process ended unexpectedly (code {code}). Try again; when it happens "
        "again, the file worker.log of the run says more.",
        {"code": code},
    )


def refuse_while_used(queue: TrainingQueue, workspace: Path, dataset_id: str) -> None:
    """Raise MmdemoError while a run of that dataset waits or is worked on."""
    for run in queue.waiting(workspace):
        if (read_json(run.about) or {}).get("dataset_id") == dataset_id:
            raise MmdemoError(
                "A training with this dataset is on its way. Stop it first, then delete the "
                "dataset.",
                code="dataset_busy",
            )
