"""The frames of a library in LanceDB: append-only rows, one table for each model.

A row is a kept frame: the run that wrote it, the time it was taken and the time until which the
picture stayed the same, its shot, its unit vector, and a thumbnail. Rows are only ever appended; a
run's rows count once the library's ledger names the run. ``merge_insert`` is not used: from two
processes it wrote every key several times.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from .library_ledger import KEPT_VERSIONS, MOST_FRAGMENTS

if TYPE_CHECKING:
    import lancedb

INDEX_FROM = 100_000
"""Rows from which the engine's index is built; below, exact search is as fast."""
PROBES = 80
"""Partitions of the index that a query looks into. Of the best 20 that 400 partitions find among
1,000,000 synthetic vectors, 80 find 81 % for queries near some of them (40: 73 %), and 56 % for
random ones."""
REFINE = 2
"""Candidates per asked row whose stored vectors are compared exactly: the index keeps one bit a
dimension. On 100,000 clustered vectors this found all of the best 20; without it, two thirds."""
MOST_NAMED = 200  # runs that a condition names; above, all rows are read and sorted out here
_COLUMNS = ["run_id", "time_ms", "end_ms", "shot", "vector"]


@dataclass(frozen=True)
class Frames:
    """Rows in memory, ordered by run and time; arrays of one length."""

    runs: np.ndarray  # (n,) str: run ids
    times: np.ndarray  # (n,) float64: seconds
    ends: np.ndarray  # (n,) float64: seconds until which the picture stayed the same
    shots: np.ndarray  # (n,) int32
    vectors: np.ndarray  # (n, width) unit length; float16 once they were stored
    places: np.ndarray  # (n,) uint64: where the engine had them, until it moves them; 0: nowhere

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def run_numbers(self) -> np.ndarray:
        """(n,) the place of each row's run among the sorted run ids."""
        names = self.runs.tolist()
        places = {name: place for place, name in enumerate(sorted(set(names)))}
        return np.fromiter((places[name] for name in names), np.int32, len(names))

    @cached_property
    def shot_starts(self) -> np.ndarray:
        """Places of the first row of each shot, of rows ordered by run and time."""
        if not len(self):
            return np.zeros(0, np.int64)
        runs, shots = self.run_numbers, self.shots
        new = (runs[1:] != runs[:-1]) | (shots[1:] != shots[:-1])
        return np.append(0, np.flatnonzero(new) + 1)

    def ordered(self) -> Frames:
        """The same rows, ordered by run and time."""
        return self.pick(np.lexsort((self.times, self.run_numbers)))

    def pick(self, chosen: np.ndarray) -> Frames:
        """The rows that a mask or list of places chooses."""
        return Frames(*(getattr(self, field.name)[chosen] for field in fields(self)))


def joined(parts: Sequence[Frames]) -> Frames:
    """Several blocks of rows as one, ordered by run and time."""
    names = [field.name for field in fields(Frames)]
    return Frames(*(np.concatenate([getattr(p, n) for p in parts]) for n in names)).ordered()


