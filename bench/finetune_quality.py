"""How good trained models are: against scikit-learn on the same vectors, adapters against a head
alone, and with few samples a class."""

from __future__ import annotations

import csv
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmdemo.config import ROOT, Settings
from mmdemo.data.dataset import read_dataset
from mmdemo.data.vector_cache import VectorCache
from mmdemo.models.core import Core
from mmdemo.models.training import Trainer, TrainPlan
from mmdemo.models.training_fold import TuneSettings
from mmdemo.models.training_head import joined
from mmdemo.models.training_presets import PRESETS
from mmdemo.models.training_vectors import Vectors
from mmdemo.services.finetune.split import assign_folds, groups_of
from mmdemo.types import Sample

FOLDS, SEEDS, SHOTS = 5, 5, (8, 16)
SCORED = 1500  # rows of GoEmotions dev that few-shot models are scored on
TUNED_ON = 2000  # with 700, adapters have too few steps to be better than a head
ENOUGH = 100  # samples; with fewer one sample is more than a point, so only their sum is judged
ALONE = "base encoder"  # it has seen GoEmotions: left out where that matters


@dataclass(frozen=True)
class Versus:
    """Accuracies in per cent on the same held-out samples; ``n`` of them."""

    name: str
    n: int
    ours: float
    other: float


@dataclass(frozen=True)
class Shots:
    """Accuracy and macro F1 in per cent over SEEDS drawings: mean and standard deviation."""

    mode: str
    preset: str
    shots: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]


class Lab:
    """A trainer with its cache, in a folder that goes afterwards."""

    def __init__(self, settings: Settings) -> None:
        PRESETS.setdefault(ALONE, replace(PRESETS["compact"], kin=""))
        self.settings, self.core = settings, Core.of(settings)
        self.cache = VectorCache(settings.data_root / "vectors")

    def trainer(self, work: str, preset: str = "compact") -> Trainer:
        """A trainer whose working folder is empty."""
        return Trainer(self.core, self.cache, self.settings.limits, Path(work), preset=preset)

    def fit_predict(
        self, trainer: Trainer, train: Sequence[Sample], test: Sequence[Sample], **options
    ) -> np.ndarray:
        """Label numbers (by the sorted labels of ``train``) that a model trained on one part gives
        the other."""
        labels = tuple(sorted({s.labels[0] for s in train}))
        targets = [labels.index(s.labels[0]) for s in train]
        folds = assign_folds([s.labels[0] for s in train], groups_of(train), 4, 1)
        vectors, _ = trainer.encode([*train, *test])
        plan = TrainPlan(train, targets, labels, folds, **options)
        trained = trainer.fit(plan, vectors[np.arange(len(train))])
        rest = vectors[np.arange(len(train), len(vectors))]
        return trainer.predict_proba(trained, test, rest)["both"].argmax(1)


def truth_of(train: Sequence[Sample], test: Sequence[Sample]) -> np.ndarray:
    """Label numbers of the held-out part."""
    labels = sorted({s.labels[0] for s in train})
    return np.array([labels.index(s.labels[0]) for s in test])


