"""The held-out samples as a table for a spreadsheet."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ...data.cells import safe_cell
from ...data.whole_file import whole_file
from .types import RunReport

COLUMNS = ("row", "label", "predicted", "right", "probability", "label_probability", "text",
           "medium")  # fmt: skip


def write_csv(report: RunReport, out: Path) -> Path:
    """One line a sample, in the order of the dataset; ``out`` appears whole or not at all.

    It starts with a byte order mark, without which Excel garbles everything but English.
    """
    with whole_file(out) as part, open(part, "w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for s in sorted(report.samples, key=lambda sample: sample.row):
            labels = [safe_cell(cell) for cell in (s.truth, s.predicted)]
            shares = f"{s.probability:.4f}", f"{s.truth_probability:.4f}"
            medium = safe_cell(s.medium.name) if s.medium else ""
            answer = [*labels, "yes" if s.right else "no", *shares]
            rows.writerow([s.row, *answer, safe_cell(s.text), medium])
        file.flush()
        os.fsync(file.fileno())
    return out
