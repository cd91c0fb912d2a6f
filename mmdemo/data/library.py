"""A library: what was indexed, in a folder, behind one small interface.

Inside: LanceDB tables (``db``), locks, lists of files that wait to be indexed, and thumbnails that
were shown. Many readers and many writers may work at once, in several processes; each item has one
writer at a time. Whatever is killed, the library opens again without half an item in it.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import numpy as np

from ..errors import LibraryError, MmdemoError
from .library_covers import cover_frames
from .library_errors import not_a_library, plain_errors
from .library_frames import Frames, FrameTable, joined, of_one_run
from .library_ledger import Entry, Ledger
from .library_mark import MARK, check_mark, make_mark
from .locks import held, waited_for

log = logging.getLogger(__name__)

COVER_RUNS = 64  # runs whose frames are read together: vectors come with them


class Library:
    """One library folder. Safe from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        import lancedb  # not above: takes two seconds, which the start of the page need not wait

        # 0: look for what other processes wrote at every read; None, the default, never looks
        self._database = lancedb.connect(
            str(self.folder / "db"), read_consistency_interval=timedelta(0)
        )
        with plain_errors(self.folder):
            self._ledger = Ledger(self._database)
        self._tables: dict[str, FrameTable] = {}
        self._lock = threading.RLock()
        self._kept: tuple[str, frozenset[str], Frames] | None = None

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Library:
        """Open a library, or make one in a new or empty folder. LibraryError says why not."""
        folder = Path(folder)
        if folder.exists() and not folder.is_dir():
            raise not_a_library(folder, "is a file, not a folder")
        if not (folder / MARK).is_file():
            if folder.is_dir() and any(not p.name.startswith(".") for p in folder.iterdir()):
                raise not_a_library(folder, "holds other files, but no library")
            if not create:
                raise LibraryError(
                    f"There is no library in {folder.name}. Index some videos or pictures first.",
                    code="library_missing",
                    name=folder.name,
                )
            make_mark(folder)
        check_mark(folder)
        return cls(folder)

    # -- what is there -------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Grows whenever something is indexed, renamed or removed, by whichever process."""
        return self._ledger.version

    def entries(self, identity: str | None = None) -> tuple[Entry, ...]:
        """Finished items in the order they came; of one model if given."""
        with plain_errors(self.folder):
            found = self._ledger.entries()
        return tuple(e for e in found if identity is None or e.identity == identity)

    def entry(self, item: str, identity: str) -> Entry | None:
        """The finished run of one model over one item; quick however much else there is."""
        with plain_errors(self.folder):
            found = self._ledger.of_item(item)
        return next((e for e in found if e.identity == identity), None)

    def frames(self, identity: str, runs: Sequence[str]) -> Frames:
        """All rows of these finished runs, ordered by run and time."""
        table = self._table(identity)
        with plain_errors(self.folder):
            return table.of_runs(runs)

    def all_frames(self, identity: str, runs: Sequence[str]) -> Frames:
        """All rows of these finished runs, kept in memory between calls.

        Only runs that are new since the last call are read.
        """
        wanted = frozenset(runs)
        with self._lock:
            known = self._kept
            if known is None or known[0] != identity:
                known = (identity, frozenset(), self.frames(identity, ()))
            if known[1] != wanted:
                new = sorted(wanted - known[1])
                parts = [known[2], self.frames(identity, new)] if new else [known[2]]
                whole = joined(parts)
                if known[1] - wanted:
                    whole = whole.pick(np.isin(whole.runs, list(wanted)))
                known = (identity, wanted, whole)
            self._kept = known
            return known[2]

    def nearest(
        self, identity: str, vector: np.ndarray, most: int, runs: Sequence[str], everywhere: bool
    ) -> Frames:
        """About ``most`` rows whose vectors point most nearly the same way, by the engine's index.

        Only rows of ``runs``; ``everywhere`` says that these are all finished ones, which is
        quicker than to name them all.
        """
        table, finished = self._table(identity), set(runs)
        with plain_errors(self.folder):
            found = table.nearest(vector, most, None if everywhere else runs)
        return found.pick(np.array([run in finished for run in found.runs], dtype=bool))

    def thumbnails(
        self, identity: str, frames: Sequence[tuple[str, float]], places: Sequence[int] = ()
    ) -> list[Path]:
        """JPEG files of stored frames, named by run id and time_s, in the order asked.

        ``places``, of :class:`Frames` as they were just read, spare looking for the rows.
        """
        paths = [
            self.folder / "thumbnails" / run / f"{round(time_s * 1000)}.jpg"
            for run, time_s in frames
        ]
        missing = [i for i, path in enumerate(paths) if not _kept(path)]
        if missing:
            table = self._table(identity)
            keys = {i: (frames[i][0], round(frames[i][1] * 1000)) for i in missing}
            with plain_errors(self.folder):
                found = table.thumbnails_at([places[i] for i in missing]) if len(places) else {}
                if any(key not in found for key in keys.values()):
                    found |= table.thumbnails([frames[i] for i in missing])
                for i, key in keys.items():
                    _write(paths[i], found.get(key, b""))
        return paths

    def covers(self, identity: str, runs: Sequence[str]) -> list[Path]:
        """A JPEG file of each finished run that shows what it is about."""
        paths = [self.folder / "thumbnails" / run / "cover.jpg" for run in runs]
        missing = [i for i, path in enumerate(paths) if not _kept(path)]
        for start in range(0, len(missing), COVER_RUNS):
            some = missing[start : start + COVER_RUNS]
            with plain_errors(self.folder):
                found = cover_frames(self._table(identity), [runs[i] for i in some])
                for i in some:
                    _write(paths[i], found[runs[i]])
        return paths

    # -- changes -------------------------------------------------------------------------------

    def claim(self, item: str, should_stop=None) -> AbstractContextManager[bool]:
        """Be the one writer of an item; waits for another one. False if stopped meanwhile."""
        return waited_for(self._claim_path(item), should_stop)

    def new_run(self, item: str) -> str:
        """A fresh run id; it begins with the item, so that leftovers tell whose they are."""
        return f"{item}-{secrets.token_hex(6)}"

    def append(self, run_id: str, identity: str, rows: Frames, thumbnails: list[bytes]) -> None:
        """Write rows of a run. They count when :meth:`finish` is called, or never."""
        with plain_errors(self.folder):
            table = self._table(identity, rows.vectors.shape[1])
            table.append(of_one_run(run_id, rows), thumbnails)

    def finish(self, entry: Entry) -> None:
        """Make a run count."""
        with plain_errors(self.folder):
            self._ledger.indexed(entry)

    def rename(self, entry: Entry, name: str, path: str) -> None:
        """Note that the same content is now seen under another name or place."""
        with plain_errors(self.folder):
            self._ledger.named(entry, name, path)

    def remove(self, item: str) -> None:
        """Take an item out; its rows go with the next upkeep. LibraryError if there is none."""
        entry = next((e for e in self.entries() if e.item == item), None)
        if entry is None:
            raise LibraryError(
                "This is no longer in the library. Reload the page.", code="library_item_gone"
            )
        with plain_errors(self.folder):
            self._ledger.removed(entry)

    def upkeep(self) -> bool:
        """Drop rows that do not count, put small files together, build the index when due.

        One at a time over all processes; False when another one is at it. A failure is logged and
        loses nothing: the next upkeep tries again.
        """
        with held(self.folder / "locks" / "upkeep") as mine:
            if not mine:
                return False
            for attempt in (1, 2, 3):
                try:
                    self._tidy()
                    return True
                except MmdemoError:
                    raise
                except Exception as error:  # also a panic of the engine
                    # a writer committed meanwhile ("Retryable commit conflict"): look again
                    log.warning("upkeep of %s, attempt %d: %s", self.folder.name, attempt, error)
        return False

    def _tidy(self) -> None:
        for identity in {e.identity for e in self.entries()} | set(self._tables):
            table = self._table(identity)
            table.tidy(dropped=self._drop_leftovers(table))
        self._ledger.tidy()

    def _drop_leftovers(self, table: FrameTable) -> bool:
        """Delete rows of killed and removed runs, but none of a run that is being written.

        Whether there were any.
        """
        dropped = False
        counting = {e.run_id for e in self.entries()}
        for run in table.run_ids() - counting:
            with held(self._claim_path(run.rpartition("-")[0])) as mine:
                # it may have been finished between our look at the ledger and at the lock
                if mine and run not in {e.run_id for e in self.entries()}:
                    table.delete_runs([run])
                    shutil.rmtree(self.folder / "thumbnails" / run, ignore_errors=True)
                    dropped = True
        return dropped

    def _claim_path(self, item: str) -> Path:
        return self.folder / "locks" / item

    def _table(self, identity: str, width: int | None = None) -> FrameTable:
        with self._lock:
            if identity not in self._tables:
                with plain_errors(self.folder):
                    self._tables[identity] = FrameTable(self._database, identity, width)
            return self._tables[identity]


def load_engine() -> None:
    """Spend the seconds of importing the engine now, so that nobody waits for them later."""
    import lancedb  # noqa: F401


def _kept(thumbnail: Path) -> bool:
    """Whether the file is there, and not only its name, as after a power cut."""
    return thumbnail.exists() and thumbnail.stat().st_size > 0


def _write(path: Path, data: bytes) -> None:
    """A file that appears whole or not at all. It can be made again, so it need not outlive a power
    cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f".{secrets.token_hex(4)}.part")
    try:
        making.write_bytes(data)
        os.replace(making, path)
    except OSError:
        making.unlink(missing_ok=True)
        raise
