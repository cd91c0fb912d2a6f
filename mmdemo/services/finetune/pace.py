"""How long a training takes on this machine, guessed before it and told while it runs.

The figures are those of two cores of a server of 2024; what runs really took here corrects them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...config import Settings
from ...models.joint_presets import REFIT, JointPreset
from ...models.training_budget import (
    LEAST_TO_TUNE,
    affordable,
    pictures_pass_s,
    text_pass_s,
)
from ...models.training_fold import TuneSettings
from ...types import Sample
from .options import joint_preset_of, match_settings, tune_settings, tunes_again
from .split import HELD_OUT, TOO_FEW
from .store import read_json, write_json
from .types import TrainOptions

START_S = 5.0  # process, libraries, base encoders
TEXT_S, PICTURE_S, VIDEO_S = 0.006, 0.05, 0.8  # seconds to encode one
VIEWS = 3  # of a picture that is tuned on, each read once
FOLDS, MOST_PIECES = 4, 128  # of tuning; word pieces of a text
HEAD_S, HEAD_SAMPLE_S = 1.0, 0.004  # the head on vectors that are there, of a few labels
HEAD_LABELS = 10  # that many more take as long again
STEPS = ("read", "encode", "train", "score", "finish", "save")
LEARNED = ("encode", "train")  # steps whose real time corrects later guesses
WEIGHT = 0.5  # of the newest run in what is remembered
OVERDUE = 0.2  # of the time spent: what is still to come of a step that should be over
LEAST_S = 1.0  # a step that was shorter says little


def expected(
    samples: Sequence[Sample], options: TrainOptions, known: bool, speed: Mapping[str, float]
) -> dict[str, float]:
    """Step -> seconds. ``known``: the vectors of these samples are kept from an earlier run."""
    encode = 0.02 if known else 1.0  # a share: reading what is kept
    encode *= sum(
        bool(s.text) * TEXT_S + bool(s.image) * PICTURE_S + bool(s.video) * VIDEO_S for s in samples
    )
    tuning = _tuning_s(samples, options)
    labels = len({name for s in samples for name in s.labels})
    head = HEAD_S + HEAD_SAMPLE_S * len(samples) * (1 + labels / HEAD_LABELS)
    train = head + tuning
    stays = _stays(samples) or (tuning > 0 and not tunes_again(len(samples), options))
    finish = 0.0 if stays else train
    steps = {
        "read": START_S, "encode": encode, "train": train * (1 - HELD_OUT),
        "score": 0.5, "finish": finish, "save": 0.5,
    }  # fmt: skip
    slow = {**speed, "finish": speed.get("train", 1.0)}
    found = {name: seconds * slow.get(name, 1.0) for name, seconds in steps.items()}
    found["train"] += 60 * options.search_minutes
    return found


def _tuning_s(samples: Sequence[Sample], options: TrainOptions) -> float:
    if not any(s.labels for s in samples):
        return _match_s(samples, options)
    preset = joint_preset_of(options)
    if preset is not None:
        return _joint_s(samples, options, preset)
    if options.mode == "head":
        return 0.0
    if options.mode == "auto" and len(samples) < LEAST_TO_TUNE:
        return 0.0
    settings, texts = tune_settings(options), [s.text for s in samples if s.text]
    if settings.epochs == 0:
        return 0.0
    media = sum(bool(s.image or s.video) for s in samples)
    if options.mode == "auto":  # tunes the one that most samples have, texts first
        media = 0 if len(texts) > len(samples) / 2 else media
    passes = (text_pass_s(texts, MOST_PIECES), pictures_pass_s(media))
    return media * VIEWS * PICTURE_S + sum(_folds_s(pass_s, settings, options) for pass_s in passes)


def _folds_s(pass_s: float, settings: TuneSettings, options: TrainOptions) -> float:
    """Tuning on folds, as many as the time allows (see training_budget)."""
    plan = (FOLDS, settings.epochs)
    if settings.budget_s:
        plan = affordable(pass_s, settings.budget_s, *plan) or (2, 1)
        if options.mode == "auto" and pass_s > settings.budget_s:
            return 0.0
    folds, epochs = plan
    return (folds - 1) * epochs * pass_s


def _stays(samples: Sequence[Sample]) -> bool:
    """Whether the model that is scored is the one that is kept: scored on folds, on what a column
    holds apart, or a matcher."""
    return len(samples) < TOO_FEW or any(s.split or not s.labels for s in samples)


def _match_s(samples: Sequence[Sample], options: TrainOptions) -> float:
    texts = [s.text for s in samples]
    pass_s = text_pass_s(texts, MOST_PIECES) + pictures_pass_s(len(samples))
    return match_settings(options).epochs * pass_s


def _joint_s(samples: Sequence[Sample], options: TrainOptions, preset: JointPreset) -> float:
    settings = tune_settings(options)
    passes = settings.epochs * (2 if len(samples) < REFIT else 1)
    text_s, picture_s = preset.pass_s
    if settings.mode == "head":  # both encoders once, a third of learning; then vectors alone
        text_s, picture_s, passes = text_s / 3, picture_s / 3, 1
    texts = sum(bool(s.text) for s in samples)
    media = sum(bool(s.image or s.video) for s in samples)
    return passes * (texts * text_s + media * picture_s)


def speed_of(data_root: Path) -> dict[str, float]:
    """How much longer steps took on this machine than guessed."""
    found = read_json(data_root / "speed.json") or {}
    known = {k: v for k, v in found.items() if k in LEARNED and isinstance(v, (int, float))}
    return {k: float(v) for k, v in known.items() if 0.01 <= v <= 100}


class Pace:
    """How far a run is, by the clock: every step counts as long as it is expected to take."""

    def __init__(self, expected_s: Mapping[str, float]) -> None:
        self.expected = {name: max(0.0, expected_s.get(name, 0.0)) for name in STEPS}
        self.took: dict[str, float] = {}
        self.began, self.step, self.share = time.monotonic(), "read", 0.0
        self._entered, self._furthest = self.began, 0.0

    def at(self, step: str, share: float) -> None:
        """A step is done by this share; ``step`` may be one that nobody expected."""
        now = time.monotonic()
        if step != self.step:
            self.took[self.step] = self.took.get(self.step, 0.0) + now - self._entered
            self.step, self._entered = step, now
        self.share = min(max(share, 0.0), 1.0)

    @property
    def fraction(self) -> float:
        """0..1 of the whole time, never going back."""
        spent_s = time.monotonic() - self.began
        self._furthest = max(self._furthest, min(0.99, spent_s / (spent_s + self.left_s + 0.1)))
        return self._furthest

    @property
    def left_s(self) -> float:
        """What is expected of the rest, stretched by how the step in hand goes."""
        expected_s = self.expected.get(self.step, 0.0)
        spent_s = time.monotonic() - self._entered
        if self.share > 0.05:
            this_s = spent_s * (1 - self.share) / self.share
            slower = (spent_s / self.share) / expected_s if expected_s > LEAST_S else 1.0
        else:
            this_s, slower = max(expected_s - spent_s, OVERDUE * spent_s), 1.0
        rest_s = sum(self.expected.values()) - self._before() - expected_s
        return round(this_s + max(0.0, rest_s) * min(max(slower, 0.5), 3.0), 1)

    def _before(self) -> float:
        order = STEPS.index(self.step) if self.step in STEPS else 0
        return sum(self.expected[name] for name in STEPS[:order])


def learn(settings: Settings, pace: Pace) -> None:
    """Remember how much longer than guessed the steps of a finished run took."""
    speed = speed_of(settings.data_root)
    for name in LEARNED:
        guessed, took = pace.expected[name], pace.took.get(name, 0.0)
        if guessed < LEAST_S:
            continue
        before = speed.get(name, 1.0)
        ratio = min(max(took / (guessed / before), 0.1), 10.0)
        speed[name] = round((1 - WEIGHT) * before + WEIGHT * ratio, 3)
    write_json(settings.data_root / "speed.json", speed)
