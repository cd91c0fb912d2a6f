"""A tuned model in use: which there are, why it answered so, a new sample tried."""

from __future__ import annotations

import secrets
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ...config import Settings
from ...data.faces import FaceFinder
from ...data.media_files import MediaProblem, kind_of
from ...errors import EmptyInputError, MediaError, MmdemoError, NoFaceError
from ...models.checkpoints import checkpoint_kind
from ...models.classifier import Classifier
from ...models.core import Core
from ...types import Explanation, ModelInfo, Reading
from ..model_list import own_models
from .explained_media import Seen, explained, see_picture, see_video
from .folders import RunFolder, run_folder
from .store import read_json, report_from
from .types import RunReport, SampleResult

if TYPE_CHECKING:
    from ...data.workspaces import Workspace

GOING = ".gone-"  # begin of the name of a model that is being deleted


def result(workspace: Workspace, run_id: str) -> RunReport:
    """Everything about a finished run. MmdemoError when it is not finished."""
    folder = run_folder(workspace, run_id)
    content = read_json(folder.report)
    if content is None:
        raise MmdemoError(
            "This training is not finished, so there is no result yet.", code="run_unfinished"
        )
    try:
        return report_from(content)
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
        raise MmdemoError(
            "The result of this training is damaged. Train again to get a new one.",
            code="run_damaged",
        ) from error


def model_of(folder: RunFolder) -> Path:
    """Checkpoint folder of the model that a run made. MmdemoError when it was removed."""
    name = str((read_json(folder.about) or {}).get("model") or "")
    path = folder.model(name)
    if not name or Path(name).name != name or not (path / "config.json").is_file():
        raise MmdemoError(
            "The model of this training was removed. Train again to get a new one.",
            code="model_removed",
        )
    return path


def models(workspace: Workspace) -> tuple[ModelInfo, ...]:
    """Models of the workspace, the newest first."""
    return own_models(workspace.folder / "models")


def own_model(workspace: Workspace, model: str) -> Path:
    """Folder of a model of the workspace by its name, short or whole. MmdemoError."""
    for info in models(workspace):
        if model in (info.name, Path(info.name).name):
            return Path(info.name)
    raise MmdemoError(
        "This model is not in your workspace any more. Train it again, or bring it back from its "
        "zip.",
        code="model_gone",
    )


def remove_model(workspace: Workspace, model: str) -> None:
    """Delete a model; what was said about it in reports stays."""
    folder = own_model(workspace, model)
    aside = folder.with_name(GOING + secrets.token_hex(8))
    folder.rename(aside)  # at once, so that no list shows half a model
    shutil.rmtree(aside, ignore_errors=True)


class Use:
    """Reads and explains with models of workspaces, one sample at a time."""

    def __init__(self, settings: Settings, core: Core) -> None:
        self.limits = settings.limits
        self.core = core
        self.finder = FaceFinder()
        self._busy = threading.Lock()  # torch already uses all cores for one

    def explain(
        self, workspace: Workspace, run_id: str, row: int, label: str | None = None
    ) -> Explanation:
        """Why the model of a run gave ``label`` (default: its answer) to a held-out sample."""
        sample = _sample(result(workspace, run_id), row)
        classifier = self._classifier(model_of(run_folder(workspace, run_id)))
        label = label or sample.predicted
        if label not in classifier.labels:
            raise MmdemoError(f'The model does not know the label "{label}".', code="label_gone",
                              label=label)  # fmt: skip
        with self._busy:
            seen = self._see(sample.medium, sample.kind, classifier) if sample.medium else None
            if not sample.text.strip() and (seen is None or seen.explained is None):
                raise _lost()
            return explained(classifier, sample.text, seen, label)

    def picture(self, workspace: Workspace, run_id: str, row: int) -> Image.Image | None:
        """What the heat map of :meth:`explain` lies over: of a video the frame in its middle."""
        sample = _sample(result(workspace, run_id), row)
        if sample.medium is None:
            return None
        classifier = self._classifier(model_of(run_folder(workspace, run_id)))
        with self._busy:
            seen = self._see(sample.medium, sample.kind, classifier)
        return seen.shown if seen else None

    def try_it(
        self, workspace: Workspace, model: str, text: str, medium: Path | None
    ) -> tuple[Reading, Explanation]:
        """Read a new sample. Raises EmptyInputError, MediaError, NoFaceError."""
        text = (text or "").strip()[: self.limits.text_characters]
        if not text and medium is None:
            raise EmptyInputError(
                "There is nothing to read yet: write a sentence, add a picture or video, or both."
            )
        folder = own_model(workspace, model)
        if checkpoint_kind(folder) == "matcher":
            raise MmdemoError(
                "This model matches sentences with pictures and names no labels. Use it in the "
                "Retrieval tab.",
                code="model_matches",
            )
        classifier = self._classifier(folder)
        with self._busy:
            seen = self._see(medium, _kind(medium), classifier) if medium else None
            look = seen.look if seen else None
            if look is None and not text:
                raise NoFaceError(
                    "No face was found in the picture, and this model reads faces. Use one that "
                    "shows a face from the front, or add a sentence."
                )
            reading = classifier.classify([text], [look])[0]
            return reading, explained(classifier, text, seen, reading.label)

    def _classifier(self, folder: Path) -> Classifier:
        return self.core.classifier(str(folder))

    def _see(self, medium: Path, kind: str, classifier: Classifier) -> Seen | None:
        """None when the file is gone: a dataset may be deleted and its results stay."""
        if not medium.is_file():
            return None
        see = see_video if kind == "video" else see_picture
        return see(medium, classifier, self.finder, self.limits)


def _kind(medium: Path) -> str:
    try:
        return kind_of(medium, medium.name)
    except MediaProblem as error:
        raise MediaError(str(error), code="medium_kind", name=medium.name) from error


def _sample(report: RunReport, row: int) -> SampleResult:
    for sample in report.samples:
        if sample.row == row:
            return sample
    raise MmdemoError(f"Row {row} is not among the held-out samples of this training.",
                      code="row_gone", row=row)  # fmt: skip


def _lost() -> MmdemoError:
    return MmdemoError(
        "The picture or video of this sample is not here any more, so there is nothing to "
        "explain. Add the dataset again and train once more.",
        code="medium_lost",
    )
