"""The process that trains: ``python -m mmdemo.services.finetune.worker``, started by the line.

Its first line on stdin says what to do. The rest of stdin is the app's life line: when it closes,
the app is gone and the worker ends at once; the next start of the app goes on from the last epoch.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

from ...config import ROOT, Limits, Settings
from ...data.locks import waited_for
from ...errors import MmdemoError, StoppedError
from ...types import Note
from .folders import RunFolder
from .line import BUSY
from .runs import FAILED, STOPPED, end

APP_GONE = 74
BEHIND = 5  # niceness: the page stays quick while a training has the cores
LOCK_S = 10.0  # somebody may be looking whether the lock is held
RESERVE = 64 * 1024
"""Bytes set aside on the disk, so that a full one can still be told of."""
FULL_BYTES = 4 << 20


def launch(run: RunFolder, settings: Settings) -> subprocess.Popen:
    """Start a worker for a run. Closing the process's stdin ends it."""
    with open(run.output, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mmdemo.services.finetune.worker"],
            stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=ROOT,
            start_new_session=True,  # Ctrl+C is for the app; the worker ends with it anyway
        )  # fmt: skip
    given = {"run": str(run.path), "settings": settings_dict(settings)}
    with contextlib.suppress(BrokenPipeError):  # it ended already; the line sees that
        process.stdin.write(json.dumps(given).encode() + b"\n")
        process.stdin.flush()
    return process


def settings_dict(settings: Settings) -> dict:
    """Settings as JSON."""
    return json.loads(json.dumps(asdict(settings), default=str))


def settings_from(content: dict) -> Settings:
    """Settings from their JSON."""
    paths = {f.name for f in fields(Settings) if isinstance(f.default, Path)}
    made = {name: Path(v) if name in paths else v for name, v in content.items()}
    return Settings(**{**made, "limits": Limits(**content["limits"])})


def main() -> int:
    """Do what the first line on stdin says; the exit code is for the line."""
    given = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_app, daemon=True).start()
    with contextlib.suppress(OSError):
        os.nice(BEHIND)
    run, settings = RunFolder(Path(given["run"])), settings_from(given["settings"])
    until = time.monotonic() + LOCK_S
    with waited_for(run.lock, lambda: time.monotonic() > until) as mine:
        if not mine:
            return BUSY
        with waited_for(settings.data_root / "training.lock", run.stop.exists) as our_turn:
            if our_turn:
                work(run, settings)
            else:
                end(run, STOPPED)
    return 0


def _end_with_the_app() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(APP_GONE)


def work(run: RunFolder, settings: Settings) -> None:
    """Train, and say how it ended in the run's state."""
    from .training_run import TrainingRun

    with _reserve(run.path / "reserve"):
        try:
            TrainingRun(run, settings).finish()
        except StoppedError:
            end(run, STOPPED)
        except MmdemoError as error:
            end(run, FAILED, Note(error.code, str(error), error.values))
        except Exception as error:
            sys.excepthook(*sys.exc_info())
            _release(run.path / "reserve")
            end(run, FAILED, why(error, run.path))


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
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    # torch.save tells of a full disk in a RuntimeError of its own
    return shutil.disk_usage(folder).free < FULL_BYTES


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads of the libraries must not keep a finished worker alive