class FrameTable:
    """The rows that one model wrote."""

    def __init__(
        self, database: lancedb.DBConnection, identity: str, width: int | None = None
    ) -> None:
        """Open the table; make it when ``width`` is given and there is none. ValueError if not."""
        name = table_name(identity)
        try:
            self._table = database.open_table(name)
        except ValueError:
            if width is None:
                raise
            self._table = database.create_table(name, schema=_schema(width), exist_ok=True)
        self._schema = self._table.schema
        self.width = self._schema.field("vector").type.list_size

    def append(self, rows: Frames, thumbnails: Sequence[bytes]) -> None:
        """Add rows; they are all there afterwards, or none if the process dies."""
        flat = pa.array(rows.vectors.astype(np.float16).ravel())
        columns = [
            pa.array(rows.runs.tolist(), pa.string()),
            pa.array(_milliseconds(rows.times), pa.int64()),
            pa.array(_milliseconds(rows.ends), pa.int64()),
            pa.array(rows.shots, pa.int32()),
            pa.FixedSizeListArray.from_arrays(flat, self.width),
            pa.array(list(thumbnails), pa.binary()),
        ]
        self._table.add(pa.table(columns, schema=self._schema))

    def count(self) -> int:
        """All rows, those of unfinished runs included."""
        return self._table.count_rows()

    def of_runs(self, runs: Sequence[str]) -> Frames:
        """All rows of these runs, ordered by run and time."""
        if not runs:
            none = np.zeros(0)
            return Frames(
                np.zeros(0, object), none, none, none, np.zeros((0, self.width), np.float16), none
            )
        query = self._table.search().select(_COLUMNS).with_row_id(True)
        query = query.limit(max(1, self.count()))
        if len(runs) <= MOST_NAMED:
            return self._frames(query.where(_among(runs)).to_arrow()).ordered()
        found, wanted = self._frames(query.to_arrow()), set(runs)
        return found.pick(np.array([run in wanted for run in found.runs], bool)).ordered()

    def nearest(self, vector: np.ndarray, most: int, runs: Sequence[str] | None = None) -> Frames:
        """Up to ``most`` rows whose vectors point most nearly the same way, best first."""
        query = self._table.search(vector.astype(np.float32)).distance_type("cosine")
        query = query.nprobes(PROBES).refine_factor(REFINE).with_row_id(True)
        if runs is not None:
            query = query.where(_among(runs), prefilter=True)
        return self._frames(query.select([*_COLUMNS, "_distance"]).limit(most).to_arrow())

    def thumbnails_at(self, places: Sequence[int]) -> dict[tuple[str, int], bytes]:
        """JPEGs of rows that were at these places, by run id and milliseconds: ten times as quick
        as to look for them, but they may have been moved, and others or none be there now."""
        rows = self._table.take_row_ids([int(place) for place in places])
        return _by_frame(rows.select(["run_id", "time_ms", "thumbnail"]).to_arrow())

    def thumbnails(self, frames: Sequence[tuple[str, float]]) -> dict[tuple[str, int], bytes]:
        """JPEGs of rows named by run id and time_s, by run id and milliseconds."""
        times = ", ".join({str(round(time_s * 1000)) for _, time_s in frames})
        where = f"{_among(sorted({run for run, _ in frames}))} AND time_ms IN ({times})"
        query = self._table.search().where(where).select(["run_id", "time_ms", "thumbnail"])
        return _by_frame(query.limit(max(1, self.count())).to_arrow())

    def run_ids(self) -> set[str]:
        """Ids of all runs that have rows."""
        rows = self._table.search().select(["run_id"]).limit(max(1, self.count())).to_arrow()
        return set(rows["run_id"].unique().to_pylist())

    def delete_runs(self, runs: Sequence[str]) -> None:
        """Take the rows of these runs out."""
        if runs:
            self._table.delete(_among(runs))

    def is_indexed(self) -> bool:
        """Whether the engine's index for vectors is there."""
        return any("vector" in index.columns for index in self._table.list_indices())

    def tidy(self, dropped: bool) -> None:
        """Put small files together, bring the index up to date, drop old versions, and, where rows
        were ``dropped``, what is left of them. One process at a time: the upkeep holds a lock."""
        from lancedb.index import BTree, IvfRq  # as in Library: only where it is used

        table, fragments = self._table, self._table.stats()["fragment_stats"]
        many = fragments["num_small_fragments"] > MOST_FRAGMENTS
        if dropped or many or self.is_indexed():
            table.optimize(cleanup_older_than=KEPT_VERSIONS)
        if self.count() >= INDEX_FROM and not self.is_indexed():
            table.create_index("run_id", config=BTree())
            table.create_index("vector", config=IvfRq(distance_type="cosine"))

    def _frames(self, rows: pa.Table) -> Frames:
        vectors = rows["vector"].combine_chunks()
        runs = rows["run_id"].combine_chunks().dictionary_encode()  # one string object a run
        names = np.array(runs.dictionary.to_pylist(), dtype=object)
        flat = vectors.flatten().to_numpy(zero_copy_only=False)
        return Frames(
            names[runs.indices.to_numpy()],
            rows["time_ms"].to_numpy() / 1000,
            rows["end_ms"].to_numpy() / 1000,
            rows["shot"].to_numpy(),
            flat.reshape(-1, self.width),
            rows["_rowid"].to_numpy(),
        )


def _schema(width: int) -> pa.Schema:
    # half floats: cosines change by less than 0.001, and the files are half as large
    columns = {
        "run_id": pa.string(),
        "time_ms": pa.int64(),
        "end_ms": pa.int64(),
        "shot": pa.int32(),
        "vector": pa.list_(pa.float16(), width),
        "thumbnail": pa.binary(),
    }
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


def table_name(identity: str) -> str:
    """The name of the table that a model's rows are in; an identity may hold any characters."""
    return f"frames_{hashlib.sha256(identity.encode()).hexdigest()[:32]}"


def of_one_run(run_id: str, rows: Frames) -> Frames:
    """The same rows under a run id."""
    return replace(rows, runs=np.full(len(rows), run_id, dtype=object))


def _by_frame(rows: pa.Table) -> dict[tuple[str, int], bytes]:
    return {(row["run_id"], row["time_ms"]): row["thumbnail"] for row in rows.to_pylist()}


def _milliseconds(seconds: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(seconds) * 1000).astype(np.int64)


def _among(runs: Sequence[str]) -> str:
    """A condition; run ids are made by us from hexadecimal digits and a dash."""
    return f"run_id IN ({', '.join(repr(str(run)) for run in runs)})"