def head_against_sklearn(lab: Lab, data: Path | None) -> list[Versus]:
    """The mode "head" beside logistic regression on the same vectors, on folds of each set."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        sets = {
            path.stem: list(read_dataset(path, lab.settings.limits, Path(folder)).samples)
            for path in sorted((ROOT / "assets" / "templates").glob("*.zip"))
        }
        if data is not None:
            sets["goemotions"] = drawn(rows(data / "goemotions_ekman", "dev"), 900, 0)
            sets["fer2013"] = drawn(rows(data / "fer2013", "dev"), 900, 0)
        found = [head_against(lab, name, samples) for name, samples in sets.items()]
    small = [v for v in found if v.n < ENOUGH]
    n = sum(v.n for v in small)
    right = [sum(getattr(v, side) * v.n for v in small) / n for side in ("ours", "other")]
    return [*found, Versus("all templates", n, *right)]


def head_against(lab: Lab, name: str, samples: list[Sample]) -> Versus:
    """The same on one set."""
    with tempfile.TemporaryDirectory() as work:
        trainer = lab.trainer(work)
        folds = np.array(assign_folds([s.labels[0] for s in samples], groups_of(samples), FOLDS, 7))
        vectors, _ = trainer.encode(samples)
        ours = other = 0
        for fold in range(FOLDS):
            train = [s for s, f in zip(samples, folds, strict=True) if f != fold]
            test = [s for s, f in zip(samples, folds, strict=True) if f == fold]
            truth = truth_of(train, test)
            ours += int((lab.fit_predict(trainer, train, test, mode="head") == truth).sum())
            other += _sklearn_right(vectors, folds == fold, truth_of(train, train), truth)
    return Versus(name, len(samples), 100 * ours / len(samples), 100 * other / len(samples))


def _sklearn_right(vectors: Vectors, held_out: np.ndarray, y: np.ndarray, truth: np.ndarray) -> int:
    """Right answers of logistic regression with its own defaults, on standardised columns."""
    x = joined(vectors).numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return int((model.fit(x[~held_out], y).predict(x[held_out]) == truth).sum())


def adapter_against_head(lab: Lab, data: Path) -> Versus:
    """On emotions, from an encoder that never saw any."""
    train = drawn(rows(data / "goemotions_ekman", "train"), TUNED_ON, 0)
    test = drawn(rows(data / "goemotions_ekman", "dev"), SCORED, 0)
    truth, right = truth_of(train, test), {}
    for mode in ("adapter", "head"):
        with tempfile.TemporaryDirectory() as work:
            trainer, tune = lab.trainer(work, ALONE), TuneSettings(epochs=2)
            got = lab.fit_predict(trainer, train, test, mode=mode, tune=tune)
            right[mode] = 100 * float((got == truth).mean())
    return Versus("adapter", len(test), right["adapter"], right["head"])


def few_shot(lab: Lab, data: Path) -> list[Shots]:
    """8 and 16 samples a class from GoEmotions train, scored on dev; from the base encoder alone,
    and as the command does it, from the emotion model too (which has seen those samples)."""
    pool, test = rows(data / "goemotions_ekman", "train"), rows(data / "goemotions_ekman", "dev")
    test, found = drawn(test, SCORED, 0), []
    for mode, preset in (("head", ALONE), ("auto", "compact")):
        for shots in SHOTS:
            scores = [_one_drawing(lab, pool, test, (mode, preset, shots, s)) for s in range(SEEDS)]
            accuracy, f1 = zip(*scores, strict=True)
            found.append(Shots(mode, preset, shots, _spread(accuracy), _spread(f1)))
    return found


def _one_drawing(lab: Lab, pool: list[Sample], test: list[Sample], how: tuple) -> tuple:
    from sklearn.metrics import f1_score

    mode, preset, shots, seed = how
    train = drawn(pool, shots, seed, each=True)
    truth = truth_of(train, test)
    with tempfile.TemporaryDirectory() as work:
        got = lab.fit_predict(lab.trainer(work, preset), train, test, mode=mode)
    return 100 * float((got == truth).mean()), 100 * f1_score(truth, got, average="macro")


def _spread(values: Sequence[float]) -> tuple[float, float]:
    return statistics.mean(values), statistics.stdev(values)


def rows(folder: Path, split: str) -> list[Sample]:
    """Rows with one label of a split, as samples."""
    with open(folder / "data.csv", newline="", encoding="utf-8") as handle:
        table = [r for r in csv.DictReader(handle) if r["split"] == split and "|" not in r["label"]]
    return [
        Sample(i, row.get("text", ""), folder / row["image"] if row.get("image") else None,
               labels=(row["label"],))
        for i, row in enumerate(table, 1)
    ]  # fmt: skip


def drawn(samples: Sequence[Sample], n: int, seed: int, each: bool = False) -> list[Sample]:
    """n samples by chance, or with ``each`` n of every label; the same for the same seed."""
    order = list(samples)
    random.Random(seed).shuffle(order)
    if not each:
        return order[:n]
    by_label: dict[str, list[Sample]] = defaultdict(list)
    for sample in order:
        by_label[sample.labels[0]].append(sample)
    return [sample for label in sorted(by_label) for sample in by_label[label][:n]]
