"""Fine-tuning as the page asks for it: gather, train in a process of its own, understand, use."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import Settings
from ...errors import MmdemoError
from ...models.core import Core
from ...types import Explanation, ModelInfo, Reading
from . import exports, folders, gathering, hub, runs, starting, using
from .archive import write_zip
from .bring_back import bring_back
from .report_csv import write_csv
from .report_html import Translate, write_report
from .store import read_json
from .training_queue import TrainingQueue, refuse_while_used
from .types import FINISHED, GatherReport, RunReport, RunView, TrainOptions
from .worker import Process

if TYPE_CHECKING:
    from PIL import Image

    from ...data.workspaces import Workspace


log = logging.getLogger(__name__)


class FinetuneService:
    """One per process; everything per user is in the workspace that each call names."""

    def __init__(self, settings: Settings, core: Core | None = None) -> None:
        self.settings = settings
        self.core = core or Core.of(settings)
        self.use = using.Use(settings, self.core)
        self._queue = TrainingQueue(settings.data_root / "line", lambda: Process(settings))

    def start_queue(self) -> None:
        """Go on with runs whose process died with the app. Call once, when the page is built."""
        self._queue.attend()

    def close(self) -> None:
        """End this process's training; the next service goes on with it from its last epoch."""
        self._queue.close()

    def gather(
        self,
        workspace: Workspace,
        upload: Path | Sequence[Path],
        columns: Mapping[str, str] | None = None,
        name: str = "",
    ) -> GatherReport:
        """Take an upload (zip, CSV, or several files: a CSV and its media) into the workspace and
        report on it. Raises DatasetError when nothing can be used, StorageError when full."""
        paths = [upload] if isinstance(upload, (str, Path)) else list(upload)
        folder = gathering.gather(
            workspace, [Path(p) for p in paths], columns, name, self.settings.limits
        )
        self._queue.warm_up()
        return gathering.report_of(folder, self.settings.limits)

    def recolumn(
        self, workspace: Workspace, dataset_id: str, columns: Mapping[str, str]
    ) -> GatherReport:
        """Report again with other columns (role -> column name, "" for none)."""
        folder = folders.dataset_folder(workspace, dataset_id)
        gathering.look(folder, columns, self.settings.limits)
        return gathering.report_of(folder, self.settings.limits)

    def report(self, workspace: Workspace, dataset_id: str) -> GatherReport:
        """The report of a dataset gathered before, corrections included."""
        folder = folders.dataset_folder(workspace, dataset_id)
        return gathering.report_of(folder, self.settings.limits)

    def datasets(self, workspace: Workspace) -> tuple[tuple[str, str], ...]:
        """(dataset_id, name) of every dataset of the workspace, the newest first."""
        found = folders.dataset_folders(workspace)
        return tuple((f.id, (read_json(f.about) or {}).get("name", "")) for f in found)

    def remove_dataset(self, workspace: Workspace, dataset_id: str) -> None:
        """Delete a dataset; models trained on it stay. Not while a run is on its way with it."""
        folder = folders.dataset_folder(workspace, dataset_id)
        refuse_while_used(self._queue, workspace.folder, dataset_id)
        folders.remove(folder.path, folder.about)

    def relabel(self, workspace: Workspace, dataset_id: str, labels: Mapping[int, str]) -> None:
        """Correct labels (row -> label). The upload stays as it was; training reads the change."""
        gathering.correct(folders.dataset_folder(workspace, dataset_id), labels)

    def estimate(self, workspace: Workspace, dataset_id: str, options: TrainOptions) -> float:
        """Seconds that training will take on this machine, roughly."""
        dataset = folders.dataset_folder(workspace, dataset_id)
        return sum(starting.expected_s(dataset, options, workspace, self.settings).values())

    def start(self, workspace: Workspace, dataset_id: str, options: TrainOptions) -> str:
        """Queue a run and return its id. Raises OptionError, DatasetError, StorageError."""
        dataset = folders.dataset_folder(workspace, dataset_id)
        run = starting.begin_run(workspace, dataset, options, self.settings, self._queue)
        self._queue.attend()
        return run.id

    def run(self, workspace: Workspace, run_id: str) -> RunView:
        """A run as it stands."""
        folder = folders.run_folder(workspace, run_id)
        return runs.view(folder, self._queue.place(folder))

    def runs(self, workspace: Workspace) -> tuple[RunView, ...]:
        """All runs of the workspace, the newest first."""
        found = []
        for folder in folders.run_folders(workspace):
            try:
                found.append(runs.view(folder, self._queue.place(folder)))
            except MmdemoError as error:  # deleted a moment ago, or damaged: the others are shown
                log.warning("run %s is left out: %s", folder.id, error)
        return tuple(found)

    def stop(self, workspace: Workspace, run_id: str) -> None:
        """Ask a run to stop after the step it is in; what it learned until then is kept."""
        folder = folders.run_folder(workspace, run_id)
        if self.run(workspace, run_id).state in FINISHED:
            return
        runs.ask_to_stop(folder)
        self._queue.drop_waiting(folder)

    def resume(self, workspace: Workspace, run_id: str) -> None:
        """Queue a stopped or failed run again; it goes on from its last epoch."""
        folder = folders.run_folder(workspace, run_id)
        if self.run(workspace, run_id).state not in (runs.STOPPED, runs.FAILED):
            return
        starting.require_place(workspace, self._queue)
        self._queue.rejoin(folder)

    def remove_run(self, workspace: Workspace, run_id: str) -> None:
        """Delete a finished run and the model it made."""
        folder = folders.run_folder(workspace, run_id)
        view = self.run(workspace, run_id)
        if view.state not in FINISHED:
            raise MmdemoError(
                f"The training of {view.name} is on its way. Stop it first, then delete it.",
                code="run_busy", name=view.name,
            )  # fmt: skip
        model = runs.model_name(folder)
        if view.state == runs.DONE and model:
            shutil.rmtree(folder.model(model), ignore_errors=True)
        folders.remove(folder.path, folder.about)

    def result(self, workspace: Workspace, run_id: str) -> RunReport:
        """Everything about a finished run. MmdemoError when it is not finished."""
        return using.result(workspace, run_id)

    def explain(
        self, workspace: Workspace, run_id: str, row: int, label: str | None = None
    ) -> Explanation:
        """Why the tuned model gave ``label`` (default: its answer) to a held-out sample."""
        return self.use.explain(workspace, run_id, row, label)

    def picture(self, workspace: Workspace, run_id: str, row: int) -> Image.Image | None:
        """The picture (PIL, upright RGB) that :meth:`explain` explains, or None: of a video the
        frame in its middle. The heat map has its size."""
        return self.use.picture(workspace, run_id, row)

    def models(self, workspace: Workspace) -> tuple[ModelInfo, ...]:
        """Models of the workspace; ``name`` is the folder that ``--model`` and the emotion tab
        take."""
        return using.models(workspace)

    def try_it(
        self, workspace: Workspace, model: str, text: str, medium: Path | None
    ) -> tuple[Reading, Explanation]:
        """Read a new sample with a model of the workspace (by name)."""
        return self.use.try_it(workspace, model, text, medium)

    def download(self, workspace: Workspace, run_id: str) -> Path:
        """The model as one zip: weights, labels, metrics, config, card."""
        return write_zip(workspace, run_id)

    def bring_back(self, workspace: Workspace, upload: Path) -> str:
        """Take a downloaded zip back; returns the model's name. Never runs code from it."""
        return bring_back(workspace, self.core, Path(upload), self.settings.limits)

    def remove_model(self, workspace: Workspace, model: str) -> None:
        """Delete a model of the workspace."""
        using.remove_model(workspace, model)

    def report_html(
        self, workspace: Workspace, run_id: str, translate: Translate | None = None
    ) -> Path:
        """The whole report as one HTML page that needs nothing beside it, in both languages.

        ``translate`` gives a note in "en" or "zh"; without it notes are in English in both.
        """
        return write_report(*exports.target(workspace, run_id, "html"), translate)

    def report_csv(self, workspace: Workspace, run_id: str) -> Path:
        """Every held-out sample with truth and prediction as CSV."""
        return write_csv(*exports.target(workspace, run_id, "csv"))

    def charts(self, workspace: Workspace, run_id: str) -> dict[str, Path]:
        """PNG files by name: confusion, curves, calibration, learning (those that apply)."""
        return exports.charts(workspace, run_id)

    def push_to_hub(self, workspace: Workspace, run_id: str, repo: str, token: str) -> str:
        """Upload the model to the Hugging Face Hub; returns its address. The token is not kept."""
        return hub.push(workspace, run_id, repo, token)
