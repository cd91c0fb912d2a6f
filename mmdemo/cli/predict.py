"""``predict``: probabilities for every row of a dataset, as a CSV."""

from __future__ import annotations

import argparse
import contextlib
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ..config import Settings
from ..data.cells import safe_cell
from ..data.whole_file import appearing
from ..errors import MmdemoError
from .console import Console
from .options import (
    DATASET_HELP,
    add_dataset,
    add_model,
    check_output_file,
    name_row,
    open_dataset,
    open_reader,
)

COLUMNS = ("row", "text", "image", "video", "predicted")

NOTES = f"""\
{DATASET_HELP}

The CSV has one line per row of the dataset, in its order, with the columns
{", ".join(COLUMNS)} and one of probabilities per label.
- A row whose picture cannot be read or shows no face is answered by its text;
  without text its answer stays empty. The reason goes to stderr.
- A row whose file is missing goes on with what else it has; one that holds nothing usable
  is left out. Both are named on stderr.
- A cell whose text begins like a formula (= + - @) gets a leading apostrophe, so
  that no spreadsheet runs it.
- OUT.csv appears only when it is complete.

example:
  python -m mmdemo predict reviews.csv --model my-model --output scored.csv"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "predict",
        help="probabilities for every row of a dataset, as a CSV",
        description="Write the probability of every label for every row of a dataset.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(parser)
    add_model(parser)
    parser.add_argument(
        "--output", metavar="OUT.csv", type=Path, required=True, help="where to write"
    )
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Predict a dataset into a CSV."""
    check_output_file("--output", args.output)
    with open_dataset(args.dataset, args.split, settings, console, args.columns) as dataset:
        reader = open_reader(args.model, settings)
        empty = 0
        with write_then_rename(args.output) as file:
            rows = csv.writer(file, lineterminator="\n")
            labels = reader.labels
            rows.writerow([*COLUMNS, *column_names(labels)])
            total = len(dataset.samples)
            for one in console.progress(reader.read(dataset.samples), total, "predict"):
                if one.problem:
                    how = "read by its text alone" if one.reading else "no answer"
                    console.say(f"{name_row(one.sample)}: {one.problem} ({how})")
                empty += one.reading is None
                rows.writerow(_csv_row(one, labels))
    left_out = sum(problem.outcome == "skipped" for problem in dataset.problems)
    console.say(
        f"{total} rows written to {args.output}"
        + (f", {empty} of them without an answer" if empty else "")
        + (f"; {left_out} unusable rows or files left out" if left_out else "")
    )


def _csv_row(one, labels: Sequence[str]) -> list[object]:
    sample, reading = one.sample, one.reading
    cells = [safe_cell(cell) for cell in (sample.text, sample.image_name, sample.video_name)]
    if reading is None:
        return [sample.row, *cells, "", *[""] * len(labels)]
    numbers = [f"{reading.probabilities[label]:.6f}" for label in labels]
    return [sample.row, *cells, safe_cell(reading.label), *numbers]


def column_names(labels: Sequence[str]) -> list[str]:
    """Header of the probability columns: the label itself, unless a fixed column has that name."""
    return [safe_cell(f"{name} (probability)" if name in COLUMNS else name) for name in labels]


@contextlib.contextmanager
def write_then_rename(path: Path) -> Iterator[TextIO]:
    """Open a temporary neighbour of ``path`` that takes its place only when all went well."""
    try:
        with appearing(path) as part, open(part, "w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise MmdemoError(f"{path} cannot be written: {error.strerror or error}.") from error
