"""What is checked and kept when a run is started."""

from __future__ import annotations

import shutil

from ...config import Settings
from ...data.locks import waited_for
from ...data.whole_file import disk_full
from ...data.workspaces import Workspace
from ...errors import DatasetError
from ...types import Dataset
from . import runs
from .checks import labelled
from .folders import DatasetFolder, RunFolder, new_run, run_folders
from .gathering import corrections, pairs, report_of
from .options import check_options
from .pace import expected, speed_of
from .samples import Samples, corrected, kept, read_samples
from .store import read_json
from .training_queue import TrainingQueue
from .types import OptionError, TrainOptions

MOST_WAITING = 5  # runs of one workspace in the queue: others want to train too
RUN_BYTES = 64 << 20  # model, report, state
PICTURE_BYTES = 3 * 44_000  # views of a picture that tuning keeps on disk while it runs


def begin_run(
    workspace: Workspace, dataset: DatasetFolder, options: TrainOptions, settings: Settings,
    queue: TrainingQueue,
) -> RunFolder:  # fmt: skip
    """Check everything that can be checked now, and put a run into the queue.

    Raises OptionError, DatasetError, StorageError.
    """
    options = check_options(options)
    report = report_of(dataset, settings.limits)
    if report.blocked is not None:
        text = f"{report.name}: {report.blocked.text}"
        raise DatasetError(text, code=report.blocked.code, **report.blocked.values)
    require_place(workspace, queue)
    workspace.require_room(room_bytes(report.modalities, options))
    samples = trained_on(dataset)
    expected_s = expected_s_of(samples, dataset, options, workspace, settings)
    with waited_for(workspace.folder / "runs" / "locks" / "starting"):
        run = new_run(workspace)
        try:
            runs.begin(run, dataset.id, options, samples, expected_s)
        except OSError as error:
            shutil.rmtree(run.path, ignore_errors=True)
            raise disk_full(options.name) from error
    queue.join(run)
    return run


def require_place(workspace: Workspace, queue: TrainingQueue) -> None:
    """Raise OptionError when the workspace has enough runs in the queue."""
    waiting = len(queue.waiting(workspace.folder))
    if waiting >= MOST_WAITING:
        raise OptionError(
            f"{waiting} of your trainings are in the queue already. Wait until one has ended, or "
            "stop one.",
            code="queue_full", n=waiting,
        )  # fmt: skip


def room_bytes(modalities: dict[str, int], options: TrainOptions) -> int:
    """What a run may need on the disk while it trains."""
    media = sum(n for name, n in modalities.items() if name != "text")
    return RUN_BYTES + (0 if options.mode == "head" else media * PICTURE_BYTES)


def trained_on(dataset: DatasetFolder) -> Samples:
    """The samples that training reads: with corrections, without what teaches nothing."""
    samples = corrected(read_samples(dataset.samples), corrections(dataset))
    whole = samples.dataset
    chosen, _ = labelled(whole) if whole.labels else pairs(whole)
    groups = kept(samples, chosen)
    about = read_json(dataset.about) or {}
    name = about.get("name") or whole.name
    return Samples(Dataset(name, whole.root, tuple(chosen)), groups)


def expected_s(
    dataset: DatasetFolder, options: TrainOptions, workspace: Workspace, settings: Settings
) -> dict[str, float]:
    """Step -> seconds on this machine. Raises OptionError."""
    options = check_options(options)
    return expected_s_of(trained_on(dataset), dataset, options, workspace, settings)


def expected_s_of(
    samples: Samples, dataset: DatasetFolder, options: TrainOptions, workspace: Workspace,
    settings: Settings,
) -> dict[str, float]:  # fmt: skip
    """The same for samples that were read already."""
    known = any(_was_trained(run, dataset.id) for run in run_folders(workspace))
    return expected(samples.dataset.samples, options, known, speed_of(settings.data_root))


def _was_trained(run: RunFolder, dataset_id: str) -> bool:
    """Whether a finished run of the dataset has left vectors in the cache."""
    return run.report.exists() and (read_json(run.about) or {}).get("dataset_id") == dataset_id
