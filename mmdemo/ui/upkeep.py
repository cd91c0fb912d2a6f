"""What a server that runs for months does every hour: delete what nobody will come back for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Settings
from .launch import served_folder, sweep_folder

if TYPE_CHECKING:
    from ..data.workspaces import Workspaces

log = logging.getLogger(__name__)
EVERY_S = 3600.0
DAY_S = 86_400


def chores(settings: Settings, workspaces: Workspaces) -> list[Callable[[], object]]:
    """Sweep workspaces that nobody opened, and uploads and downloads of yesterday."""
    folder: Path = served_folder(settings)
    return [
        lambda: workspaces.sweep(settings.keep_days * DAY_S),
        lambda: sweep_folder(folder),
    ]


class Upkeep:
    """Does its chores now and every hour, in a thread of its own."""

    def __init__(self, work: Sequence[Callable[[], object]], every_s: float = EVERY_S) -> None:
        self._work, self._every_s = tuple(work), every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> Upkeep:
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End after the chore in hand."""
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            for chore in self._work:
                try:
                    chore()
                except Exception:  # a disk that hiccups must not end the upkeep for good
                    log.exception("upkeep failed")
            if self._ended.wait(self._every_s):
                return
