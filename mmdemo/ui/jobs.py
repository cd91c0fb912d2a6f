"""Long work in a thread: its progress can be watched, it can be stopped, its result taken."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..types import Progress

WATCH_S = 0.3  # how often progress is looked at; more often would only flicker
Work = Callable[[Progress, Callable[[], bool]], Any]


@dataclass(frozen=True)
class Step:
    """How far a job is; ``left_s`` is None until there is something to estimate from."""

    job: str
    fraction: float = 0.0
    left_s: float | None = None


class Job:
    """One piece of work; ``work`` is called with (progress, should_stop) in its own thread."""

    def __init__(self, work: Work) -> None:
        self.id = uuid.uuid4().hex
        self._stop = threading.Event()
        self._fraction, self._started = 0.0, time.monotonic()
        pool = ThreadPoolExecutor(1, thread_name_prefix="job")
        self.future: Future = pool.submit(work, self._tell, self._stop.is_set)
        pool.shutdown(wait=False)

    def _tell(self, fraction: float, doing: str) -> None:
        self._fraction = fraction

    def stop(self) -> None:
        """Ask the work to stop; it ends at its next look."""
        self._stop.set()

    def watch(self) -> Iterator[Step]:
        """Steps until the work is done. When the watcher goes away, the work is stopped."""
        try:
            while not self.future.done():
                yield self._step()
                threading.Event().wait(WATCH_S)
        finally:
            self.stop()

    def _step(self) -> Step:
        spent_s = time.monotonic() - self._started
        if self._fraction < 0.02 or spent_s < 1:
            return Step(self.id, self._fraction)
        return Step(self.id, self._fraction, spent_s / self._fraction - spent_s)


class Jobs:
    """The jobs that run now, by their id."""

    def __init__(self) -> None:
        self._running: dict[str, Job] = {}

    def start(self, work: Work) -> Job:
        """Start ``work``; it is forgotten when it is done."""
        job = Job(work)
        self._running[job.id] = job
        job.future.add_done_callback(lambda _: self._running.pop(job.id, None))
        return job

    def stop(self, job: str) -> None:
        """Stop a job; one that is over is left alone."""
        if job in self._running:
            self._running[job].stop()
