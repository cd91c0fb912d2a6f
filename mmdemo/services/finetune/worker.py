"""The process that trains: ``python -m mmdemo.services.finetune.worker``, started by the queue.

Its stdin names settings and then one run after another. When it closes, the app is gone or has no
use for the worker any more, and it ends at once; a run in hand goes on from its last epoch when
the app starts again.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import ROOT, Limits, Settings
from ...data.locks import waited_for
from ...data.whole_file import is_full
from ...errors import MmdemoError, StoppedError
from ...types import Note
from .folders import RunFolder
from .runs import FAILED, RUNNING, STOPPED, end, state_of, write_state
from .training_queue import BUSY

if TYPE_CHECKING:
    from ...models.core import Core

APP_GONE = 74
BEHIND = 5  # niceness: the page stays quick while a training has the cores
SOON_S = 0.5  # within which a run comes when there is one
LOCK_S = 10.0  # somebody may be looking whether the lock is held
RESERVE = 64 * 1024
"""Bytes set aside on the disk, so that a full one can still be told of."""
FULL_BYTES = 4 << 20


class Process:
    """A worker as the queue has it."""

    def __init__(self, settings: Settings) -> None:
        settings.data_root.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mmdemo.services.finetune.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=ROOT,
            start_new_session=True,  # Ctrl+C is for the app; the worker ends with it anyway
        )  # fmt: skip
        self._say(settings_dict(settings))

    def give(self, run: RunFolder) -> None:
        """The next run to work on."""
        self._say({"run": str(run.path)})

    def ended(self) -> int | None:
        """Its exit code, None while it lives."""
        return self._process.poll()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """Let it end, which it does as soon as its stdin closes."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _say(self, what: dict) -> None:
        with contextlib.suppress(BrokenPipeError):  # it ended already; the queue sees that
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()


def settings_dict(settings: Settings) -> dict:
    """Settings as JSON."""
    return json.loads(json.dumps(asdict(settings), default=str))


def settings_from(content: dict) -> Settings:
    """Settings from their JSON."""
    paths = {f.name for f in fields(Settings) if isinstance(f.default, Path)}
    made = {name: Path(v) if name in paths else v for name, v in content.items()}
    return Settings(**{**made, "limits": Limits(**content["limits"])})


def main() -> int:
    """Work on one run after another; the exit code is for the queue."""
    settings = settings_from(json.loads(sys.stdin.buffer.readline()))
    runs: queue.SimpleQueue[RunFolder] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(runs,), daemon=True).start()
    core = None
    while True:
        try:
            run = runs.get(timeout=SOON_S)
        except queue.Empty:
            core = core or _core(settings)  # somebody looks at a dataset and may train soon
            run = runs.get()
        with _logged(run.output), _taken(run) as mine:
            if not mine:
                return BUSY
            with waited_for(settings.data_root / "training.lock", run.stop.exists) as our_turn:
                if not our_turn:
                    end(run, STOPPED)
                    continue
                now = {"state": RUNNING, "step": "read", "pid": os.getpid()}
                write_state(run, {**state_of(run), **now})
                core = core or _core(settings)
                _stand_behind()
                if not work(run, settings, core):
                    return 1  # whatever went wrong, its memory goes with the process


def _listen(runs: queue.SimpleQueue) -> None:
    for line in sys.stdin.buffer:
        runs.put(RunFolder(Path(json.loads(line)["run"])))
    os._exit(APP_GONE)


def _stand_behind() -> None:
    """Train with a lower priority; getting ready is not held back."""
    with contextlib.suppress(OSError):
        os.nice(max(0, BEHIND - os.nice(0)))


def _core(settings: Settings):
    """The libraries and base encoders, which take seconds; kept from run to run."""
    from ...models.core import Core
    from . import training_run  # noqa: F401  (imports what training needs)

    return Core.of(settings)


@contextlib.contextmanager
def _taken(run: RunFolder) -> Iterator[bool]:
    until = time.monotonic() + LOCK_S
    with waited_for(run.lock, lambda: time.monotonic() > until) as mine:
        yield mine


@contextlib.contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What this process writes to stderr meanwhile goes into a file of the run."""
    with contextlib.suppress(OSError), open(path, "ab") as output:
        os.dup2(output.fileno(), 2)
    yield


def work(run: RunFolder, settings: Settings, core: Core) -> bool:
    """Train, and say in the run's state how it ended; False when it went wrong."""
    from .training_run import TrainingRun

    with _reserve(run.path / "reserve"):
        try:
            TrainingRun(run, settings, core).finish()
        except StoppedError:
            end(run, STOPPED)
        except MmdemoError as error:
            end(run, FAILED, Note(error.code, str(error), error.values))
            return False
        except Exception as error:
            sys.excepthook(*sys.exc_info())
            _release(run.path / "reserve")
            end(run, FAILED, why(error, run.path))
            return False
    return True


@contextlib.contextmanager
def _reserve(path: Path) -> Iterator[None]:
    with contextlib.suppress(OSError):
        path.write_bytes(b"\0" * RESERVE)
    try:
        yield
    finally:
        _release(path)


def _release(path: Path) -> None:
    path.unlink(missing_ok=True)


def why(error: Exception, folder: Path) -> Note:
    """What a person is told of an error that nobody foresaw."""
    if _full(error, folder):
        return Note(
            "training_disk_full",
            "The disk became full during the training. Free some space, for example by removing "
            "datasets or models, and go on: what was learned until the last epoch is kept.",
        )
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return Note(
            "out_of_memory",
            "There is not enough memory to train. Close other programs, choose a smaller batch or "
            'the mode "head" under "more", and try again.',
        )
    return Note(
        "training_failed",
        f"The training failed because of an error in the program ({type(error).__name__}). Try "
        "again with other options; the file worker.log of the run says more.",
        {"error": type(error).__name__},
    )


def _full(error: BaseException, folder: Path) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if is_full(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    # torch.save tells of a full disk in a RuntimeError of its own
    return shutil.disk_usage(folder).free < FULL_BYTES


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads of the libraries must not keep a finished worker alive
