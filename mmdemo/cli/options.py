"""What several commands share: options, models, datasets."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Settings
from ..errors import DatasetError, MmdemoError
from ..types import Dataset, Sample
from .console import Console

if TYPE_CHECKING:
    from ..services.emotion.batch import BatchReader

DATASET_HELP = """\
DATASET is a CSV file, a folder or a zip. A folder or zip holds data.csv (or
metadata.csv) with columns found by name: text (or sentence, caption, description),
image (or image_path, file_name, path), video (or video_path), label (or target,
class, emotion; several as joy|anger), split; or one folder per class with the
pictures or videos inside. Columns of other names: --columns text=message,label=mood"""


def add_model(parser: argparse.ArgumentParser) -> None:
    """The --model option."""
    parser.add_argument(
        "--model",
        metavar="M",
        help="a bundled name, a checkpoint folder or a zip of one (default: emotion-compact)",
    )


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """The DATASET argument and the --split option."""
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="CSV file, folder or zip")
    add_columns(parser)
    parser.add_argument("--split", metavar="S", help="only rows of this split: train, dev or test")


def add_columns(parser: argparse.ArgumentParser) -> None:
    """The --columns option."""
    parser.add_argument(
        "--columns", metavar="ROLE=NAME,...", type=_columns, default={},
        help="which column is which, as text=message,label=mood; split= leaves one unread",
    )  # fmt: skip


def _columns(value: str) -> dict[str, str]:
    """Role -> name of a column; "" for one that is not to be read."""
    from ..data.rows import ROLES

    chosen = {}
    for part in value.split(","):
        role, equals, name = (word.strip() for word in part.partition("="))
        if not equals or role.lower() not in ROLES:
            raise argparse.ArgumentTypeError(
                f'"{part}" does not say which column is which. Write ROLE=NAME, as text=message; '
                f"a role is one of {', '.join(ROLES)}."
            )
        chosen[role.lower()] = name
    return chosen


@contextlib.contextmanager
def open_dataset(
    path: Path, split: str | None, settings: Settings, console: Console,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Dataset]:  # fmt: skip
    """Read a dataset, name its bad rows on stderr and keep the asked split.

    Files unpacked from a zip are deleted at the end.
    """
    try:
        settings.data_root.mkdir(parents=True, exist_ok=True)
        workdir = tempfile.TemporaryDirectory(dir=settings.data_root, prefix="dataset-")
    except OSError as error:
        raise DatasetError(
            f"{settings.data_root} cannot be written ({error.strerror}). "
            "Set MMDEMO_DATA_ROOT to a folder that can."
        ) from error
    with workdir as folder:
        dataset = _read(path, settings, Path(folder), columns or {})
        for problem in dataset.problems:
            console.say(f"{problem.where}: {problem.what} ({problem.outcome})")
        yield _of_split(dataset, split)


def _read(path: Path, settings: Settings, folder: Path, columns: Mapping[str, str]) -> Dataset:
    from ..data.dataset import read_dataset

    try:
        dataset = read_dataset(path, settings.limits, folder, columns)
    except DatasetError as error:
        if error.code != "columns":
            raise
        how = "On the command line: --columns text=NAME,label=NAME"
        raise DatasetError(f"{error} {how}", code=error.code, **error.values) from error
    if columns and not dataset.columns:
        raise DatasetError(f"{dataset.name} has no table, so --columns chooses nothing. Omit it.")
    return dataset


def _of_split(dataset: Dataset, split: str | None) -> Dataset:
    if split is None:
        return dataset
    samples = tuple(s for s in dataset.samples if s.split == split)
    if not samples:
        known = ", ".join(sorted({s.split for s in dataset.samples if s.split}))
        raise DatasetError(
            f'{dataset.name} has no rows of split "{split}". '
            + (f"It has: {known}." if known else "It has no split column.")
        )
    return Dataset(dataset.name, dataset.root, samples, dataset.problems, dataset.columns)


def check_output_file(option: str, path: Path) -> None:
    """Refuse a file that cannot be written before the work, not after it."""
    if path.is_dir():
        raise MmdemoError(f"{option} {path} is a folder; name a file in it.")
    if path.exists() and not path.is_file():
        raise MmdemoError(f"{option} {path} is not a regular file.")
    if not path.parent.is_dir():
        raise MmdemoError(f"{option} {path}: the folder {path.parent} does not exist.")


def open_reader(model: str | None, settings: Settings) -> BatchReader:
    """A BatchReader over the chosen model. Loads the model: seconds."""
    from ..services.emotion.batch import BatchReader
    from ..services.emotion.service import EmotionService

    return BatchReader(EmotionService(settings), model)


def name_row(sample: Sample) -> str:
    """How messages name a row: its number, and its file when it has one."""
    medium = sample.image_name or sample.video_name
    return f"row {sample.row}" + (f" ({medium})" if medium else "")
