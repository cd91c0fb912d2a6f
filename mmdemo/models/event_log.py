"""Figures of a training for TensorBoard, where a writer for its files is installed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

WRITERS = ("torch.utils.tensorboard", "tensorboardX")  # the first needs the package tensorboard


class EventLog:
    """Writes scalars; without a writer it does nothing."""

    def __init__(self, writer: object | None = None) -> None:
        self._writer = writer

    @classmethod
    def open(cls, folder: Path) -> EventLog:
        """A log under ``folder``, which is made only where a writer is installed."""
        for name in WRITERS:
            try:
                module = importlib.import_module(name)
            except ImportError:
                continue
            return cls(module.SummaryWriter(str(folder)))
        return cls()

    def epoch(self, step: int, row: Mapping[str, object]) -> None:
        """The figures of one epoch, under the part of the model and the fold they belong to."""
        if self._writer is None:
            return
        above = "/".join(str(row[key]) for key in ("fit", "part") if row.get(key))
        fold = f"fold{row['fold']}/" if "fold" in row else ""
        for name, value in row.items():
            if isinstance(value, float):
                self._writer.add_scalar(f"{above}/{fold}{name}".lstrip("/"), value, step)
        self._writer.flush()

    def scores(self, scores: Mapping[str, object]) -> None:
        """The held-out scores of the finished model."""
        if self._writer is None:
            return
        for name, value in scores.items():
            if isinstance(value, (int, float)):
                self._writer.add_scalar(f"held_out/{name}", float(value), 0)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
