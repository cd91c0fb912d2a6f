"""Do the explanations mean something? Deletion, insertion, comprehensiveness, sufficiency.

Pictures: Petsiuk et al., "RISE", BMVC 2018 (deletion and insertion). Words: DeYoung et al.,
"ERASER", ACL 2020 (comprehensiveness and sufficiency, averaged over shares of words). Each figure
stands beside the same figure for random relevance and for a centred Gaussian, because a heat map
that beats neither is decoration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageFilter

from ..errors import DatasetError
from ..models.classifier import Classifier
from ..models.explain import explain
from ..types import Progress, Reading

CELLS = 8  # a picture is hidden and shown in 8 x 8 cells
CELL_STEPS = (4, 8, 16, 26, 38, 52)  # cells hidden or shown: finer where most happens
WORD_SHARES = (0.1, 0.2, 0.5)
SEEDS = 5
HIGHER_IS_BETTER = {
    "deletion": False,
    "insertion": True,
    "comprehensiveness": True,
    "sufficiency": False,
}


@dataclass(frozen=True)
class CheckSample:
    """One sample to explain: a sentence, a face crop, or both."""

    text: str
    face: Image.Image | None


def check_explanations(
    classifier: Classifier, samples: Sequence[CheckSample], progress: Progress | None = None
) -> dict[str, object]:
    """Figures per metric: method, random (mean and each seed), centred Gaussian, and the verdict.

    Raises DatasetError when no sample has a face or at least three words.
    """
    rows: dict[str, list[dict[str, list[float]]]] = {name: [] for name in HIGHER_IS_BETTER}
    for done, sample in enumerate(samples):
        for name, figures in _check_one(classifier, sample, seed=done).items():
            rows[name].append(figures)
        if progress:
            progress((done + 1) / len(samples), f"{done + 1} of {len(samples)} explanations")
    measured = {name: _summary(name, figures) for name, figures in rows.items() if figures}
    if not measured:
        raise DatasetError(
            "No row has a face or a sentence of three words, so nothing was measured."
        )
    return {"n": len(samples), "seeds": SEEDS, **measured}


def _check_one(
    classifier: Classifier, sample: CheckSample, seed: int
) -> dict[str, dict[str, list[float]]]:
    """Metric -> {"method": [x], "random": [x per seed], "gaussian": [x]} of one sample."""
    explained = explain(classifier, sample.text, sample.face)
    rng, found = np.random.default_rng(seed), {}

    def probability(texts: list[str], faces: list[Image.Image | None]) -> np.ndarray:
        readings: list[Reading] = classifier.classify(texts, faces)
        return np.array([r.probabilities[explained.label] for r in readings])

    if sample.face is not None:
        relevance = _cell_relevance(explained.heat)
        orders = _orders(relevance, _gaussian((CELLS, CELLS)).ravel(), rng)
        found |= _check_picture(sample, orders, probability)
    spans = [(w.start, w.end) for w in explained.words]
    if len(spans) >= 3:
        weights = np.array([w.weight for w in explained.words])
        orders = _orders(weights, _gaussian((len(spans),)), rng)
        found |= _check_words(sample, spans, orders, probability)
    return found


def _orders(
    relevance: np.ndarray, gaussian: np.ndarray, rng: np.random.Generator
) -> dict[str, list[np.ndarray]]:
    """Orders from most to least relevant: the method's, random ones, the centred Gaussian's."""
    return {
        "method": [np.argsort(-relevance, kind="stable")],
        "random": [rng.permutation(len(relevance)) for _ in range(SEEDS)],
        "gaussian": [np.argsort(-gaussian, kind="stable")],
    }


def _gaussian(shape: tuple[int, ...]) -> np.ndarray:
    """A bump in the middle, deviation a quarter of each side."""
    axes = np.meshgrid(*(np.linspace(-2, 2, n) for n in shape), indexing="ij")
    return np.exp(-sum(a**2 for a in axes) / 2)


def _cell_relevance(heat: np.ndarray) -> np.ndarray:
    """Heat map (h, w) -> mean per cell, (CELLS * CELLS,)."""
    rows, columns = (np.linspace(0, n, CELLS + 1).astype(int) for n in heat.shape)
    return np.array([
        heat[a : max(b, a + 1), c : max(d, c + 1)].mean()
        for a, b in pairwise(rows)
        for c, d in pairwise(columns)
    ])  # fmt: skip


def _check_picture(
    sample: CheckSample,
    orders: dict[str, list[np.ndarray]],
    probability: Callable[[list[str], list[Image.Image | None]], np.ndarray],
) -> dict[str, dict[str, list[float]]]:
    """Area under the probability curve while cells are blurred away, and while they come back."""
    sharp = sample.face
    blurred = sharp.filter(ImageFilter.GaussianBlur(max(sharp.size) / 8))
    ends = probability([sample.text] * 2, [sharp, blurred])
    found = {"deletion": {}, "insertion": {}}
    for name, start, top in (("deletion", sharp, blurred), ("insertion", blurred, sharp)):
        first, last = ends if name == "deletion" else ends[::-1]
        for kind, ranked in orders.items():
            pictures = [_with_cells(start, top, order[:n]) for order in ranked for n in CELL_STEPS]
            values = probability([sample.text] * len(pictures), pictures)
            curves = values.reshape(len(ranked), len(CELL_STEPS))
            shares = np.array([0, *CELL_STEPS, CELLS**2]) / CELLS**2
            found[name][kind] = [
                float(np.trapezoid([first, *curve, last], shares)) for curve in curves
            ]
    return found


def _with_cells(base: Image.Image, top: Image.Image, cells: np.ndarray) -> Image.Image:
    """``base`` with some cells taken from ``top``."""
    mask = np.zeros(CELLS * CELLS, np.uint8)
    mask[cells] = 255
    full = Image.fromarray(mask.reshape(CELLS, CELLS)).resize(base.size, Image.Resampling.NEAREST)
    return Image.composite(top, base, full)


def _check_words(
    sample: CheckSample,
    spans: list[tuple[int, int]],
    orders: dict[str, list[np.ndarray]],
    probability: Callable[[list[str], list[Image.Image | None]], np.ndarray],
) -> dict[str, dict[str, list[float]]]:
    """What is lost without the top words, and what is lost with only the top words."""
    counts = [max(1, round(share * len(spans))) for share in WORD_SHARES]
    full = probability([sample.text], [sample.face])[0]
    found = {"comprehensiveness": {}, "sufficiency": {}}
    for kind, ranked in orders.items():
        without = [_keep(sample.text, spans, o[n:]) for o in ranked for n in counts]
        only = [_keep(sample.text, spans, o[:n]) for o in ranked for n in counts]
        values = full - probability(without + only, [sample.face] * (2 * len(without)))
        lost, kept = values.reshape(2, len(ranked), len(counts)).mean(2)
        found["comprehensiveness"][kind] = lost.tolist()
        found["sufficiency"][kind] = kept.tolist()
    return found


def _keep(text: str, spans: list[tuple[int, int]], words: np.ndarray) -> str:
    """The chosen words in their order."""
    return " ".join(text[a:b] for a, b in (spans[i] for i in sorted(words)))


def _summary(name: str, figures: list[dict[str, list[float]]]) -> dict[str, object]:
    """Means over samples; ``beats_random`` asks for more than the spread over the seeds."""
    method = float(np.mean([f["method"][0] for f in figures]))
    gaussian = float(np.mean([f["gaussian"][0] for f in figures]))
    seeds = np.mean([f["random"] for f in figures], axis=0)
    margin = (method - seeds.mean()) * (1 if HIGHER_IS_BETTER[name] else -1)
    return {
        "n": len(figures),
        "better": "higher" if HIGHER_IS_BETTER[name] else "lower",
        "method": method,
        "random": float(seeds.mean()),
        "random_seeds": seeds.tolist(),
        "gaussian": gaussian,
        "margin_over_random": float(margin),
        "spread_over_seeds": float(np.ptp(seeds)),
        "beats_random": bool(margin > np.ptp(seeds)),
    }
