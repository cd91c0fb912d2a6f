"""What the fine-tuning service takes and gives: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...errors import MmdemoError
from ...types import Note, Problem

LENGTHS = ("quick", "standard", "thorough")
PRESETS = ("compact", "classic", "scratch", "clip")  # or a hub model, as owner/name
MODES = ("auto", "head", "adapter", "full")
FUSIONS = ("pooled", "concat", "cross-attention")
FINISHED = ("stopped", "done", "failed")


class OptionError(MmdemoError):
    """A training option that cannot be used."""

    code = "option"


@dataclass(frozen=True)
class TrainOptions:
    """How to train. Everything but ``name`` and ``length`` has a default that fits.

    0 for ``epochs``, ``rate``, ``batch`` or ``patience`` means: as ``length`` and ``mode`` choose.
    ``mode`` "auto" tries the frozen encoders and, where the data are enough, adapters, and keeps
    what wins on held-out folds. ``search_minutes`` above 0 lets optuna look for better settings.
    """

    name: str = "my-model"
    length: str = "standard"
    preset: str = "compact"
    mode: str = "auto"
    fusion: str = "pooled"
    epochs: int = 0
    rate: float = 0.0
    batch: int = 0
    patience: int = 0
    class_weights: bool = False
    augmentation: bool = True
    seed: int = 0
    search_minutes: float = 0.0
    text_encoder: str = ""  # in place of the preset's; folders from the command line only
    vision_encoder: str = ""


@dataclass(frozen=True)
class Preview:
    """One sample to show before training."""

    row: int
    text: str
    label: str
    split: str
    medium: Path | None = None  # the picture or video file; a picture may be large
    kind: str = ""  # "image" or "video"
    name: str = ""  # the medium as the dataset spells it


@dataclass(frozen=True)
class Duplicate:
    """Samples that are the same (text and bytes of the medium)."""

    rows: tuple[int, ...]
    labels: tuple[str, ...]  # more than one: they contradict each other
    splits: tuple[str, ...]  # more than one: the test would be too easy; the later ones move


@dataclass(frozen=True)
class GatherReport:
    """What a dataset holds. ``kind``: "classify" with labels, "match" for pairs without.

    ``problems`` say what is skipped or fixed, row by row; ``warnings`` are about the dataset as a
    whole (codes few_samples, small_class, imbalance, foreign_texts, no_text ...).
    ``blocked`` is empty when it can be trained on, else the sentence why not.
    """

    dataset_id: str
    name: str
    kind: str
    samples: int
    classes: dict[str, int]  # label -> samples, the largest class first
    splits: dict[str, int]  # split -> samples; empty when the dataset names none
    modalities: dict[str, int]  # "text", "image", "video", "text+image" ... -> samples
    problems: tuple[Problem, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    warnings: tuple[Note, ...] = ()
    previews: tuple[Preview, ...] = ()  # up to 12, classes in turns
    columns: dict[str, str] = field(default_factory=dict)  # role -> column in use
    header: tuple[str, ...] = ()  # all column names; empty for a folder per class
    thumbnails: dict[int, Path] = field(default_factory=dict)  # row -> small JPEG of a preview
    corrected: dict[int, str] = field(default_factory=dict)  # row -> label that a person set
    blocked: Note | None = None


@dataclass(frozen=True)
class RunView:
    """A training run as it stands: a snapshot, cheap to ask for every second."""

    run_id: str
    dataset_id: str
    name: str
    state: str  # queued | running | stopping | stopped | done | failed
    options: TrainOptions
    place: int = 0  # in the queue: 1 is next; 0 when not queued
    step: str = ""  # what is being done: read, encode, baseline, train, calibrate, save
    epoch: int = 0
    epochs: int = 0
    fraction: float = 0.0
    left_s: float | None = None
    # one dict per epoch: epoch, loss, train_accuracy, val_loss, val_accuracy, seconds
    history: tuple[dict[str, float], ...] = ()
    message: str = ""  # why it failed or was stopped, or what was done to go on (batch halved)
    note: Note | None = None  # the message with its code, where it has one
    model: str = ""  # name of the model it made
    created_s: float = 0.0  # seconds since 1970
    seconds: float = 0.0  # spent so far
    accuracy: float | None = None  # held-out, when done: for comparing runs


@dataclass(frozen=True)
class SampleResult:
    """One held-out sample and what the tuned model says of it."""

    row: int
    truth: str
    predicted: str
    probability: float  # of the predicted label
    truth_probability: float
    text: str
    medium: Path | None = None
    kind: str = ""

    @property
    def right(self) -> bool:
        """Whether the prediction is the label."""
        return self.truth == self.predicted


@dataclass(frozen=True)
class CurvePoint:
    """Score on the held-out part after training on a part of the samples."""

    samples: int
    accuracy: float


@dataclass(frozen=True)
class RunReport:
    """Everything about a finished run.

    ``scores`` and ``baseline``: n, accuracy, macro_f1, ece of the tuned model and before training
    (for pairs without label: {"text_to_media": {"r@1", ...}, "media_to_text": ...}).
    ``by_modality``: "text", "picture", "both" -> the same figures on held-out samples with both.
    ``report``: label -> precision, recall, f1, support. ``matrix[i][j]``: samples of labels[i]
    taken for labels[j]. ``calibration``: dicts confidence, accuracy, n.
    """

    run_id: str
    name: str
    kind: str  # "classify" or "match"
    verdict: Note
    labels: tuple[str, ...]
    scores: dict
    baseline: dict
    by_modality: dict[str, dict[str, float]]
    report: dict[str, dict[str, float]]
    matrix: tuple[tuple[int, ...], ...]
    calibration: tuple[dict[str, float], ...]
    samples: tuple[SampleResult, ...]  # surest right first, surest wrong last
    learning_curve: tuple[CurvePoint, ...]
    history: tuple[dict[str, float], ...]
    notes: tuple[Note, ...] = ()  # how it was scored (folds, split), what more data would bring
    mode: str = ""  # what "auto" chose
    seconds: float = 0.0
    model: str = ""
