"""One run that tunes the matcher on texts and media that belong together, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...config import Settings
from ...errors import DatasetError
from ...models.core import Core
from ...models.training_match import MatchPlan, MatchTrainer, TunedMatcher
from ...types import Dataset, Note, Sample
from ..matching import matching_scores
from .callbacks import JobCallbacks
from .checks import blocked
from .gathering import pairs
from .options import match_settings
from .split import groups_of, split_samples
from .types import RunReport, TrainOptions

LEAST_MEDIA = 6  # two to score, two to choose the epoch, two to learn from
TOP = "r@5"  # what the verdict speaks of


class MatchJob:
    """Tunes one matcher."""

    def __init__(
        self, settings: Settings, core: Core, work: Path, options: TrainOptions,
        callbacks: JobCallbacks,
    ) -> None:  # fmt: skip
        self.settings, self.options, self.callbacks = settings, options, callbacks
        self.trainer = MatchTrainer(
            core, settings.matcher_model, settings.limits, work, callbacks.of_trainer()
        )

    def run(self, dataset: Dataset) -> tuple[TunedMatcher, RunReport]:
        """Tune, and score before and after on pairs held out. Raises DatasetError, StoppedError."""
        samples, problems = pairs(dataset)
        for problem in problems:
            self.callbacks.message(f"{problem.where}: {problem.what} ({problem.outcome})")
        reason = blocked(samples, "match", self.settings.limits)
        if reason is not None:
            raise DatasetError(f"{dataset.name}: {reason.text}", code=reason.code, **reason.values)
        groups = groups_of(samples)
        media = len(set(groups))
        if media < LEAST_MEDIA:
            raise DatasetError(
                f"{dataset.name} has only {media} different pictures or videos. A matcher learns "
                f"by telling them apart: at least {LEAST_MEDIA} are needed.",
                code="few_media", name=dataset.name, n=media, least=LEAST_MEDIA,
            )  # fmt: skip
        split = split_samples(samples, groups, seed=self.options.seed, too_few=0)
        self.callbacks.step("encode", 0.0)
        tuned = self.trainer.fit(
            MatchPlan(
                [samples[i] for i in split.train], [groups[i] for i in split.train],
                self.options.mode, match_settings(self.options), self.options.augmentation,
                self.options.name,
            )
        )  # fmt: skip
        for i, why in tuned.problems.items():
            self.callbacks.message(f"row {samples[split.train[i]].row}: {why}")
        return tuned, self._report(tuned, [samples[i] for i in split.held_out])

    def _report(self, tuned: TunedMatcher, held_out: Sequence[Sample]) -> RunReport:
        limits, callbacks = self.settings.limits, self.callbacks
        callbacks.step("score", 0.0)
        before = matching_scores(
            self.trainer.base, held_out, limits,
            report=lambda sample, why: callbacks.message(f"row {sample.row}: {why}"),
            progress=lambda share, _: callbacks.step("score", share / 2),
        )  # fmt: skip
        after = matching_scores(
            tuned.matcher, held_out, limits,
            progress=lambda share, _: callbacks.step("score", 0.5 + share / 2),
        )  # fmt: skip
        return RunReport(
            run_id="", name=self.options.name, kind="match", verdict=verdict(before, after),
            labels=(), scores={**after, "n": after["n_texts"]}, baseline=before, by_modality={},
            report={}, matrix=(), calibration=(), samples=(), learning_curve=(),
            history=tuned.history, notes=tuple(notes_on(tuned, before, after)), mode=tuned.mode,
        )  # fmt: skip


def verdict(before: dict, after: dict) -> Note:
    """The one sentence first."""
    now, then = (round(scores["text_to_media"][TOP]) for scores in (after, before))
    media = after["n_media"]
    said = (
        f"For {now} of 100 held-out texts the right picture or video is among the first five of "
        f"{media}; before tuning it was {then}."
    )
    return Note("verdict_match", said, {"after": now, "before": then, "media": media})


def notes_on(tuned: TunedMatcher, before: dict, after: dict) -> list[Note]:
    """What a person should know beside the verdict."""
    found = []
    if tuned.share == 0:
        found.append(
            Note("matcher_unchanged", "Held-out pairs were told apart best by the matcher as it "
                 "was, so it was left alone. More pairs would help.")
        )  # fmt: skip
    if after["n_media"] < 50:
        found.append(
            Note("few_held_out_media", f"Only {after['n_media']} pictures or videos were held out, "
                 "so the figures can be off by many points.", {"n": after["n_media"]})
        )  # fmt: skip
    return found
