"""Training both sides and the head together, epoch by epoch, so that a kill loses one at most."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import StoppedError
from .classifier import Classifier
from .encoders import Tokens
from .training_fold import Callbacks, TuneSettings
from .training_state import load_state, save_state, with_less_memory

EVAL_BATCH = 16  # samples in one pass without gradients
LEARNED = 0.002  # held-out loss of being 99.8 % sure and right: more epochs teach next to nothing


class Inputs(Protocol):
    """Where batches come from: encoders at work, or kept vectors."""

    def tokens(
        self, rows: Sequence[int], rng: np.random.Generator | None
    ) -> tuple[Tokens | None, Tokens | None]:
        """Text and vision of those samples, None where none has it; ``rng`` augments them."""
        ...


@dataclass(frozen=True)
class Rows:
    """Which samples are trained on, and which are held out to know when to end (none: train for
    all epochs). ``y``: (n,) labels of all; ``weights``: (n,) of the loss."""

    train: Tensor
    held: Tensor
    y: Tensor
    weights: Tensor
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a fit stands among those of one training: its number, how many there are, and how many
    epochs all of them have at most."""

    fold: int = 0
    of: int = 1
    epochs: int = 0


@dataclass(frozen=True)
class Fit:
    """How a fit ended: the epoch whose weights were kept, counted from one, and the history."""

    best_epoch: int
    history: tuple[dict, ...]


