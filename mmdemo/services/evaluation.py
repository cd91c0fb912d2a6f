"""Metrics, in plain numpy: classification, calibration and retrieval. No model, no files.

Everywhere n is the number of samples and c the number of labels, in the order of ``labels``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ECE_BINS = 15  # Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2
RECALL_RANKS = (1, 5, 10)

# What "macro_f1" is, as written into the output of `evaluate`.
ARGMAX_RULE = "argmax: the single most probable label counts as predicted"
THRESHOLD_RULE = (
    "threshold: every label whose probability reaches the checkpoint's threshold counts as "
    "predicted, because some rows have several labels"
)


@dataclass(frozen=True)
class LabelOutcome:
    """True and predicted labels of n samples.

    probabilities: (n, c) float; truth: (n, c) bool, at least one True a row; present: (n, c) bool,
    the labels whose probability passes its threshold.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    truth: np.ndarray
    present: np.ndarray

    @property
    def top(self) -> np.ndarray:
        """(n,) index of the most probable label; the first one wins a tie."""
        return self.probabilities.argmax(1)

    @property
    def correct(self) -> np.ndarray:
        """(n,) bool: whether the most probable label is one of the true ones."""
        return self.truth[np.arange(len(self.truth)), self.top]

    @property
    def top_only(self) -> np.ndarray:
        """(n, c) bool with the most probable label alone."""
        return np.eye(len(self.labels), dtype=bool)[self.top]

    @property
    def several(self) -> bool:
        """Whether any sample has more than one true label."""
        return bool((self.truth.sum(1) > 1).any())


def precision_recall_f1(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Per label precision, recall and F1 of two (n, c) bool arrays -> (c, 3). 0/0 counts as 0."""
    hits = (truth & predicted).sum(0).astype(float)
    precision = hits / np.maximum(predicted.sum(0), 1)
    recall = hits / np.maximum(truth.sum(0), 1)
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return np.stack([precision, recall, f1], axis=1)


def macro_f1(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean F1 over the labels that occur in the truth or in the predictions.

    This is scikit-learn's macro average: a label that a dataset does not use at all is left out.
    """
    used = (truth | predicted).any(0)
    return float(precision_recall_f1(truth, predicted)[used, 2].mean()) if used.any() else 0.0


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = ECE_BINS) -> float:
    """Expected calibration error (Guo et al. 2017, eq. 3): equal-width bins ((m-1)/M, m/M].

    confidence: (n,) in 0..1; correct: (n,) bool. The mean over samples of
    \\|accuracy - mean confidence\\| of their bin.
    """
    if len(confidence) == 0:
        return 0.0
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(which, weights=correct.astype(float) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def confusion_matrix(outcome: LabelOutcome) -> np.ndarray:
    """(c, c) counts, rows = true label, columns = most probable label; they sum to n.

    A sample with several true labels counts once: under the predicted label when that is one of
    them, else under the first true label in the order of ``labels``.
    """
    true = np.where(outcome.correct, outcome.top, outcome.truth.argmax(1))
    size = len(outcome.labels)
    flat = np.bincount(true * size + outcome.top, minlength=size * size)
    return flat.reshape(size, size)


def summary(outcome: LabelOutcome, several: bool | None = None) -> dict[str, float]:
    """The four headline figures: n, accuracy, macro_f1 and ece.

    ``several`` chooses the macro F1 rule; by default whether any sample has several true labels.
    """
    by_threshold = outcome.several if several is None else several
    predicted = outcome.present if by_threshold else outcome.top_only
    confidence = outcome.probabilities.max(1) if len(outcome.truth) else np.zeros(0)
    return {
        "n": len(outcome.truth),
        "accuracy": float(outcome.correct.mean()) if len(outcome.truth) else 0.0,
        "macro_f1": macro_f1(outcome.truth, predicted),
        "ece": calibration_error(confidence, outcome.correct),
    }


def classification_scores(outcome: LabelOutcome) -> dict[str, object]:
    """Everything `evaluate` reports for labelled samples (DESIGN.md, section 5), ready for JSON.

    Accuracy is top-1: the most probable label is one of the true ones. The per-label report follows
    the same rule as ``macro_f1``; ``macro_f1_rule`` names it and both variants are given.
    """
    predicted = outcome.present if outcome.several else outcome.top_only
    table = precision_recall_f1(outcome.truth, predicted)
    support = outcome.truth.sum(0)
    report = {
        label: {
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(count),
        }
        for label, (precision, recall, f1), count in zip(
            outcome.labels, table, support, strict=True
        )
    }
    figures = summary(outcome)
    return {
        "n": figures["n"],
        "labels": list(outcome.labels),
        "accuracy": figures["accuracy"],
        "macro_f1": figures["macro_f1"],
        "macro_f1_rule": THRESHOLD_RULE if outcome.several else ARGMAX_RULE,
        "threshold_macro_f1": macro_f1(outcome.truth, outcome.present),
        "argmax_macro_f1": macro_f1(outcome.truth, outcome.top_only),
        "ece": figures["ece"],
        "report": report,
        "confusion_matrix": confusion_matrix(outcome).tolist(),
    }


def first_match_ranks(similarity: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Rank (1 = best) of each query's best relevant candidate: (q, k), (q, k) bool -> (q,).

    A tie with an irrelevant candidate counts against the query, so that a model that gives
    everything the same score is not rewarded.
    """
    if not relevant.any(1).all():
        raise ValueError("every query needs at least one relevant candidate")
    if not np.isfinite(similarity).all():
        raise ValueError("similarities must be finite")
    best = np.where(relevant, similarity, -np.inf).max(1, keepdims=True)
    return 1 + (~relevant & (similarity >= best)).sum(1)


def recall_at_k(ranks: np.ndarray, k: int) -> float:
    """Share of queries, in percent, whose first relevant candidate is among the first k."""
    return float(100 * (np.asarray(ranks) <= k).mean())


def rank_figures(ranks: np.ndarray) -> dict[str, float]:
    """R@1, R@5, R@10 in percent and the median rank."""
    figures = {f"r@{k}": recall_at_k(ranks, k) for k in RECALL_RANKS}
    return {**figures, "median_rank": float(np.median(ranks))}


def retrieval_scores(similarity: np.ndarray, medium_of_text: Sequence[int]) -> dict[str, object]:
    """Both directions of text-media retrieval, the captions of one medium grouped.

    similarity: (texts, media); ``medium_of_text[i]`` is the column that text i describes. A text
    looks for its one medium; a medium is answered by the best of its captions
    (Hodosh et al., JAIR 2013).
    """
    owner = np.asarray(medium_of_text)
    n_texts, n_media = similarity.shape
    relevant = owner[:, None] == np.arange(n_media)[None, :]  # (texts, media)
    return {
        "n_media": n_media,
        "n_texts": n_texts,
        "text_to_media": rank_figures(first_match_ranks(similarity, relevant)),
        "media_to_text": rank_figures(first_match_ranks(similarity.T, relevant.T)),
    }
