"""What fine-tuning may change in the encoders: where to start from, and tuning itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import MmdemoError
from .core import share_embeddings
from .encoders import BertTextEncoder
from .training_branch import TextBranch, VisionBranch, middle_features
from .training_budget import affordable, pictures_pass_s, text_pass_s
from .training_head import HeadFit, fit_head
from .training_linear import Fit, choose_linear
from .training_tune import Tuner
from .training_vectors import Vectors, encode_texts

if TYPE_CHECKING:
    from .training import Trainer, TrainPlan

# Half of the way from the base to its kin, the bundled emotion model, which knows feelings: keeps
# what the base knows of topics. Measured on 3,600 tweets with three sentiments, linear model on
# frozen vectors: base 82.3, half way 86.7.
BLEND = 0.5
CLEARLY = 0.99  # it must lower the held-out loss by a percent to be preferred
FEWEST = 40  # texts; with fewer, the comparison would be chance
USUAL = 0.5  # share of samples that must have a modality for its encoder to be tuned


@dataclass(frozen=True)
class Candidate:
    """One way to answer, and its held-out loss."""

    mode: str
    head: HeadFit
    weights: dict[str, Tensor]  # changed encoder weights by key in the classifier
    loss: float


@dataclass(frozen=True)
class Start:
    """The text encoder that tuning starts from, the vectors with it, where it differs, and modality
    -> the linear fit on those vectors."""

    encoder: BertTextEncoder
    vectors: Vectors
    changed: dict[str, Tensor]
    fits: dict[str, Fit]


def best_start(
    trainer: Trainer, plan: TrainPlan, vectors: Vectors, frozen: HeadFit, weights: Tensor | None
) -> Start:
    """The base text encoder, or half way to the bundled emotion model's where a linear model on
    held-out folds is clearly better with it. ``frozen``: the head fitted on ``vectors``."""
    base = Start(trainer.text, vectors, {}, frozen.fits)
    rows, y = vectors.has_text, torch.tensor(plan.targets)
    if int(rows.sum()) < FEWEST or len(y[rows].unique()) < 2:
        return base
    blended = _blended(trainer)
    if blended is None:
        return base
    texts = encode_texts(blended, [s.text for s in plan.samples], trainer.cache)
    folds = torch.tensor(plan.folds)
    part = None if weights is None else weights[rows]
    fit = choose_linear(texts[rows], y[rows], len(plan.labels), folds[rows], weights=part)
    if fit.loss >= CLEARLY * frozen.fits["text"].loss:
        return base
    old = trainer.text.state_dict()
    changed = {
        f"text_encoder.{key}": value.half().float()
        for key, value in blended.state_dict().items()
        if not torch.equal(value, old[key])
    }
    return Start(blended, replace(vectors, text=texts), changed, {**frozen.fits, "text": fit})


def _blended(trainer: Trainer) -> BertTextEncoder | None:
    """Half way between the base and the text encoder of its kin; None where that is of another
    kind or missing. In half precision, as a checkpoint keeps it."""
    if not trainer.preset.kin:
        return None
    try:
        kin = trainer.core.classifier(trainer.preset.kin).text_encoder
    except MmdemoError:
        return None
    if kin.name != trainer.text.name:
        return None
    encoder = share_embeddings(trainer.text, max_tokens=trainer.text.max_tokens)
    other = kin.state_dict()
    state = {
        key: torch.lerp(value, other[key], BLEND).half().float()
        for key, value in encoder.state_dict().items()
        if value.is_floating_point() and not torch.equal(value, other[key])
    }
    encoder.load_state_dict(state, strict=False)
    return encoder.eval()


class Tuning:
    """Tunes the encoders for one fit and puts a head on them."""

    def __init__(
        self, trainer: Trainer, plan: TrainPlan, start: Start, weights: Tensor | None, name: str
    ) -> None:
        self.trainer, self.plan, self.start = trainer, plan, start
        self.vectors, self.weights, self.name = start.vectors, weights, name
        self.mode = plan.tune.mode
        self.y, self.folds = torch.tensor(plan.targets), torch.tensor(plan.folds)
        self.changed = dict(start.changed)
        self.fits: dict[str, Fit] = {}
        self.history: tuple[dict[str, float], ...] = ()
        self.tuned = [name for name in ("text", "vision") if self._worth(name)]

    def run(self) -> Candidate | None:
        """Tune what is worth tuning; what is not keeps its frozen fit. None when "auto" has not the
        time to tune anything, or sees that nothing is won by it."""
        work = {name: self._affordable(name) for name in self.tuned}
        if not any(work.values()) and self.plan.mode == "auto":
            return None
        won = False
        for name, branch in (("text", self._text_branch), ("vision", self._vision_branch)):
            if not self._enough(name):
                continue
            fit = self._tuned(name, branch(), *work[name]) if work.get(name) else None
            won |= fit is not None
            self.fits[name] = fit or self._frozen(name)
        if not won and self.plan.mode == "auto":
            return None
        head = fit_head(
            self.vectors, self.y, len(self.plan.labels), self.folds,
            weights=self.weights, given=self.fits,
        )  # fmt: skip
        return Candidate(self.mode, head, self.changed, held_out_loss(head, self.y))

    def _enough(self, name: str) -> bool:
        rows = self.vectors.present(name)
        return int(rows.sum()) >= FEWEST // 4 and len(self.y[rows].unique()) > 1

    def _worth(self, name: str) -> bool:
        """Whether tuning pays. "auto" tunes pictures only where there is hardly any text, because
        that takes the longer."""
        if not self._enough(name):
            return False
        share = float(self.vectors.present(name).float().mean())
        with_text = float(self.vectors.has_text.float().mean())
        if name == "vision" and self.plan.mode == "auto" and with_text > USUAL:
            return False
        return share > USUAL

    def _affordable(self, name: str) -> tuple[int, int] | None:
        """Folds and epochs; as asked for where the settings name no budget. A mode that a person
        chose is carried out with the least there is, even where that takes longer."""
        tune = self.plan.tune
        folds = int(self.folds.max()) + 1
        if not tune.budget_s:
            return folds, tune.epochs
        texts = [sample.text for sample in self.plan.samples]
        pass_s = (
            text_pass_s(texts, self.start.encoder.max_tokens)
            if name == "text"
            else pictures_pass_s(int(self.vectors.has_vision.sum()))
        )
        found = affordable(pass_s, tune.budget_s / len(self.tuned), folds, tune.epochs)
        return found if found or self.plan.mode == "auto" else (2, 1)

    def _frozen(self, name: str) -> Fit:
        rows = self.vectors.present(name)
        weights = None if self.weights is None else self.weights[rows]
        x = getattr(self.vectors, name)[rows]
        classes = len(self.plan.labels)
        return choose_linear(x, self.y[rows], classes, self.folds[rows], weights=weights)

    def _text_branch(self) -> TextBranch:
        texts = [sample.text for sample in self.plan.samples]
        return TextBranch(self.start.encoder, texts, self.plan.augmentation)

    def _vision_branch(self) -> VisionBranch:
        plan, trainer = self.plan, self.trainer
        path = trainer.work / f"{self.name}-middle.npy"
        views = 3 if plan.augmentation else 1
        middle, _ = middle_features(
            trainer.vision, plan.samples, path, trainer.limits, views=views, seed=plan.tune.seed
        )
        return VisionBranch(trainer.vision, middle)

    def _tuned(
        self, name: str, branch: TextBranch | VisionBranch, folds: int, epochs: int
    ) -> Fit | None:
        given_time = self.plan.search_minutes > 0 or self.plan.mode != "auto"
        rival = None if given_time else self.start.fits.get(name)
        tuner = Tuner(
            branch, getattr(self.vectors, name), self.y, self.folds % folds,
            replace(self.plan.tune, mode=self.mode, epochs=epochs),
            present=self.vectors.present(name), weights=self.weights,
            classes=len(self.plan.labels), callbacks=self.trainer.callbacks,
            state=self.trainer.work / f"{self.name}-{name}.pt",
            rival=None if rival is None else rival.held_out,
        )  # fmt: skip
        tuned = tuner.run()
        self.history += tuple(tuner.history)
        if tuned is None:
            return None
        # as a checkpoint keeps them: half precision is enough for tuned layers
        self.changed |= {key: value.half().float() for key, value in tuned.weights.items()}
        return tuned.fit


def held_out_loss(head: HeadFit, y: Tensor) -> float:
    """Mean cross-entropy of the calibrated held-out answers."""
    return float(F.cross_entropy(head.held_out, y))
