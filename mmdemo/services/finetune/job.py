"""One training run from samples to checkpoint and report, wherever it runs: in a worker or in a
command."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...config import Settings
from ...data.vector_cache import VectorCache
from ...errors import DatasetError
from ...models.checkpoints import save_checkpoint
from ...models.core import Core
from ...models.joint import JointTrainer
from ...models.training import Trained, Trainer, TrainPlan
from ...models.training_fold import TuneSettings
from ...models.training_match import TunedMatcher
from ...types import Dataset, Sample
from . import scoring
from .callbacks import JobCallbacks
from .card import model_card
from .checks import blocked, labelled
from .match_job import MatchJob
from .options import joint_preset_of, tune_settings, tunes_again
from .split import Split, assign_folds, groups_of, split_samples
from .types import CurvePoint, RunReport, TrainOptions

CURVE_SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
TUNING_FOLDS, FROZEN_FOLDS = 4, 5


@dataclass(frozen=True)
class Finished:
    """The model to save, the one that was scored (the same, unless the held-out samples were
    added afterwards), and the report."""

    final: Trained | TunedMatcher
    scored: Trained | TunedMatcher
    report: RunReport
    problems: tuple[str, ...] = field(default=())


class Job:
    """Trains a classifier where a dataset has labels, else tunes the matcher."""

    def __init__(
        self, settings: Settings, core: Core, work: Path, options: TrainOptions,
        callbacks: JobCallbacks | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.core, self.options = settings, core, options
        self.callbacks, self.work = callbacks or JobCallbacks(), Path(work)
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self, dataset: Dataset) -> Finished:
        """Train, score, explain in figures. Raises DatasetError, StoppedError."""
        if dataset.labels:
            return self._classifier(dataset)
        if not any(s.text.strip() and (s.image or s.video) for s in dataset.samples):
            raise DatasetError(
                f"{dataset.name} has no labels, so there is nothing to learn. Add a column named "
                "label, or choose which column it is.",
                code="no_labels", name=dataset.name,
            )  # fmt: skip
        job = MatchJob(self.settings, self.core, self.work, self.options, self.callbacks)
        tuned, report = job.run(dataset)
        return Finished(tuned, tuned, report)

    def _trainer(self) -> Trainer | JointTrainer:
        cache, limits = VectorCache(self.settings.data_root / "vectors"), self.settings.limits
        callbacks = self.callbacks.of_trainer()
        preset = joint_preset_of(self.options)
        if preset is not None:
            return JointTrainer(
                self.core, cache, limits, self.work, preset,
                callbacks=callbacks, fusion=self.options.fusion,
            )  # fmt: skip
        return Trainer(self.core, cache, limits, self.work, callbacks, self.options.preset)

    def _classifier(self, dataset: Dataset) -> Finished:
        self.trainer = self._trainer()
        samples = self._usable(dataset)
        labels = tuple(sorted({s.labels[0] for s in samples}))
        self.callbacks.step("encode", 0.0)
        vectors, broken = self.trainer.encode(
            samples, lambda done, of: self.callbacks.step("encode", done / max(of, 1))
        )
        problems = tuple(f"row {samples[i].row}: {why}" for i, why in broken.items())
        for problem in problems:
            self.callbacks.message(problem)
        keep = (vectors.has_text | vectors.has_vision).numpy()
        if not keep.all():
            samples = [s for s, kept in zip(samples, keep, strict=True) if kept]
            vectors = vectors[np.flatnonzero(keep)]
            self._check(dataset.name, samples)
        data = _Data(samples, vectors, labels, [labels.index(s.labels[0]) for s in samples])
        folds = FROZEN_FOLDS if self.options.mode == "head" else TUNING_FOLDS
        split = split_samples(samples, data.groups, folds, self.options.seed)
        scored = self._fit(data, split, "scored")
        report = self._report(data, split, scored)
        final = self._final(data, split, scored)
        return Finished(final, scored, report, problems)

    def _usable(self, dataset: Dataset) -> list[Sample]:
        samples, problems = labelled(dataset)
        for problem in problems:
            self.callbacks.message(f"{problem.where}: {problem.what} ({problem.outcome})")
        self._check(dataset.name, samples)
        return samples

    def _check(self, name: str, samples: list[Sample]) -> None:
        reason = blocked(samples, "classify", self.settings.limits)
        if reason is not None:
            raise DatasetError(f"{name}: {reason.text}", code=reason.code, **reason.values)

    def _fit(
        self, data: _Data, split: Split, name: str, tune: TuneSettings | None = None
    ) -> Trained:
        rows = np.asarray(split.train)
        plan = TrainPlan(
            samples=[data.samples[i] for i in rows],
            targets=[data.targets[i] for i in rows],
            labels=data.labels,
            folds=split.folds,
            mode=self.options.mode,
            tune=tune or tune_settings(self.options),
            class_weights=self.options.class_weights,
            augmentation=self.options.augmentation,
            search_minutes=self.options.search_minutes,
            title=self.options.name,
        )
        self.callbacks.step("train", 0.0)
        return self.trainer.fit(plan, data.vectors[rows], name)

    def _final(self, data: _Data, split: Split, scored: Trained) -> Trained:
        """The model to keep: with the held-out fifth added, unless a column asked to keep it apart
        or tuning once more would take long. What was not worth tuning for the score is not tried
        again."""
        if split.how != "fifth":
            return scored
        tune, tuned = tune_settings(self.options), scored.mode != "head"
        if tuned and not tunes_again(len(data.samples), self.options):
            return scored
        if not tuned and isinstance(self.trainer, Trainer):
            tune = replace(tune, epochs=0)
        labels = [data.labels[t] for t in data.targets]
        folds = assign_folds(labels, data.groups, max(split.folds) + 1, self.options.seed + 1)
        everyone = Split(tuple(range(len(data.samples))), (), tuple(folds), "all")
        self.callbacks.step("finish", 0.0)
        return self._fit(data, everyone, "final", tune)

    def _report(self, data: _Data, split: Split, scored: Trained) -> RunReport:
        rows = list(split.held_out or split.train)
        held = [data.samples[i] for i in rows]
        truth = [data.targets[i] for i in rows]
        vectors = data.vectors[np.asarray(rows)]
        self.callbacks.step("score", 0.0)
        if split.held_out:
            parts = self.trainer.predict_proba(scored, held, vectors)
        else:
            parts = {"both": scored.held_out, **scored.alone}
        train_targets = [data.targets[i] for i in split.train]
        guesses = self.trainer.untrained(data.labels, vectors)
        base = scoring.baseline(data.labels, guesses, train_targets, truth)
        scores = scoring.figures(data.labels, parts["both"], truth)
        both = (vectors.has_text & vectors.has_vision).numpy()
        modalities = scoring.by_modality(data.labels, parts, truth, both)
        curve = self._curve(data, split) if split.held_out else []
        return RunReport(
            run_id="", name=self.options.name, kind="classify",
            verdict=scoring.verdict(scores, base, modalities), labels=data.labels,
            scores={k: scores[k] for k in ("n", "accuracy", "macro_f1", "ece")},
            baseline=base, by_modality=modalities, report=scores["report"],
            matrix=tuple(tuple(row) for row in scores["confusion_matrix"]),
            calibration=scoring.calibration(parts["both"], truth),
            samples=scoring.sample_results(held, data.labels, parts["both"], truth),
            learning_curve=tuple(CurvePoint(n, a) for n, a in curve),
            history=scored.history, mode=scored.mode,
            notes=tuple(scoring.notes_on(scores, base, split.how, curve)),
        )  # fmt: skip

    def _curve(self, data: _Data, split: Split) -> list[tuple[int, float]]:
        train, held = np.asarray(split.train), np.asarray(split.held_out)
        return self.trainer.learning_curve(
            (data.vectors[train], [data.targets[i] for i in train]),
            (data.vectors[held], [data.targets[i] for i in held]),
            CURVE_SHARES, self.options.seed,
        )  # fmt: skip


@dataclass
class _Data:
    """Samples with their vectors and targets."""

    samples: list[Sample]
    vectors: object
    labels: tuple[str, ...]
    targets: list[int]

    def __post_init__(self) -> None:
        self.groups = groups_of(self.samples)


def save_model(folder: Path, trained: Trained | TunedMatcher, report: RunReport) -> Path:
    """Write the checkpoint so that it is complete or not there."""
    config = {**trained.config, "trained": {"mode": trained.mode, "scores": report.scores}}
    return save_checkpoint(folder, trained.state, config, model_card(report, config), trained.kind)


def named(report: RunReport, run_id: str, model: str, seconds: float) -> RunReport:
    """The report with what only the caller knows."""
    return replace(report, run_id=run_id, model=model, seconds=round(seconds, 2))
