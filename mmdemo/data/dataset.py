"""A zip, a folder or a CSV -> samples and a report (the layout is DESIGN.md's section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..config import Limits
from ..errors import DatasetError
from ..types import Dataset, Note, Problem, Sample
from .archive import extract_zip
from .folders import ClassFolders, files, subfolders
from .labels import merge_labels
from .names import called, shown
from .rows import KNOWN, SPLIT_WORDS, RowReader, find_columns
from .sniff import KIND_WORDS, sniff
from .tables import TABLE_SUFFIXES, other_table, read_table

TABLE_NAMES = ("data.csv", "metadata.csv")
_WRAPPERS = 3  # folders round the dataset: the one of the contract, and zips of zipped folders
_LAYOUT = (
    "A dataset is a table data.csv (columns text, image or video, and label) with its files beside "
    "it, or one folder per class with pictures or videos inside."
)


def read_dataset(
    path: Path,
    limits: Limits,
    workdir: Path,
    columns: Mapping[str, str] | None = None,
    name: str = "",
) -> Dataset:
    """Read what can be used and list every problem. Zips are unpacked under ``workdir``.

    ``columns`` overrides which column plays a role (role -> name as in the table, "" for none);
    ``name`` is what sentences call the dataset when that is not the name of its file or folder.
    Media are checked to exist and to start like media, not decoded. DatasetError when nothing
    can be used.
    """
    path = Path(path)
    try:
        return _read(path, limits, Path(workdir), columns, name)
    except OSError as error:
        raise DatasetError(
            f"{called(path)} cannot be read ({error.strerror or error}). Check it and try again.",
            code="dataset_unreadable",
            name=called(path),
        ) from error


def _read(
    path: Path, limits: Limits, workdir: Path, columns: Mapping[str, str] | None, title: str
) -> Dataset:
    if not path.exists():
        raise DatasetError(
            f"There is no {called(path)} at the place given. Check the name of the dataset.",
            code="dataset_missing",
            name=called(path),
        )
    name, unpacked = shown(title or path.stem or path.name), ()
    if path.is_dir():
        name, root = shown(title or path.resolve().name), path
    elif (table := _lone_table(path)) is not None:
        return _from_table(name, table, limits, columns)
    else:
        root, unpacked = extract_zip(path, workdir, limits)
    base = _unwrap(root)
    table, extra = _find_table(base)
    if table is not None:
        return _from_table(name, table, limits, columns, (*unpacked, *extra))
    reader = ClassFolders(base, limits)
    samples, merged = merge_labels(reader.read(), name)
    return _dataset(name, base, samples, [*unpacked, *reader.problems, *merged], {})


def _lone_table(path: Path) -> Path | None:
    """The path itself when it is a CSV, None when it is a zip; everything else is refused."""
    kind, suffix = sniff(path), path.suffix.lower()
    other = other_table(path)
    if other:
        raise DatasetError(
            f"{called(path)} is {other}. Save the table as CSV (UTF-8) and try again.",
            code="dataset_other_table",
            name=called(path),
        )
    if kind == "zip":
        return None
    if suffix in TABLE_SUFFIXES or kind == "text":
        return path
    raise DatasetError(
        f"{called(path)} is not a dataset: it looks like {KIND_WORDS[kind]}. "
        "Give a zip file, a folder or a CSV.",
        code="dataset_kind",
        name=called(path),
        kind=KIND_WORDS[kind],
    )


def _unwrap(root: Path) -> Path:
    """Go into folders that only wrap the dataset."""
    for _ in range(_WRAPPERS):
        inner = subfolders(root)
        if len(inner) != 1 or _tables(root):
            return root
        if not (_tables(inner[0]) or subfolders(inner[0])):
            return root  # one folder with nothing but files is a class, not a wrapper
        if inner[0].name.lower() in SPLIT_WORDS and not _tables(inner[0]):
            return root  # "train" alone still says which split its classes are
        root = inner[0]
    return root


def _tables(folder: Path) -> list[Path]:
    return [path for path in files(folder) if path.suffix.lower() in (".csv", ".tsv")]


def _find_table(base: Path) -> tuple[Path | None, list[Problem]]:
    """The table of a folder: by its name, else the only one there is."""
    tables = _tables(base)
    for wanted in TABLE_NAMES:
        for table in tables:
            if table.name.lower() == wanted:
                others = [t for t in tables if t is not table]
                what = f"It was not read, because there is a {called(table)}."
                note = Note("table_passed_over", what, {"name": called(table)})
                return table, [Problem.of(called(other), note, "skipped") for other in others]
    if len(tables) == 1:
        what = "It is not named data.csv or metadata.csv, but is the only table: it was read."
        return tables[0], [Problem.of(called(tables[0]), Note("table_only", what), "fixed")]
    if tables:
        raise DatasetError(
            f"There is no data.csv, but several other tables: {_names(tables)}. "
            "Rename the one to read to data.csv.",
            code="dataset_tables",
            found=_names(tables),
        )
    return None, []


def _from_table(
    name: str,
    path: Path,
    limits: Limits,
    columns: Mapping[str, str] | None,
    problems: tuple[Problem, ...] = (),
) -> Dataset:
    chosen = columns or {}
    table = read_table(path, KNOWN | {c.strip().lower() for c in chosen.values()})
    roles = find_columns(table.header, chosen)
    reader = RowReader(table, roles, path.parent, limits)
    samples, merged = merge_labels(reader.read(), called(path))
    in_rows = sorted([*table.problems, *reader.problems], key=_line)
    used = {role: table.header[position] for role, position in roles.items()}
    found = _dataset(name, path.parent, samples, [*problems, *in_rows, *merged], used)
    return replace(found, header=table.header)


def _line(problem: Problem) -> int:
    """Sorting key: problems of the whole table first, then by row."""
    words = problem.where.split()
    return int(words[1]) if words[0] == "row" and len(words) > 1 and words[1].isdigit() else 0


def _dataset(
    name: str, root: Path, samples: list[Sample], problems: list[Problem], columns: dict[str, str]
) -> Dataset:
    if not samples:
        first = "; ".join(f"{p.where}: {p.what}" for p in problems[:3] if p.outcome == "skipped")
        reason = (
            f"Nothing in {name} can be used ({first}). " if first else f"{name} has no samples. "
        )
        raise DatasetError(reason + _LAYOUT, code="dataset_empty", name=name, first=first)
    return Dataset(name, root, tuple(samples), tuple(problems), columns)


def _names(paths: list[Path]) -> str:
    named = ", ".join(called(path) for path in paths[:5])
    return named + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
