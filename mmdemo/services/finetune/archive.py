"""A trained model as one zip: weights, labels, metrics, config, card, and its results."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.whole_file import whole_file
from .folders import run_folder
from .store import read_json, report_dict
from .types import RunReport
from .using import model_of, result

if TYPE_CHECKING:
    from ...data.workspaces import Workspace

CONFIG, CARD = "config.json", "README.md"
LABELS, METRICS, REPORT, OPTIONS = "labels.json", "metrics.json", "report.json", "options.json"
WEIGHTS = ("model*.safetensors", "model.safetensors.index.json")
_FIGURES = ("kind", "labels", "scores", "baseline", "by_modality", "report", "matrix",
            "calibration", "learning_curve", "history", "mode", "seconds")  # fmt: skip


def checkpoint_files(folder: Path) -> list[Path]:
    """The files that make up a checkpoint; whatever else lies there is not handed out."""
    weights = [path for pattern in WEIGHTS for path in folder.glob(pattern)]
    others = [folder / name for name in (CONFIG, CARD) if (folder / name).is_file()]
    return sorted({*others, *(p for p in weights if p.is_file() and not p.is_symlink())})


def metrics(report: RunReport) -> dict:
    """The figures of a report as plain values, without any sample."""
    content = report_dict(report)
    return {"verdict": report.verdict.text, "notes": [note.text for note in report.notes],
            **{key: content[key] for key in _FIGURES}}  # fmt: skip


def portable_report(report: RunReport) -> dict:
    """The whole report for another workspace: where media lay here is nobody else's business."""
    content = report_dict(report)
    for sample in content["samples"]:
        sample["medium"] = None
    return {**content, "run_id": ""}


def write_zip(workspace: Workspace, run_id: str) -> Path:
    """The model of a finished run as one zip, made once. Raises MmdemoError, StorageError."""
    run = run_folder(workspace, run_id)
    report, model = result(workspace, run_id), model_of(run)
    out = run.exports / f"{model.name}.zip"
    if out.is_file():
        return out
    files = checkpoint_files(model)
    workspace.require_room(sum(path.stat().st_size for path in files) + (1 << 20))
    options = (read_json(run.about) or {}).get("options", {})
    contents = {
        LABELS: list(report.labels), METRICS: metrics(report),
        REPORT: portable_report(report), OPTIONS: options,
    }  # fmt: skip
    with whole_file(out) as part:
        _pack(part, model.name, files, contents)
    return out


def _pack(out: Path, top: str, files: list[Path], contents: Mapping[str, object]) -> None:
    """Everything inside one folder ``top``, so that unpacking it leaves one thing."""
    with zipfile.ZipFile(out, "w") as archive:
        for path in files:
            weights = path.suffix == ".safetensors"  # random numbers do not shrink
            kind = zipfile.ZIP_STORED if weights else zipfile.ZIP_DEFLATED
            archive.write(path, f"{top}/{path.name}", kind)
        for name, content in contents.items():
            text = json.dumps(content, indent=1, ensure_ascii=False)
            archive.writestr(f"{top}/{name}", text, zipfile.ZIP_DEFLATED)
