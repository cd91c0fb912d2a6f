"""Files that are made of a finished run for download: where they lie, and the report they tell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .charts import write_charts
from .folders import run_folder
from .options import folder_name
from .types import RunReport
from .using import result

if TYPE_CHECKING:
    from ...data.workspaces import Workspace


def target(workspace: Workspace, run_id: str, suffix: str) -> tuple[RunReport, Path]:
    """The report of a run, and the file named after its model that is to be written."""
    report = result(workspace, run_id)
    folder = run_folder(workspace, run_id).exports
    return report, folder / f"{_stem(report)}-report.{suffix}"


def charts(workspace: Workspace, run_id: str) -> dict[str, Path]:
    """PNG files of the charts that apply, by name."""
    report = result(workspace, run_id)
    return write_charts(report, run_folder(workspace, run_id).exports, _stem(report))


def _stem(report: RunReport) -> str:
    return folder_name(report.model or report.name)
