"""From probabilities to what a person reads: figures, verdict, samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ...types import Note, Sample
from ..evaluation import (
    LabelOutcome,
    classification_scores,
    summary,
)
from .types import SampleResult

BINS = 10  # of the calibration chart
ENOUGH_TO_TELL = 50  # held-out samples; with fewer, a flat learning curve may be chance


def outcome(labels: Sequence[str], probabilities: np.ndarray, truth: Sequence[int]) -> LabelOutcome:
    """Arrays for the shared metrics; one true label a sample."""
    hits = np.eye(len(labels), dtype=bool)[np.asarray(truth, dtype=int)]
    return LabelOutcome(tuple(labels), probabilities, hits, probabilities >= 0.5)


def figures(labels: Sequence[str], probabilities: np.ndarray, truth: Sequence[int]) -> dict:
    """Everything `evaluate` reports."""
    return classification_scores(outcome(labels, probabilities, truth))


def headline(labels: Sequence[str], probabilities: np.ndarray, truth: Sequence[int]) -> dict:
    """n, accuracy, macro_f1, ece."""
    return summary(outcome(labels, probabilities, truth))


def baseline(
    labels: Sequence[str], guesses: np.ndarray | None, train: Sequence[int], truth: Sequence[int]
) -> dict:
    """Before training: the label whose name is nearest to the text, or the most frequent label
    where there is no text. ``most_frequent`` is always given beside it."""
    common = Counter(train).most_common(1)[0][0]
    eye = np.eye(len(labels))
    constant = np.full(len(truth), common)
    found = headline(labels, eye[constant if guesses is None else guesses], truth)
    rule = "most frequent label" if guesses is None else "label name nearest to the text"
    always = headline(labels, eye[constant], truth)
    return {**found, "rule": rule, "most_frequent": always["accuracy"]}


def by_modality(
    labels: Sequence[str], parts: Mapping[str, np.ndarray], truth: Sequence[int], rows: np.ndarray
) -> dict[str, dict[str, float]]:
    """ "text", "picture" and "both" on the samples that have both; empty where none has."""
    if not rows.any():
        return {}
    chosen = np.asarray(truth)[rows]
    return {name: headline(labels, p[rows], chosen) for name, p in parts.items()}


def calibration(probabilities: np.ndarray, truth: Sequence[int]) -> tuple[dict[str, float], ...]:
    """Confidence against accuracy in bins of a tenth; empty bins are left out."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == np.asarray(truth)
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return tuple(
        {
            "confidence": float(confidence[which == b].mean()),
            "accuracy": float(right[which == b].mean()),
            "n": int((which == b).sum()),
        }
        for b in range(BINS)
        if (which == b).any()
    )


def sample_results(
    samples: Sequence[Sample], labels: Sequence[str], probabilities: np.ndarray,
    truth: Sequence[int],
) -> tuple[SampleResult, ...]:  # fmt: skip
    """One per held-out sample, the surest right first, the surest wrong last."""
    found = []
    for sample, p, t in zip(samples, probabilities, truth, strict=True):
        medium = sample.image or sample.video
        kind = "image" if sample.image else "video" if sample.video else ""
        best = int(p.argmax())
        found.append(
            SampleResult(
                sample.row, labels[t], labels[best], float(p[best]), float(p[t]),
                sample.text, medium, kind,
            )
        )  # fmt: skip
    return tuple(
        sorted(found, key=lambda r: r.probability if r.right else -r.probability, reverse=True)
    )


def verdict(scores: dict, base: dict, modalities: dict) -> Note:
    """The one sentence first."""
    n = scores["n"]
    of = 100 if n >= 100 else n

    def count(part: dict) -> int:
        return round(part["accuracy"] * of)

    values: dict[str, object] = {"right": count(scores), "of": of, "before": count(base), "n": n}
    said = f"Your model gets {values['right']} of {of} held-out samples right; "
    said += f"before training {values['before']}"
    code = "verdict"
    if modalities:
        values |= {
            "text": count(modalities["text"]), "picture": count(modalities["picture"]),
        }  # fmt: skip
        said += f"; with the text alone {values['text']}"
        said += f"; with the picture alone {values['picture']}"
        code = "verdict_both"
    return Note(code, said + ".", values)


def notes_on(scores: dict, base: dict, how: str, curve: Sequence[tuple[int, float]]) -> list[Note]:
    """What a person should know beside the verdict."""
    found = []
    n = scores["n"]
    if how == "folds":
        found.append(
            Note("scored_in_folds", "There are too few samples to put some aside for good, so "
                 "every sample was held out once and answered by a model that had not seen it.",
                 {"n": n})
        )  # fmt: skip
    elif n < ENOUGH_TO_TELL:
        found.append(
            Note("few_held_out", f"Only {n} samples were held out, so the score can be off by "
                 f"{round(100 / n ** 0.5)} points either way.",
                 {"n": n, "points": round(100 / n ** 0.5)})
        )  # fmt: skip
    if scores["accuracy"] <= base["most_frequent"]:
        found.append(
            Note("no_better", "That is no better than always answering the most frequent label: "
                 "the model has found nothing in these samples that tells the labels apart.")
        )  # fmt: skip
    if len(curve) >= 3:
        gain = curve[-1][1] - curve[-2][1]
        if gain >= 0.01:
            found.append(
                Note("more_data_helps", f"The last {curve[-1][0] - curve[-2][0]} samples still "
                     f"brought {round(100 * gain)} points: more samples would help.",
                     {"points": round(100 * gain), "samples": curve[-1][0] - curve[-2][0]})
            )  # fmt: skip
        elif n >= ENOUGH_TO_TELL or scores["accuracy"] == 1:
            found.append(
                Note("enough_data", "The last samples brought nearly nothing more: for this kind "
                     "of data there are enough.")
            )  # fmt: skip
    return found
