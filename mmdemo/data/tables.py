"""CSV as people make it -> rows with their line numbers, and a list of what was wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..config import MB
from ..errors import DatasetError
from ..types import Note, Problem
from .encoding import decode
from .names import called

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
# tables that are refused with advice: save as CSV
OTHER_TABLES = {
    ".xlsx": "a spreadsheet file",
    ".xls": "a spreadsheet file",
    ".ods": "a spreadsheet file",
    ".numbers": "a spreadsheet file",
    ".json": "a JSON file",
    ".jsonl": "a JSON file",
    ".parquet": "a Parquet file",
}
TABLE_BYTES = 200 * MB  # of a CSV; GoEmotions with 48,836 rows has 4
TABLE_ROWS = 1_000_000
_DELIMITERS = (",", ";", "\t")
_MAX_CELL_LINES = 2_000  # a quoted cell may hold a story; an open quote must not hold the file
# csv's own limit of 131,072 characters would refuse a long text that is only to be cut short
csv.field_size_limit(max(csv.field_size_limit(), 32 * MB))


@dataclass(frozen=True)
class Row:
    """One row: its position below the header (from 1), its line in the file, its cells."""

    number: int
    line: int
    cells: tuple[str, ...]

    @property
    def where(self) -> str:
        """How a report names it."""
        return where(self.number, self.line)


@dataclass(frozen=True)
class Table:
    """Header, usable rows, and what was wrong with the others."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def other_table(path: Path) -> str:
    """What kind of table a file is that is not read here; "" for anything else."""
    return OTHER_TABLES.get(path.suffix.lower(), "")


def where(number: int, line: int) -> str:
    """A row as a report names it: as counted below the header, and as an editor counts lines."""
    return f"row {number} (line {line})"


def read_table(path: Path, known: Collection[str] = ()) -> Table:
    """Read a CSV with a header in its first line; ``known`` names help to find the delimiter.

    Rows that cannot be used are left out and listed. DatasetError when nothing can be read.
    """
    decoded = decode(_read_bytes(path))
    lines = decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise DatasetError(
            f"{called(path)} is empty. "
            "Its first line must name the columns, for example: text,label",
            code="table_empty",
            name=called(path),
        )
    marked = re.fullmatch(r'"?sep=(.)"?', lines[first].strip(" \ufeff"))  # Excel's own first line
    delimiter = marked[1] if marked else _delimiter(lines[first], known)
    if marked:
        first = min(first + 1, len(lines) - 1)
    parsed = _parse(lines[first], delimiter)
    if parsed is None:
        raise DatasetError(
            f"The first line of {called(path)} has an open quotation mark, so its column names "
            "cannot be read. Close the quotation mark and try again.",
            code="table_header",
            name=called(path),
        )
    header = tuple(name.strip(" \t\ufeff") for name in parsed)
    while len(header) > 1 and not header[-1]:
        header = header[:-1]  # Excel ends lines with empty cells
    reader = _Reader(lines, first + 1, delimiter, len(header))
    rows = tuple(reader.rows())
    guess = [Problem.of(called(path), decoded.guess, "fixed")] if decoded.guess else []
    return Table(header, rows, tuple(guess + reader.problems))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > TABLE_BYTES:
            raise DatasetError(
                f"{called(path)} is larger than {TABLE_BYTES // MB} MB. "
                "Split it into smaller tables.",
                code="table_bytes",
                name=called(path),
                limit=TABLE_BYTES // MB,
            )
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{called(path)} cannot be read. Check the file and try again.",
            code="table_unreadable",
            name=called(path),
        ) from error


def _delimiter(line: str, known: Collection[str]) -> str:
    """The delimiter under which the header has most known names, then most cells."""

    def merit(delimiter: str) -> tuple[int, int]:
        names = [n.strip(" \t\ufeff").lower() for n in _parse(line, delimiter) or ()]
        return sum(name in known for name in names), len(names)

    return max(_DELIMITERS, key=merit)  # the first of equals: the comma


def _parse(line: str, delimiter: str) -> list[str] | None:
    """Cells of one line; None when a quotation mark is open or stands where it cannot."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return None


class _Reader:
    """Walks over the lines; a row that cannot be read costs itself, not what follows."""

    def __init__(self, lines: list[str], start: int, delimiter: str, width: int) -> None:
        self.lines = lines
        self.start = start
        self.delimiter = delimiter
        self.width = width
        self.problems: list[Problem] = []

    def rows(self) -> Iterator[Row]:
        """Usable rows in order; what is wrong with the others goes to ``problems``."""
        at, number = self.start, 0
        while at < len(self.lines):
            line = self.lines[at]
            if not line.strip(" \t\0"):
                at += 1
                continue
            number += 1
            if number > TABLE_ROWS:
                raise DatasetError(
                    f"The table has more than {TABLE_ROWS:,} rows. Split it into smaller tables.",
                    code="table_rows",
                    limit=TABLE_ROWS,
                )
            cells, used = self._record(at)
            fitting = self._fit(cells)
            if fitting is not None:
                yield Row(number, at + 1, fitting)
            else:
                self._report(number, at + 1, cells)
            at += used

    def _record(self, at: int) -> tuple[list[str] | None, int]:
        """Cells of the record that starts in line ``at`` and how many lines it takes."""
        cells = _parse(self.lines[at], self.delimiter)
        if cells is not None:
            return cells, 1
        # a quoted cell may run over several lines, but only as a whole, well-formed record
        following = islice(self.lines, at, at + _MAX_CELL_LINES)
        reader = csv.reader(
            (line + "\n" for line in following),
            delimiter=self.delimiter,
            strict=True,
            skipinitialspace=True,
        )
        try:
            cells = next(reader)
        except (csv.Error, StopIteration):
            return None, 1
        return (cells, reader.line_num) if self._fit(cells) is not None else (None, 1)

    def _fit(self, cells: list[str] | None) -> tuple[str, ...] | None:
        """The cells as the header counts them, or None; empty cells beyond it do no harm."""
        if cells is None or len(cells) < self.width:
            return None
        if any(cell.strip() for cell in cells[self.width :]):
            return None
        return tuple(cell.strip() for cell in cells[: self.width])

    def _report(self, number: int, line: int, cells: list[str] | None) -> None:
        if cells is None:
            what = (
                "A quotation mark is opened and not closed, or text follows a closed one; "
                'inside quotes write a quotation mark twice ("").'
            )
            note = Note("row_quotes", what)
        else:
            what = f"It has {len(cells)} cells where the header has {self.width}."
            values = {"cells": len(cells), "columns": self.width}
            note = Note("row_few_cells", what, values)
            if len(cells) > self.width:
                what += " Put text that contains the separator into quotation marks."
                note = Note("row_many_cells", what, values)
        self.problems.append(Problem.of(where(number, line), note, "skipped"))
