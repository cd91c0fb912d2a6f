"""The ledger of a library: which runs finished, what they read, and what was removed since."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace

import lancedb
import pyarrow as pa

INDEXED, NAMED, REMOVED = "indexed", "named", "removed"


@dataclass(frozen=True)
class Entry:
    """A finished run over one file."""

    item: str  # hash of the file's content
    run_id: str
    name: str  # as the user knows the file
    path: str  # where it was seen last
    kind: str  # "video" or "picture"
    duration_s: float
    frames: int  # rows kept
    model: str  # name of the matcher, for people
    identity: str  # and exactly which one


class Ledger:
    """Events in the order in which they happened; appended, never changed."""

    def __init__(self, database: lancedb.DBConnection) -> None:
        types = {"str": pa.string(), "float": pa.float64(), "int": pa.int64()}
        columns = [pa.field(f.name, types[f.type], nullable=False) for f in fields(Entry)]
        extra = [("event", pa.string()), ("at", pa.float64())]
        columns += [pa.field(name, kind, nullable=False) for name, kind in extra]
        self._schema = pa.schema(columns)
        self._table = database.create_table("ledger", schema=self._schema, exist_ok=True)

    @property
    def version(self) -> int:
        """Grows with every event, whoever wrote it."""
        return self._table.version

    def indexed(self, entry: Entry) -> None:
        """A run is finished: from now on its rows count."""
        self._append(entry, INDEXED)

    def named(self, entry: Entry, name: str, path: str) -> None:
        """The same content was seen under another name or at another place."""
        self._append(replace(entry, name=name, path=path), NAMED)

    def removed(self, entry: Entry) -> None:
        """The item was taken out: runs of before no longer count."""
        self._append(entry, REMOVED)

    def entries(self) -> tuple[Entry, ...]:
        """Runs that count, oldest first: one for each item and model.

        Should two writers ever have finished the same item, the first one counts.
        """
        rows = self._table.search().limit(max(1, self._table.count_rows())).to_arrow().to_pylist()
        counting: dict[tuple[str, str], Entry] = {}
        for row in sorted(rows, key=lambda row: row["at"]):
            event, _ = row.pop("event"), row.pop("at")
            entry = Entry(**row)
            key = (entry.item, entry.identity)
            if event == INDEXED:
                counting.setdefault(key, entry)
            elif event == REMOVED:
                counting = {k: e for k, e in counting.items() if k[0] != entry.item}
            else:
                for same in [k for k in counting if k[0] == entry.item]:
                    counting[same] = replace(counting[same], name=entry.name, path=entry.path)
        return tuple(counting.values())

    def tidy(self) -> None:
        """Put the many one-row files of the ledger together."""
        if self._table.stats()["fragment_stats"]["num_small_fragments"] > 64:
            self._table.optimize()

    def _append(self, entry: Entry, event: str) -> None:
        row = {f.name: [getattr(entry, f.name)] for f in fields(Entry)}
        self._table.add(
            pa.table({**row, "event": [event], "at": [time.time()]}, schema=self._schema)
        )
