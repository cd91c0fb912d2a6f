"""A downloaded model comes back: looked at as an archive from a stranger, then taken in.

Only the files of a checkpoint are kept, loading them runs no code, and the model must answer once
before it is believed.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import Limits
from ...data.archive import claimed_bytes, extract_zip
from ...data.locks import waited_for
from ...data.names import called
from ...data.sniff import sniff
from ...data.whole_file import disk_full, synced
from ...errors import DatasetError, MmdemoError
from ...models.checkpoints import checkpoint_kind, read_config, read_state
from ...models.core import Core
from ...models.foreign import check_answers, check_claims, check_config
from ...types import Problem
from . import runs
from .archive import CARD, CONFIG, OPTIONS, REPORT, checkpoint_files
from .folders import RunFolder, new_run
from .foreign_report import read_foreign_report
from .options import folder_name, options_dict, options_from
from .store import read_json, report_dict, write_json
from .types import OptionError, RunReport, TrainOptions

if TYPE_CHECKING:
    from ...data.workspaces import Workspace

MOST_ENTRIES = 1000  # files of a model's zip; a large model in pieces of 9 MB has a hundred
MOST_CONFIG = 16 << 20  # bytes; a tokenizer may stand in it
MOST_REPORT = 64 << 20
COMING = ".coming-"  # begin of the name of a folder where a zip is unpacked
GIVEN_UP_S = 3600.0


def bring_back(workspace: Workspace, core: Core, upload: Path, limits: Limits) -> str:
    """Take a zip in; the model's name. Raises MmdemoError (code not_a_model, model_unusable ...),
    DatasetError for an archive that must be refused, StorageError."""
    if not upload.is_file() or sniff(upload) != "zip":
        raise _not_a_model(upload.name, "it is not a zip file")
    room = min(claimed_bytes(upload, limits), limits.zip_unpacked_bytes)
    workspace.require_room(room)
    models = workspace.folder / "models"
    try:
        _tidy(models)
        folder = Path(tempfile.mkdtemp(prefix=COMING, dir=models))
    except OSError as error:
        raise disk_full(called(upload)) from error
    try:
        within = replace(limits, zip_entries=min(MOST_ENTRIES, limits.zip_entries))
        root, problems = extract_zip(upload, folder, within)
        found = _checkpoint(root, problems, upload.name)
        config = _checked(found, core, upload.name)
        return _take_in(workspace, found, config, upload)
    except OSError as error:
        raise disk_full(called(upload)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tidy(models: Path) -> None:
    """Delete what a killed process left."""
    models.mkdir(parents=True, exist_ok=True)
    for path in models.glob(".*-*"):
        with suppress(FileNotFoundError):
            if path.is_dir() and time.time() - path.stat().st_mtime > GIVEN_UP_S:
                shutil.rmtree(path, ignore_errors=True)


def _checkpoint(root: Path, problems: Sequence[Problem], name: str) -> Path:
    """The one folder with a config.json: the top, or the only folder in it."""
    tops = [p for p in root.iterdir() if p.is_dir()]
    for folder in [root, *(tops if len(tops) == 1 else [])]:
        if (folder / CONFIG).is_file():
            if not list(folder.glob("model*.safetensors")):
                why = next((p.what for p in problems if "safetensors" in p.where), "")
                raise _not_a_model(name, f"it has no model.safetensors. {why}".strip(". "))
            return folder
    raise _not_a_model(name, "it has no config.json")


def _checked(folder: Path, core: Core, name: str) -> dict:
    """The config of a checkpoint that was built and has answered once."""
    if (folder / CONFIG).stat().st_size > MOST_CONFIG:
        raise _not_a_model(name, "its config.json is too large")
    kind = checkpoint_kind(folder)
    if kind is None:
        raise _not_a_model(name, "its config.json was not written by mmdemo")
    try:
        config = read_config(folder, kind)
        check_config(config, core)
        check_claims(config, read_state(folder))
        check_answers(core, folder, kind)
    except MmdemoError as error:
        why = str(error).replace(str(folder), "The model")
        raise MmdemoError(
            f"{name} holds a model that cannot be used here. {why}",
            code="model_unusable", name=name, why=why,
        ) from error  # fmt: skip
    return config


def _take_in(workspace: Workspace, found: Path, config: dict, upload: Path) -> str:
    """Give the model a free name and its results a run; then both are there."""
    labels = tuple(map(str, config.get("labels", ())))
    report = _report(found, labels)
    with waited_for(workspace.folder / "runs" / "locks" / "starting"):
        run = new_run(workspace)
        try:
            name = runs.free_model_name(run, _wanted(found, config, upload))
            target = run.model(name)
            _move(found, target, {**config, "title": name})
            if report is not None:
                _write_run(run, replace(report, run_id=run.id, name=name, model=name), found)
        finally:
            if report is None or not run.about.exists():
                shutil.rmtree(run.path, ignore_errors=True)
    return name


def _wanted(found: Path, config: dict, upload: Path) -> str:
    """The name that it had, else that of the zip."""
    for name in (found.name, str(config.get("title", "")), upload.stem):
        with suppress(OptionError):
            if not name.startswith("dataset-"):  # the folder that it was unpacked into
                return folder_name(name)
    return "model"


def _move(found: Path, target: Path, config: dict) -> None:
    """Only what a checkpoint is made of comes along; the folder appears whole."""
    kept = found.with_name(found.name + ".kept")
    kept.mkdir()
    for path in checkpoint_files(found):
        path.rename(kept / path.name)
        (kept / path.name).chmod(0o644)
    write_json(kept / CONFIG, config)
    if not (kept / CARD).exists():
        (kept / CARD).write_text(f"# {config['title']}\n", "utf-8")
    for path in kept.iterdir():
        synced(path)
    kept.chmod(0o755)
    kept.rename(target)


def _report(found: Path, labels: Sequence[str]) -> RunReport | None:
    """The results that came with the model; None when there are none that can be read."""
    path = found / REPORT
    if not path.is_file() or path.stat().st_size > MOST_REPORT:
        return None
    try:
        return read_foreign_report(read_json(path) or {}, labels)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        return None


def _write_run(run: RunFolder, report: RunReport, found: Path) -> None:
    """A finished run of another time: its dataset is not here, its results are."""
    options = replace(TrainOptions(), name=report.name)
    with suppress(TypeError, AttributeError):
        kept = options_dict(options_from(read_json(found / OPTIONS) or {}))
        usual = options_dict(options)
        same = {k: v for k, v in kept.items() if k != "name" and type(v) is type(usual[k])}
        options = options_from({**usual, **same})
    write_json(run.report, report_dict(report))
    state = {
        "state": runs.DONE, "fraction": 1.0, "seconds": report.seconds,
        "accuracy": report.scores.get("accuracy"), "history": report.history,
    }  # fmt: skip
    runs.write_state(run, json.loads(json.dumps(state)))
    write_json(
        run.about,
        {
            "dataset_id": "", "options": asdict(options), "model": report.model,
            "created_s": time.time(), "expected_s": {},
        },
    )  # fmt: skip


def _not_a_model(name: str, why: str) -> DatasetError:
    return DatasetError(
        f"{name} is not a model of mmdemo: {why}. Choose a zip that was downloaded in step 4.",
        code="not_a_model", name=name, why=why,
    )  # fmt: skip
