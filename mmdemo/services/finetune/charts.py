"""Charts of a report: which there are, what they show, and their PNG files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...data.whole_file import whole_file
from .drawing import Line, Plot, draw_plot, draw_table
from .types import RunReport

MOST_LABELS = 60  # in a drawn matrix: it would grow with the square of them
Points = tuple[tuple[float, float], ...]


def chart_pictures(report: RunReport) -> dict[str, Image.Image]:
    """The charts that apply, by name: confusion, curves, calibration, learning."""
    found = {}
    if report.matrix:
        found["confusion"] = confusion(report)
    for name, plot in (
        ("curves", curves(report)), ("calibration", calibration(report)),
        ("learning", learning(report)),
    ):  # fmt: skip
        if plot is not None:
            found[name] = draw_plot(plot)
    return found


def confusion(report: RunReport) -> Image.Image:
    """The confusion matrix; of very many labels those that are confused most."""
    caption = "Down: the label. Across: the answer. Blue: right, orange: wrong."
    kept = range(len(report.labels))
    if len(kept) > MOST_LABELS:
        matrix = np.asarray(report.matrix)
        wrong = matrix.sum(0) + matrix.sum(1) - 2 * matrix.diagonal()
        kept = sorted(np.argsort(-wrong, kind="stable")[:MOST_LABELS].tolist())
        caption += f" The {MOST_LABELS} of {len(report.labels)} labels that are confused most."
    labels = [report.labels[n] for n in kept]
    counts = [[report.matrix[row][column] for column in kept] for row in kept]
    return draw_table(f"Confusion matrix: {report.name}", labels, counts, caption)


def write_charts(report: RunReport, folder: Path, stem: str) -> dict[str, Path]:
    """PNG files of all charts, ``stem``-<chart>.png; each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        name: _write(picture, folder / f"{stem}-{name}.png")
        for name, picture in chart_pictures(report).items()
    }


def _write(picture: Image.Image, out: Path) -> Path:
    with whole_file(out) as part:
        picture.save(part, "PNG")
    return out


def curves(report: RunReport) -> Plot | None:
    """Loss over the epochs, on the samples learned from and on held-out ones.

    None when the encoders were not tuned: a head on frozen vectors has no epochs.
    """
    learned = _by_epoch(report.history, "loss")
    held = _by_epoch(report.history, "val_loss")
    lines = tuple(
        Line(word, points, dashed)
        for word, points, dashed in (
            ("held-out samples", held, False), ("samples learned from", learned, True),
        )
        if points
    )  # fmt: skip
    if not lines:
        return None
    top = max(y for line in lines for _, y in line.points) or 1.0
    return Plot(f"Training: {report.name}", lines, "epoch", "loss (less is better)", 1.1 * top,
                percent=False)  # fmt: skip


def _by_epoch(history: Sequence[Mapping[str, object]], key: str) -> Points:
    """(epoch, mean) over the folds and parts that were tuned one after the other."""
    values: dict[float, list[float]] = defaultdict(list)
    for row in history:
        value = row.get(key)
        if isinstance(value, (int, float)) and isinstance(row.get("epoch"), (int, float)):
            values[float(row["epoch"])].append(float(value))
    return tuple((epoch, sum(v) / len(v)) for epoch, v in sorted(values.items()))


def calibration(report: RunReport) -> Plot | None:
    """How sure it says it is, against how often it is right."""
    if not report.calibration:
        return None
    points = tuple((b["confidence"], b["accuracy"]) for b in report.calibration)
    lines = (
        Line("this model", points),
        Line("ideal", ((0.0, 0.0), (1.0, 1.0)), dashed=True, marked=False),
    )
    title = f"Is it as right as it is sure? {report.name}"
    return Plot(title, lines, "how sure it says it is", "how often it is right", share=True)


def learning(report: RunReport) -> Plot | None:
    """The score after learning from a part of the samples."""
    if len(report.learning_curve) < 2:
        return None
    points = tuple((float(p.samples), p.accuracy) for p in report.learning_curve)
    title = f"What more samples bring: {report.name}"
    return Plot(title, (Line("right", points),), "samples learned from", "right on held-out ones")
