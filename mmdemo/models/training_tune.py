"""Tune one encoder on folds: every fold is left out once, so every sample gets an answer from a
model that had not seen it, and the average of the fold models' weights is the tuned encoder.

The average of models tuned from one start lies in the same valley and is about as good as their
ensemble (Wortsman et al., "Model soups", 2022). Kill it at any time: it goes on from the last
finished epoch and ends with the same bits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from .training_branch import TextBranch, VisionBranch
from .training_fold import Callbacks, FoldRun, TuneSettings
from .training_head import fit_temperature
from .training_linear import Fit, Linear, mean_loss
from .training_state import load_state, save_state, with_less_memory

CLEARLY_WORSE = 1.01
"""Times the rival's loss: on a fold of 200 samples, less than that may be chance."""


@dataclass(frozen=True)
class Tuned:
    """What tuning gives: changed weights by their key in the classifier, and a linear model on the
    tuned vectors with its held-out logits (of the rows it was tuned on, in their order)."""

    weights: dict[str, Tensor]
    fit: Fit


class Tuner:
    """Tunes one branch. ``present``: (n,) bool, which samples have the modality; ``folds``: (n,).

    ``state``: the file that carries it over a kill; None keeps nothing.
    """

    def __init__(
        self, branch: TextBranch | VisionBranch, frozen: Tensor, y: Tensor, folds: Tensor,
        settings: TuneSettings, *, present: Tensor, weights: Tensor | None = None,
        state: Path | None = None, callbacks: Callbacks | None = None, classes: int = 0,
        rival: Tensor | None = None,
    ) -> None:  # fmt: skip
        """``rival``: held-out logits of those that have the modality, by a linear model on frozen
        vectors; tuning that is clearly worse on its first folds is given up."""
        self.rival = rival
        self.branch, self.frozen, self.y = branch, frozen, y
        self.present, self.folds, self.settings = present, folds, settings
        self.weights = torch.ones(len(y)) if weights is None else weights / weights.mean()
        self.classes = classes or int(y.max()) + 1
        self.state, self.callbacks = state, callbacks or Callbacks()
        self.batch = settings.batch
        self.done: list[dict] = []  # per finished fold: tuned weights, linear, held-out logits
        self.history: list[dict[str, float]] = []
        self.numbers = sorted(folds[present].unique().tolist())

    def run(self) -> Tuned | None:
        """Tune every fold; None when that was given up. Raises StoppedError when stopped,
        MmdemoError when memory is short."""
        resumed = self._load()
        for fold in self.numbers[len(self.done) :]:
            if self.done and self._is_worse():
                return None
            self._fold(fold, resumed)
            resumed = None
        rows = torch.nonzero(self.present).flatten()
        held_out = torch.zeros(len(rows), self.classes)
        for fold, part in zip(self.numbers, self.done, strict=True):
            held_out[self.folds[rows] == fold] = part["held_out"]
        weights = {
            key: torch.stack([part["weights"][key] for part in self.done]).mean(0)
            for key in self.done[0]["weights"]
        }
        model = Linear(
            torch.stack([part["weight"] for part in self.done]).mean(0),
            torch.stack([part["bias"] for part in self.done]).mean(0),
        )
        loss = mean_loss(held_out, self.y[rows], self.weights[rows])
        return Tuned(weights, Fit(model, held_out, loss))

    def _is_worse(self) -> bool:
        """Whether the finished folds answer clearly worse than the rival, each at the temperature
        that suits it best."""
        if self.rival is None:
            return False
        rows = torch.nonzero(self.present).flatten()
        inside = torch.isin(self.folds[rows], torch.tensor(self.numbers[: len(self.done)]))
        tuned = torch.zeros(len(rows), self.classes)
        for fold, part in zip(self.numbers, self.done, strict=False):
            tuned[self.folds[rows] == fold] = part["held_out"]
        y, weights = self.y[rows][inside], self.weights[rows][inside]
        ours, theirs = (
            mean_loss(logits / fit_temperature(logits, y), y, weights)
            for logits in (tuned[inside], self.rival[inside])
        )
        return ours > theirs * CLEARLY_WORSE

    def _fold(self, fold: int, resumed: dict | None) -> None:
        left_out = torch.nonzero(self.present & (self.folds == fold)).flatten()
        rows = torch.nonzero(self.present & (self.folds != fold)).flatten()
        run = FoldRun(
            self.branch, self.frozen, self.y, self.weights, self.settings, rows=rows,
            classes=self.classes,
        )  # fmt: skip
        start = [t.clone() for t in run.average]
        best = {"loss": float("inf"), "average": None, "epoch": -1}
        first = 0
        if resumed:
            run.load(resumed["run"])
            best, first = resumed["best"], resumed["epoch"]
        for number in range(first, self.settings.epochs):
            if number - 1 - best["epoch"] >= self.settings.patience > 0 and number:
                break
            started = time.monotonic()
            train_loss = self._epoch(run, number, fold)
            logits = run.predict_logits(left_out)
            loss = mean_loss(logits, self.y[left_out], self.weights[left_out])
            if loss < best["loss"]:
                best = {
                    "loss": loss, "epoch": number, "held_out": logits,
                    "average": [t.clone() for t in run.average],
                }  # fmt: skip
            right = (logits.argmax(1) == self.y[left_out]).float().mean()
            self._report_epoch(
                fold, number, loss=train_loss, val_loss=loss, val_accuracy=float(right),
                seconds=round(time.monotonic() - started, 2),
            )  # fmt: skip
            self._save({"run": run.state(), "best": best, "epoch": number + 1})
        if best["average"] is None:  # the rate was far too high: no epoch gave numbers
            run.average = start
            best = {"average": start, "held_out": run.predict_logits(left_out)}
        self._finish(run, best)

    def _finish(self, run: FoldRun, best: dict) -> None:
        """Keep what a fold gave: the weights of its best epoch, and a linear model on top."""
        run.average = best["average"]
        run.swap(best["average"])
        linear = run.linear()
        self.done.append(
            {
                "weights": self.branch.tuned(), "weight": linear.weight, "bias": linear.bias,
                "held_out": best["held_out"],
            }
        )  # fmt: skip
        self._save(None)

    def _epoch(self, run: FoldRun, number: int, fold: int) -> float:
        """One epoch; where memory is short, with half the batch from where the epoch began."""
        before, callbacks = run.state(), self._within(fold, number)
        loss, self.batch = with_less_memory(
            lambda batch: run.epoch(number, fold, callbacks, batch), self.batch,
            lambda: run.load(before), self.callbacks.message,
        )  # fmt: skip
        return loss

    def _within(self, fold: int, number: int) -> Callbacks:
        """The callbacks, with a step that reports the share of all folds."""
        epochs, of = self.settings.epochs, len(self.numbers)
        at = self.numbers.index(fold) * epochs + number
        return replace(
            self.callbacks, step=lambda share: self.callbacks.step((at + share) / (of * epochs))
        )

    def _report_epoch(self, fold: int, number: int, **figures: float) -> None:
        row = {
            "part": self.branch.name, "fold": self.numbers.index(fold) + 1, "epoch": number + 1,
            "epochs": len(self.numbers) * self.settings.epochs, **figures,
        }  # fmt: skip
        self.history.append(row)
        self.callbacks.epoch(row)

    def _save(self, current: dict | None) -> None:
        save_state(
            self.state,
            {
                "done": self.done, "history": self.history, "batch": self.batch,
                "current": current,
            },
        )  # fmt: skip

    def _load(self) -> dict | None:
        """What was saved; returns the state of the fold that was being tuned."""
        content = load_state(self.state)
        if content is None:
            return None
        self.done, self.history = content["done"], content["history"]
        self.batch = content["batch"]
        return content["current"]
