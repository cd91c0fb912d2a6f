"""Fit a pooled head on vectors: one linear model per set of modalities, each calibrated on answers
to samples it had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .fusion import PooledHead
from .training_linear import Fit, Linear, choose_linear, fit_linear, mean_loss
from .training_vectors import Vectors

TEMPERATURES = np.geomspace(0.2, 5, 80)
LEAST_ROWS = 4  # with fewer samples of a modality nothing can be fitted for it
STACK_PENALTY = 1e-2  # L2 of stacking, towards adding the logits as they are
JOINT, STACKED = "joint", "stacked"
CURVE_STRENGTH = 3e-2  # L2 of a learning curve: the same for all sizes, so that they compare


@dataclass(frozen=True)
class HeadFit:
    """A fitted head. ``held_out``: (n, c) calibrated logits that models which had not seen the
    sample gave it, by the modalities it has; ``losses``: set of modalities -> held-out loss;
    ``alone``: set of modalities -> such logits from that set alone, where a sample has it;
    ``fits``: modality -> the fit on it, over the rows that have it."""

    sets: dict[str, Linear]
    temperatures: dict[str, float]
    held_out: Tensor
    losses: dict[str, float]
    alone: dict[str, Tensor]
    fits: dict[str, Fit]
    how: str = JOINT  # how both modalities were joined

    def fill(self, head: PooledHead) -> PooledHead:
        """Write the fitted weights into a head."""
        for name, linear in self.sets.items():
            head.set_linear(name, linear.weight, linear.bias)
        return head


def fit_head(
    vectors: Vectors, y: Tensor, classes: int, folds: Tensor, *, weights: Tensor | None = None,
    given: dict[str, Fit] | None = None, known: dict[str, Fit] | None = None,
) -> HeadFit:  # fmt: skip
    """Fit every set of modalities on the samples that have them.

    ``given``: modality -> a fit made elsewhere (tuned encoders), over the rows that have it; then
    the vectors of that modality are not used and both modalities are joined by stacking alone.
    ``known``: modality -> the fit on these very vectors, made before.
    """
    given = given or {}
    widths = {"text": vectors.text.shape[1], "vision": vectors.vision.shape[1]}
    made = {**(known or {}), **given}
    fits = {m: made.get(m) or _alone(vectors, m, y, classes, folds, weights) for m in widths}
    both = vectors.has_text & vectors.has_vision
    how = JOINT
    if fits["text"] and fits["vision"] and int(both.sum()) >= LEAST_ROWS:
        part = _rows(both, y, folds, weights)
        stacked = stack(
            [_restrict(fits[m], vectors.present(m), both) for m in widths], part, classes
        )
        joint = None
        if not given:
            x = torch.cat([vectors.text[both], vectors.vision[both]], 1)
            joint = choose_linear(
                x, part.y, classes, part.folds, weights=part.weights, blocks=tuple(widths.values())
            )
        how = STACKED if joint is None or stacked.loss < joint.loss else JOINT
        fits["text+vision"] = stacked if how == STACKED else joint
    return _assemble(vectors, y, fits, widths, how)


@dataclass(frozen=True)
class _Part:
    y: Tensor
    folds: Tensor
    weights: Tensor | None


def _rows(rows: Tensor, y: Tensor, folds: Tensor, weights: Tensor | None) -> _Part:
    return _Part(y[rows], folds[rows], None if weights is None else weights[rows])


def _alone(
    vectors: Vectors, name: str, y: Tensor, classes: int, folds: Tensor, weights: Tensor | None
) -> Fit | None:
    rows = vectors.present(name)
    if int(rows.sum()) < LEAST_ROWS or len(y[rows].unique()) < 2:
        return None
    part = _rows(rows, y, folds, weights)
    x = getattr(vectors, name)[rows]
    return choose_linear(x, part.y, classes, part.folds, weights=part.weights)


def _restrict(fit: Fit, present: Tensor, rows: Tensor) -> Fit:
    """The fit with its held-out logits of some rows of those it was made on."""
    return Fit(fit.model, fit.held_out[rows[present]], fit.loss)


def stack(fits: list[Fit], part: _Part, classes: int) -> Fit:
    """Join models of single modalities by one weight each and a bias per class, fitted on logits
    held out (Wolpert, "Stacked generalization", 1992): few numbers, so little can be overfitted."""
    x = torch.stack([f.held_out for f in fits], 2)  # (n, c, modalities)

    def weigh(rows: Tensor) -> tuple[Tensor, Tensor]:
        a = torch.ones(len(fits), requires_grad=True)
        b = torch.zeros(classes, requires_grad=True)
        own = torch.ones(int(rows.sum())) if part.weights is None else part.weights[rows]
        solver = torch.optim.LBFGS([a, b], max_iter=60, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            solver.zero_grad()
            loss = F.cross_entropy(x[rows] @ a + b, part.y[rows], reduction="none")
            penalty = (a - 1).square().sum() + b.square().sum()
            total = (loss * own).sum() / own.sum() + STACK_PENALTY * penalty
            total.backward()
            return total

        with torch.enable_grad():
            solver.step(closure)
        return a.detach().clamp(min=0), b.detach()

    held_out = torch.zeros(len(part.y), classes)
    for fold in part.folds.unique().tolist():
        rest = part.folds != fold
        a, b = weigh(rest)
        held_out[~rest] = x[~rest] @ a + b
    a, b = weigh(torch.ones(len(part.y), dtype=torch.bool))
    weight = torch.cat([f.model.weight * s for f, s in zip(fits, a, strict=True)], 1)
    bias = b + sum(f.model.bias * s for f, s in zip(fits, a, strict=True))
    return Fit(Linear(weight, bias), held_out, mean_loss(held_out, part.y, part.weights))


def _assemble(
    vectors: Vectors, y: Tensor, fits: dict[str, Fit | None], widths: dict[str, int], how: str
) -> HeadFit:
    found = next(fit for fit in fits.values() if fit is not None)
    classes = len(found.model.bias)
    prior = (torch.bincount(y, minlength=classes).float() + 0.5).log()
    have = {
        "text": vectors.has_text, "vision": vectors.has_vision,
        "text+vision": vectors.has_text & vectors.has_vision,
    }  # fmt: skip
    held_out = prior.expand(len(y), classes).clone()
    sets, temperatures, losses, alone = {}, {}, {}, {}
    for name in have:
        fit = fits.get(name)
        if fit is None:  # nothing was seen of it: it answers with how common the labels are
            sets[name] = _fallback(name, fits, widths, prior)
            temperatures[name] = temperatures.get("text" if fits.get("text") else "vision", 1.0)
            if not any(fits.get(m) for m in name.split("+")):
                temperatures[name] = 1.0
            continue
        sets[name], losses[name] = fit.model, fit.loss
        temperatures[name] = fit_temperature(fit.held_out, y[have[name]])
        alone[name] = prior.expand(len(y), classes).clone()
        alone[name][have[name]] = fit.held_out / temperatures[name]
        held_out[have[name]] = alone[name][have[name]]
    single = {name: fit for name, fit in fits.items() if name in widths and fit is not None}
    return HeadFit(sets, temperatures, held_out, losses, alone, single, how)


def _fallback(
    name: str, fits: dict[str, Fit | None], widths: dict[str, int], prior: Tensor
) -> Linear:
    """For a set of modalities without samples: what is known of its parts, else the prior."""
    weights, bias = [], prior
    for m in name.split("+"):
        fit = fits.get(m)
        weights.append(torch.zeros(len(prior), widths[m]) if fit is None else fit.model.weight)
        bias = bias if fit is None else fit.model.bias
    return Linear(torch.cat(weights, 1), bias)


def fit_temperature(logits: Tensor, y: Tensor) -> float:
    """T with the lowest cross-entropy of softmax(logits / T) (Guo et al., 2017)."""
    losses = [float(F.cross_entropy(logits / t, y)) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def learning_curve(
    vectors: Vectors, y: Tensor, classes: int, order: Tensor, sizes: list[int],
    test: tuple[Vectors, Tensor],
) -> list[tuple[int, float]]:  # fmt: skip
    """(samples, accuracy on ``test``) of a linear model on the first samples of ``order``."""
    points = []
    whole, truth = joined(test[0]), test[1]
    x = joined(vectors)
    for size in sizes:
        rows = order[:size]
        if len(y[rows].unique()) < 2:
            continue
        model = fit_linear(x[rows], y[rows], classes, CURVE_STRENGTH)
        points.append((size, float((model(whole).argmax(1) == truth).float().mean())))
    return points


def joined(vectors: Vectors) -> Tensor:
    """(n, d_t + d_v): both modalities side by side, zeros where one is missing."""
    return torch.cat([vectors.text, vectors.vision], 1)
