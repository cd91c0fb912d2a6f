"""Temperatures, thresholds, and the dev figures that go into the model card."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mmdemo.models.classifier import Classifier
from mmdemo.models.encoders import Tokens
from mmdemo.services.evaluation import calibration_error
from training.fusion_stage import Faces, Sentences
from training.text_stage import best_thresholds

CHUNK = 256


@torch.inference_mode()
def logits_of(
    classifier: Classifier, sentences: Sentences | None, text_rows: Tensor | None,
    faces: Faces | None, face_rows: Tensor | None,
) -> Tensor:  # fmt: skip
    """Logits of text alone, faces alone or pairs; faces are averaged over their mirror image."""
    n = len(text_rows) if text_rows is not None else len(face_rows)
    out = []
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        text = sentences.tokens(text_rows[part]) if sentences is not None else None
        looks: list[Tokens | None] = [None]
        if faces is not None:
            looks = [faces.tokens(face_rows[part], view) for view in range(2)]
        out.append(torch.stack([classifier.fuse(text, look).logits for look in looks]).mean(0))
    return torch.cat(out)


def pair_rows(targets: Tensor, face_labels: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Every single-label sentence with a random face of its label: text rows, face rows, labels."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.nonzero(targets.sum(1) == 1).flatten()
    labels = targets[rows].argmax(1)
    picks = torch.empty_like(rows)
    for label in range(targets.shape[1]):
        where = torch.nonzero(labels == label).flatten()
        pool = torch.nonzero(face_labels == label).flatten()
        picks[where] = pool[torch.randint(len(pool), (len(where),), generator=generator)]
    return rows, picks, labels


def fit_temperature(logits: Tensor, truth: Tensor) -> float:
    """T that minimises the calibration error of the top answer; ties go to the likelier one.

    ``truth`` is (n, c) 0/1 and may name several right answers. Guo et al. (2017) fit T by
    likelihood; with several right answers likelihood asks for split probabilities, so the measure
    that is reported is fitted directly. One number on thousands of samples does not overfit.
    """
    best = (np.inf, 1.0)
    for temperature in np.geomspace(0.3, 3, 60):
        probabilities = (logits / temperature).softmax(-1).numpy()
        error = ece_of(probabilities, truth.numpy())
        best = min(best, (error, float(temperature)))
    return best[1]


def ece_of(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """15-bin calibration error of the top answer, right when it is one of the true labels."""
    top = probabilities.argmax(1)
    correct = truth[np.arange(len(top)), top] > 0
    return calibration_error(probabilities.max(1), correct)


def calibrate(classifier: Classifier, sets: dict[str, Sentences | Faces], seed: int) -> dict:
    """Fit temperatures and thresholds on dev; returns them with the dev figures."""
    sentences, faces = sets["dev_text"], sets["dev_faces"]
    cases = _dev_cases(classifier, sentences, faces, seed)
    temperatures, figures = {}, {}
    for name, (logits, truth) in cases.items():
        temperatures[name] = fit_temperature(logits, truth)
        probabilities = (logits / temperatures[name]).softmax(-1)
        hit = truth[torch.arange(len(truth)), probabilities.argmax(1)] > 0
        figures[name] = {
            "n": len(truth),
            "accuracy": float(hit.float().mean()),
            "ece": ece_of(probabilities.numpy(), truth.numpy()),
        }
    text = (cases["text"][0] / temperatures["text"]).softmax(-1).numpy()
    thresholds, scores = best_thresholds(text, sentences.targets.numpy())
    figures["text"]["macro_f1"] = float(np.mean(scores))
    figures["text"]["f1"] = dict(zip(classifier.labels, scores, strict=True))
    train = logits_of(classifier, sets["train_text"], _all_rows(sets["train_text"]), None, None)
    one = single_threshold(
        (train / temperatures["text"]).softmax(-1).numpy(), sets["train_text"].targets.numpy()
    )
    figures["text"]["one_threshold"] = one
    figures["text"]["macro_f1_one_threshold"] = _macro_f1(text, sentences.targets.numpy(), one)
    rows, picks, labels = pair_rows(sentences.targets, faces.labels, seed)
    figures["text+vision"]["same_pairs_alone"] = {
        "text": float((cases["text"][0][rows].argmax(1) == labels).float().mean()),
        "vision": float((cases["vision"][0][picks].argmax(1) == labels).float().mean()),
    }
    named = dict(zip(classifier.labels, thresholds, strict=True))
    return {"temperatures": temperatures, "thresholds": named, "figures": figures}


def _dev_cases(
    classifier: Classifier, sentences: Sentences, faces: Faces, seed: int
) -> dict[str, tuple[Tensor, Tensor]]:
    """Logits and 0/1 truth of text alone, face alone and agreeing pairs."""
    eye = torch.eye(len(classifier.labels))
    rows, picks, labels = pair_rows(sentences.targets, faces.labels, seed)
    all_texts, all_faces = _all_rows(sentences), torch.arange(len(faces.labels))
    return {
        "text": (logits_of(classifier, sentences, all_texts, None, None), sentences.targets),
        "vision": (logits_of(classifier, None, None, faces, all_faces), eye[faces.labels]),
        "text+vision": (logits_of(classifier, sentences, rows, faces, picks), eye[labels]),
    }


def _all_rows(sentences: Sentences) -> Tensor:
    return torch.arange(len(sentences.targets))


def _macro_f1(probabilities: np.ndarray, targets: np.ndarray, threshold: float) -> float:
    hit, truth = probabilities >= threshold, targets > 0
    return float(np.mean(2 * (hit & truth).sum(0) / np.maximum(hit.sum(0) + truth.sum(0), 1)))


def single_threshold(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The one threshold for all labels with the best macro F1."""
    grid = np.arange(0.1, 0.6, 0.01)
    return float(max(grid, key=lambda threshold: _macro_f1(probabilities, targets, threshold)))
