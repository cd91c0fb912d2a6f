"""What one person has in front of them on the "Teach it" tab, one plain value per step."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ..services.finetune.types import FINISHED
from ..types import Explanation, ModelInfo, Note, Reading

if TYPE_CHECKING:
    from ..services.finetune.types import GatherReport, RunReport, RunView, SampleResult

PAGE = 6  # samples on one page of step 3; all of them at once would freeze a phone


@dataclass(frozen=True)
class GatherView:
    """Step 1: the dataset and what is to be known about it."""

    report: GatherReport | None = None
    seconds: dict[str, float] = field(default_factory=dict)  # length -> estimate
    error: Note | None = None
    working: str = ""  # key of the sentence that says what is being done
    datasets: tuple[tuple[str, str], ...] = ()  # (id, name) of all there are, the newest first
    removing: str = ""  # id of the one that is deleted once that is confirmed


@dataclass(frozen=True)
class TrainView:
    """Step 2: the run that is shown."""

    run: RunView | None = None
    error: Note | None = None

    @property
    def busy(self) -> bool:
        """Whether the run is still on its way."""
        return self.run is not None and self.run.state not in FINISHED


@dataclass(frozen=True)
class Explained:
    """One sample or one trial, with the reasons for its answer."""

    text: str
    explanation: Explanation
    picture: Image.Image | None = None  # what the heat map lies over
    row: int = 0  # 0: not a sample of the dataset
    word: int | None = None  # the word whose own map is shown


@dataclass(frozen=True)
class ResultView:
    """Step 3: what a finished run learned."""

    report: RunReport | None = None
    dataset: GatherReport | None = None  # with the corrections made so far; None when deleted
    runs: tuple[RunView, ...] = ()  # finished runs of the workspace, the newest first
    datasets: dict[str, str] = field(default_factory=dict)  # dataset_id -> name of those there are
    show: str = "worst"  # worst, best, random or cell
    cell: tuple[int, int] = (0, 0)  # row and column of the matrix
    page: int = 0
    explained: Explained | None = None
    files: dict[str, Path] = field(default_factory=dict)  # what was made for download
    fresh: str = ""  # the one made just now
    error: Note | None = None

    @property
    def corrections(self) -> dict[int, str]:
        """Labels that were corrected after this run was trained: row -> label."""
        if self.report is None or self.dataset is None:
            return {}
        trained_on = {sample.row: sample.truth for sample in self.report.samples}
        corrected = self.dataset.corrected
        return {r: to for r, to in corrected.items() if r in trained_on and trained_on[r] != to}

    @property
    def shown(self) -> tuple[SampleResult, ...]:
        """The samples of the chosen kind, all pages."""
        return pick(self.report, self.show, self.cell) if self.report is not None else ()


@dataclass(frozen=True)
class UseView:
    """Step 4: the models of this workspace, and one of them tried."""

    models: tuple[ModelInfo, ...] = ()
    model: str = ""  # name of the model that is tried and downloaded
    run_id: str = ""  # of the result that step 3 shows
    reading: Reading | None = None
    explained: Explained | None = None
    zip: Path | None = None
    fresh: str = ""
    removing: str = ""  # name of the model that was asked to be deleted, until that is confirmed
    told: Note | None = None  # good news: brought back, pushed
    error: Note | None = None
    working: str = ""


def pick(report: RunReport, show: str, cell: tuple[int, int] = (0, 0)) -> tuple[SampleResult, ...]:
    """Samples of one kind. ``report.samples`` runs from surely right to surely wrong."""
    if show == "best":
        return tuple(s for s in report.samples if s.right)
    if show == "random":  # the same mixed order every time, so that pages do not change
        return tuple(sorted(report.samples, key=lambda s: s.row * 2654435761 % 2**32))
    if show == "cell":
        truth, predicted = (report.labels[at] for at in cell)
        return tuple(s for s in report.samples if (s.truth, s.predicted) == (truth, predicted))
    return tuple(reversed(report.samples))
