"""Fetching in a process of its own: the app forbids itself the network when it starts, and that
holds for the whole of its process.

``python -m mmdemo.models.hub_process REPO`` fetches one model and tells of it on stdout, a JSON
object a line. It ends when its stdin is closed: with the app, however that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from huggingface_hub import constants

from ..config import ROOT
from ..errors import MmdemoError, StoppedError, StorageError
from .hub_fetch import FetchPlan, HubError, fetch, plan_fetch

FORBID = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
PIECE = 1 << 18  # bytes; the client's own 10 MB would take minutes without a word on a weak line
TELL_S = 0.3  # between two words about how far it is
STOPPED = "Fetching was stopped. It goes on from here next time."


class FetchProcess:
    """One fetch. ``plan`` is known once the hub has answered."""

    def __init__(self, repo: str) -> None:
        self.repo = repo
        self.plan: FetchPlan | None = None
        self._process: subprocess.Popen | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def run(self, told: Callable[[float], None]) -> None:
        """Fetch; ``told`` hears the fraction that is here. Raises HubError, StorageError,
        StoppedError."""
        command = [sys.executable, "-m", __name__, self.repo]
        with self._lock:
            if self._stopped:
                raise StoppedError(STOPPED)
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=_environ(), text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        said: dict = {}
        with self._process as process:
            for line in process.stdout:
                said = json.loads(line)
                if "plan" in said:
                    self.plan = _plan(said["plan"])
                told(float(said.get("fraction", 0.0)))
        if "error" in said:
            raise _error(said["error"])
        if "here" not in said:
            raise StoppedError(STOPPED) if self._stopped else _died(self.repo)

    def stop(self) -> None:
        """End it at once; what has arrived is kept."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()


def _environ() -> dict[str, str]:
    """Ours without what forbids the network, and with the hub and the cache that we use."""
    kept = {name: value for name, value in os.environ.items() if name not in FORBID}
    return {**kept, "HF_ENDPOINT": constants.ENDPOINT, "HF_HUB_CACHE": constants.HF_HUB_CACHE}


def _plan(told: dict) -> FetchPlan:
    return FetchPlan(**{**told, "files": tuple((name, size) for name, size in told["files"])})


def _error(told: dict) -> MmdemoError:
    kind = StorageError if told["kind"] == StorageError.__name__ else HubError
    return kind(told["text"], code=told["code"], **told["values"])


def _died(repo: str) -> HubError:
    return HubError(
        f'Fetching "{repo}" broke off; see the log. What has arrived is kept: try again.',
        code="hub_died", repo=repo,
    )  # fmt: skip


def _say(**told: object) -> None:
    print(json.dumps(told), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main(repo: str) -> None:
    """Fetch one model, telling of it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    constants.DOWNLOAD_CHUNK_SIZE = PIECE
    last = 0.0

    def progress(fraction: float, what: str) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_S:
            last = time.monotonic()
            _say(fraction=fraction)

    try:
        plan = plan_fetch(repo)
        _say(plan=asdict(plan))
        fetch(plan, progress)
        _say(here=True, fraction=1.0)
    except MmdemoError as error:
        told = {"kind": type(error).__name__, "code": error.code, "text": str(error)}
        _say(error={**told, "values": error.values})


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(sys.argv[1])