class JointFit:
    """One fit of a classifier. ``trained``: the parameters that change; ``state``: the file that
    carries it over a kill; ``place``: for the history, and how much of the whole it is.
    """

    def __init__(
        self, classifier: Classifier, inputs: Inputs, rows: Rows, settings: TuneSettings, *,
        trained: Sequence[nn.Parameter], decay: bool, callbacks: Callbacks, state: Path | None,
        place: Place,
    ) -> None:  # fmt: skip
        self.classifier, self.inputs, self.rows = classifier, inputs, rows
        self.settings, self.decay, self.callbacks, self.state = settings, decay, callbacks, state
        self.place = place
        self.trained = list(trained)
        self.optimizer = torch.optim.Adam(self.trained, lr=settings.rate)
        self.batch = settings.batch
        self.best = {"loss": float("inf"), "epoch": 0, "values": None}
        self.history: list[dict] = []

    def run(self) -> Fit:
        """Train until the held-out loss has not fallen for ``patience`` epochs, or is next to
        nothing; the weights of the best epoch stay in the classifier. Raises StoppedError,
        MmdemoError without memory."""
        done = self._resume()
        for number in range(done, self.settings.epochs):
            if self._ended(number):
                break
            self._epoch(number)
            self._save(number + 1)
        if self.best["values"] is not None:
            self._put(self.best["values"])
        self.classifier.eval()
        return Fit(self.best["epoch"] or len(self.history), tuple(self.history))

    def _ended(self, number: int) -> bool:
        patient = self.settings.patience
        if not len(self.rows.held) or not patient:
            return False
        return self.best["loss"] < LEARNED or number - self.best["epoch"] >= patient

    def _epoch(self, number: int) -> None:
        started = time.monotonic()
        before = self._live()
        (loss, right), self.batch = with_less_memory(
            lambda batch: self._pass(number, batch),
            self.batch, lambda: self._restore(before), self.callbacks.message,
        )  # fmt: skip
        row = {
            "part": "both", "fold": self.place.fold + 1, "epoch": number + 1,
            "epochs": self.place.epochs, "loss": loss, "train_accuracy": right,
        }  # fmt: skip
        if len(self.rows.held):
            row |= self._judge(number)
        row["seconds"] = round(time.monotonic() - started, 2)
        self.history.append(row)
        self.callbacks.epoch(row)

    def _pass(self, number: int, batch: int) -> tuple[float, float]:
        """One pass over the training rows: mean loss, share right. Its chances depend on seed,
        fold and epoch alone, so a resumed run ends with the same bits."""
        key = (self.settings.seed, self.place.fold, number)
        rng = np.random.default_rng(key)
        torch.manual_seed(self.settings.seed * 1_000_003 + self.place.fold * 1_009 + number)
        order = self.rows.train[torch.randperm(len(self.rows.train))].tolist()
        self._learn()
        total, right = 0.0, 0
        for start in range(0, len(order), batch):
            if self.callbacks.should_stop():
                raise StoppedError("Training was stopped.")
            part = order[start : start + batch]
            done = (number + start / len(order)) / self.settings.epochs
            loss, hits = self._step(part, done, rng)
            total, right = total + loss * len(part), right + hits
            self.callbacks.step((self.place.fold + done) / self.place.of)
        return total / len(order), right / len(order)

    def _learn(self) -> None:
        """Dropout on; statistics of small batches would ruin what a batch norm knows."""
        self.classifier.train()
        for layer in self.classifier.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()

    def _step(self, part: list[int], done: float, rng: np.random.Generator) -> tuple[float, int]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate * (max(1 - done, 0.01) if self.decay else 1)
        logits = self.classifier.fuse(*self.inputs.tokens(part, rng)).logits
        y, weights = self.rows.y[part], self.rows.weights[part]
        loss = (F.cross_entropy(logits, y, reduction="none") * weights).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss.detach()), int((logits.argmax(1) == y).sum())

    def _judge(self, number: int) -> dict:
        """Figures on the held-out rows; the weights are kept when the loss is the lowest yet."""
        held = self.rows.held
        logits = self.predict_logits(held.tolist())["both"]
        loss = float(F.cross_entropy(logits, self.rows.y[held]))
        if loss < self.best["loss"]:
            values = [p.detach().clone() for p in self.trained]
            self.best = {"loss": loss, "epoch": number + 1, "values": values}
        guesses = logits.argmax(1)
        report = label_report(guesses, self.rows.y[held], self.rows.labels)
        right = float((guesses == self.rows.y[held]).float().mean())
        return {"val_loss": loss, "val_accuracy": right, "report": report}

    @torch.no_grad()
    def predict_logits(self, rows: Sequence[int]) -> dict[str, Tensor]:
        """(n, c) logits: "both" by what each sample has, "text" and "picture" by that alone (zeros
        where it lacks it)."""
        self.classifier.eval()
        parts: dict[str, list[Tensor]] = {"both": [], "text": [], "picture": []}
        for start in range(0, len(rows), EVAL_BATCH):
            part = rows[start : start + EVAL_BATCH]
            text, vision = self.inputs.tokens(part, None)
            for name, shown in (("both", (text, vision)), ("text", (text, None)),
                                ("picture", (None, vision))):  # fmt: skip
                if shown[0] is None and shown[1] is None:
                    parts[name].append(torch.zeros(len(part), len(self.rows.labels)))
                else:
                    parts[name].append(self.classifier.fuse(*shown).logits)
        return {name: torch.cat(found) for name, found in parts.items()}

    def _put(self, values: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.trained, values, strict=True):
                parameter.copy_(value)

    def _live(self) -> dict:
        return {
            "values": [p.detach().clone() for p in self.trained],
            "optimizer": copy.deepcopy(self.optimizer.state_dict()),
        }

    def _restore(self, live: dict) -> None:
        self._put(live["values"])
        # the optimizer would go on changing the tensors that it is given
        self.optimizer.load_state_dict(copy.deepcopy(live["optimizer"]))

    def _save(self, done: int) -> None:
        if self.state is not None:
            content = {"live": self._live(), "best": self.best, "history": self.history,
                       "batch": self.batch, "done": done}  # fmt: skip
            save_state(self.state, content)

    def _resume(self) -> int:
        """Epochs that are already done."""
        content = load_state(self.state)
        if content is None:
            return 0
        self._restore(content["live"])
        self.best, self.history = content["best"], content["history"]
        self.batch = content["batch"]
        return content["done"]


def label_report(guesses: Tensor, y: Tensor, labels: Sequence[str]) -> dict[str, dict]:
    """Label -> precision, recall, f1, support; what cannot be told (nothing guessed) is 0."""
    report = {}
    for i, label in enumerate(labels):
        hits = int(((guesses == i) & (y == i)).sum())
        guessed, support = int((guesses == i).sum()), int((y == i).sum())
        precision, recall = hits / max(guessed, 1), hits / max(support, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        report[label] = {"precision": precision, "recall": recall, "f1": f1, "support": support}
    return report
