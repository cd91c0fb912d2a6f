"""What the fine-tuning service keeps on disk, as JSON that appears by a rename."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from ...types import Note
from .types import CurvePoint, RunReport, SampleResult


def write_json(path: Path, content: object) -> None:
    """Write so that a reader sees the old content or the new, never half."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            # as escapes: the path of a file may hold bytes that are no text
            file.write(json.dumps(content, default=str))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict | None:
    """The object in a file of ours; None when it is not there or cannot be read."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def report_dict(report: RunReport) -> dict:
    """A report as JSON keeps it."""
    return json.loads(json.dumps(asdict(report), ensure_ascii=False, default=str))


def report_from(content: Mapping) -> RunReport:
    """A report from its JSON."""
    made = dict(content)
    made["verdict"] = Note(**made["verdict"])
    made["notes"] = tuple(Note(**note) for note in made["notes"])
    made["labels"] = tuple(made["labels"])
    made["matrix"] = tuple(tuple(row) for row in made["matrix"])
    made["calibration"] = tuple(made["calibration"])
    made["history"] = tuple(made["history"])
    made["learning_curve"] = tuple(CurvePoint(**point) for point in made["learning_curve"])
    made["samples"] = tuple(
        SampleResult(**{**s, "medium": Path(s["medium"]) if s["medium"] else None})
        for s in made["samples"]
    )
    return RunReport(**made)
