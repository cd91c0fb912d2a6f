"""Where the fine-tuning service keeps things in a workspace. Nothing else knows these names."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DatasetError, MmdemoError

if TYPE_CHECKING:
    from ...data.workspaces import Workspace

_ID = re.compile(r"[0-9]{13}-[0-9a-f]{8}")  # milliseconds since 1970, then chance: ids sort by age


@dataclass(frozen=True)
class DatasetFolder:
    """One dataset: what was uploaded, what was found in it, what a person corrected."""

    path: Path

    @property
    def id(self) -> str:
        """Its dataset_id."""
        return self.path.name

    @property
    def about(self) -> Path:
        """JSON: name, created_s, chosen columns, the table's place, what unpacking left out."""
        return self.path / "dataset.json"

    @property
    def files(self) -> Path:
        """Folder with the upload, unpacked; never changed afterwards."""
        return self.path / "files"

    @property
    def samples(self) -> Path:
        """JSON: samples as the table has them, problems, what is the same (see samples.py)."""
        return self.path / "samples.json"

    @property
    def corrections(self) -> Path:
        """JSON: row -> label that a person set. Beside the upload, which stays as it was."""
        return self.path / "corrections.json"

    @property
    def thumbnails(self) -> Path:
        """Folder with <row>.jpg of the previews."""
        return self.path / "thumbnails"


@dataclass(frozen=True)
class RunFolder:
    """One training run."""

    path: Path

    @property
    def id(self) -> str:
        """Its run_id."""
        return self.path.name

    @property
    def about(self) -> Path:
        """JSON, written by the service when a run is started: name, dataset_id, options, model
        (name of the model folder), created_s."""
        return self.path / "run.json"

    @property
    def samples(self) -> Path:
        """JSON: the samples as they were when the run was started, corrections applied; read with
        :func:`samples.read_samples`. Later corrections do not change a run."""
        return self.path / "samples.json"

    @property
    def state(self) -> Path:
        """JSON, written by the worker while it runs: state, step, epoch, history, message ..."""
        return self.path / "state.json"

    @property
    def report(self) -> Path:
        """JSON of the RunReport (store.report_dict), there once the run is done."""
        return self.path / "report.json"

    @property
    def work(self) -> Path:
        """Folder of the trainer: what lets a killed run go on. Gone once the run is done."""
        return self.path / "work"

    @property
    def logs(self) -> Path:
        """Folder with event files for TensorBoard, when a writer for them is installed."""
        return self.path / "tensorboard"

    @property
    def output(self) -> Path:
        """What the worker wrote to stdout and stderr, for whoever runs the app."""
        return self.path / "worker.log"

    @property
    def stop(self) -> Path:
        """Its being there asks the worker to stop."""
        return self.path / "stop"

    @property
    def lock(self) -> Path:
        """Held (data.locks) by the worker as long as it lives."""
        return self.path / "locks" / "worker"

    @property
    def exports(self) -> Path:
        """Folder for what is made for download: zip, HTML, CSV, charts. Can be made again."""
        return self.path / "exports"

    @property
    def workspace(self) -> Path:
        """Folder of the workspace that the run belongs to."""
        return self.path.parent.parent

    def model(self, name: str) -> Path:
        """Checkpoint folder of the model of that name in the same workspace."""
        return self.workspace / "models" / name


def new_id() -> str:
    """An id that no other has; later ones sort behind."""
    return f"{time.time_ns() // 1_000_000:013d}-{secrets.token_hex(4)}"


def new_dataset(workspace: Workspace) -> DatasetFolder:
    """A fresh empty folder."""
    folder = DatasetFolder(workspace.folder / "datasets" / new_id())
    folder.path.mkdir(parents=True)
    return folder


def new_run(workspace: Workspace) -> RunFolder:
    """A fresh empty folder."""
    folder = RunFolder(workspace.folder / "runs" / new_id())
    folder.path.mkdir(parents=True)
    return folder


def dataset_folder(workspace: Workspace, dataset_id: str) -> DatasetFolder:
    """The folder of a dataset. DatasetError when the workspace has none of that id."""
    folder = DatasetFolder(workspace.folder / "datasets" / str(dataset_id))
    if not _ID.fullmatch(str(dataset_id)) or not folder.about.is_file():
        raise DatasetError("This dataset is not there any more. Add it again.", code="dataset_gone")
    return folder


def run_folder(workspace: Workspace, run_id: str) -> RunFolder:
    """The folder of a run. MmdemoError when the workspace has none of that id."""
    folder = RunFolder(workspace.folder / "runs" / str(run_id))
    if not _ID.fullmatch(str(run_id)) or not folder.about.is_file():
        raise MmdemoError("This training is not there any more. Start it again.", code="run_gone")
    return folder


def dataset_folders(workspace: Workspace) -> list[DatasetFolder]:
    """All datasets, the newest first."""
    return [DatasetFolder(path) for path in _numbered(workspace.folder / "datasets", "dataset")]


def run_folders(workspace: Workspace) -> list[RunFolder]:
    """All runs, the newest first."""
    return [RunFolder(path) for path in _numbered(workspace.folder / "runs", "run")]


def _numbered(folder: Path, about: str) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    ours = [p for p in found if _ID.fullmatch(p.name) and (p / f"{about}.json").is_file()]
    return sorted(ours, reverse=True)


def remove(path: Path, about: Path) -> None:
    """Delete a dataset or a run; what a kill leaves half deleted is not found any more."""
    about.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)
