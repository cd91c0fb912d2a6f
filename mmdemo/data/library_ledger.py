"""The ledger of a library: which runs finished, what they read, and what was removed since."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import lancedb

INDEXED, NAMED, REMOVED = "indexed", "named", "removed"
KEPT_VERSIONS = timedelta(minutes=1)  # old states of a table, for readers in the middle of a query
MOST_FRAGMENTS = 64  # files of a table that are left lying before they are put together


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
        self._read: tuple[int, tuple[Entry, ...]] = (-1, ())  # version and what counted then

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
        """Runs that count, oldest first: one for each item and model; read when there is news.

        Should two writers ever have finished the same item, the first one counts.
        """
        version = self.version
        if self._read[0] != version:
            self._read = (version, _counting(self._rows()))
        return self._read[1]

    def of_item(self, item: str) -> tuple[Entry, ...]:
        """Runs of one item that count, one for each model; does not read the others."""
        return _counting(self._rows(f"item = {item!r}"))

    def tidy(self) -> None:
        """Put the many one-row files of the ledger together."""
        if self._table.stats()["fragment_stats"]["num_small_fragments"] > MOST_FRAGMENTS:
            self._table.optimize(cleanup_older_than=KEPT_VERSIONS)

    def _rows(self, where: str = "") -> list[dict]:
        """Events as dicts; a condition names items, whose ids are made by us from digits."""
        query = self._table.search()
        query = query.where(where) if where else query
        return query.limit(max(1, self._table.count_rows())).to_arrow().to_pylist()

    def _append(self, entry: Entry, event: str) -> None:
        row = {f.name: [getattr(entry, f.name)] for f in fields(Entry)}
        self._table.add(
            pa.table({**row, "event": [event], "at": [time.time()]}, schema=self._schema)
        )


def _counting(rows: list[dict]) -> tuple[Entry, ...]:
    """What the events leave standing, in the order in which it came."""
    counting: dict[tuple[str, str], Entry] = {}
    of_item: dict[str, set[str]] = {}  # identities that indexed an item
    for row in sorted(rows, key=lambda row: row["at"]):
        event, _ = row.pop("event"), row.pop("at")
        entry = Entry(**row)
        if event == INDEXED:
            counting.setdefault((entry.item, entry.identity), entry)
            of_item.setdefault(entry.item, set()).add(entry.identity)
        elif event == REMOVED:
            for identity in of_item.pop(entry.item, ()):
                del counting[entry.item, identity]
        else:
            for identity in of_item.get(entry.item, ()):
                key = (entry.item, identity)
                counting[key] = replace(counting[key], name=entry.name, path=entry.path)
    return tuple(counting.values())
