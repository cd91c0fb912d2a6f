"""One fold of tuning: an encoder with a linear layer on top, trained epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import StoppedError
from .training_branch import TextBranch, VisionBranch
from .training_linear import Linear, fit_linear
from .training_weights import TunedWeights

HEAD_LEARNING_RATE = 1e-3
WEIGHT_DECAY, WARM_UP, LABEL_SMOOTHING = 0.01, 0.1, 0.05
EMA_DECAY = 0.99  # of the running average of weights, warmed up
DROPOUT = 0.2  # of the pooled vector
EVAL_BATCH = 64  # rows in one pass without gradients
START_STRENGTH = 3e-2


@dataclass(frozen=True)
class TuneSettings:
    """How to tune; ``mode`` is "adapter" or "full". With a ``budget_s`` the folds and ``epochs``
    shrink until tuning is expected to take that many seconds on two cores."""

    mode: str = "adapter"
    epochs: int = 4
    rate: float = 5e-4
    batch: int = 32
    patience: int = 2
    seed: int = 0
    budget_s: float = 0.0


@dataclass
class Callbacks:
    """How training reports, and how it is stopped. Every call is cheap."""

    epoch: Callable[[dict[str, float]], None] = lambda row: None
    step: Callable[[float], None] = lambda fraction: None  # of the tuning as a whole
    should_stop: Callable[[], bool] = lambda: False
    message: Callable[[str], None] = lambda text: None
    read: Callable[[float], None] = lambda fraction: None  # of the media, where they are read first


class FoldRun(TunedWeights):
    """One fold: a fresh encoder with a linear layer on top, trained on the other folds."""

    def __init__(
        self, branch: TextBranch | VisionBranch, frozen: Tensor, y: Tensor, weights: Tensor,
        settings: TuneSettings, *, rows: Tensor, classes: int,
    ) -> None:  # fmt: skip
        self.branch, self.y, self.weights, self.settings = branch, y, weights, settings
        self.rows = rows
        x = frozen[rows]
        self.mean, self.scale = x.mean(0), x.std(0, unbiased=False).clamp(min=1e-3)
        z = (x - self.mean) / self.scale
        start = fit_linear(z, y[rows], classes, START_STRENGTH, weights[rows])
        self.head = nn.Linear(x.shape[1], classes)
        with torch.no_grad():
            self.head.weight.copy_(start.weight)
            self.head.bias.copy_(start.bias)
        torch.manual_seed(settings.seed)
        self.tuned = branch.open(settings.mode)
        optimizer = torch.optim.AdamW(
            [
                {"params": self.tuned, "lr": settings.rate},
                {"params": list(self.head.parameters()), "lr": HEAD_LEARNING_RATE},
            ],
            weight_decay=WEIGHT_DECAY,
        )
        super().__init__([*self.tuned, *self.head.parameters()], optimizer, EMA_DECAY)

    def rate(self, done: float) -> float:
        """Share of the full rate: linear warm-up, then down along a line. ``done``: 0..1."""
        return min(done / WARM_UP, (1 - done) / (1 - WARM_UP))

    def logits(self, rows: list[int]) -> Tensor:
        """(n, c) of those rows, with the weights as they are now."""
        z = (self.branch.pooled(rows) - self.mean) / self.scale
        return self.head(F.dropout(z, DROPOUT, training=self.head.training))

    def epoch(self, number: int, fold: int, callbacks: Callbacks, batch: int) -> float:
        """One pass over the rows; mean loss. Its random numbers depend on seed, fold and epoch
        alone."""
        torch.manual_seed(self.settings.seed * 1_000_003 + fold * 1_009 + number)
        self.branch.train(True)
        self.head.train()
        batches, total = self.branch.batches(self.rows, batch), 0.0
        for i, rows in enumerate(batches):
            if callbacks.should_stop():
                raise StoppedError("Training was stopped.")
            done = (number + (i + 1) / len(batches)) / self.settings.epochs
            for group, full in zip(
                self.optimizer.param_groups, (self.settings.rate, HEAD_LEARNING_RATE), strict=True
            ):
                group["lr"] = full * max(self.rate(done), 0.01)
            loss = self._step(rows)
            total += loss
            callbacks.step((i + 1) / len(batches))
        return total / len(batches)

    def _step(self, rows: list[int]) -> float:
        loss = F.cross_entropy(
            self.logits(rows), self.y[rows], reduction="none", label_smoothing=LABEL_SMOOTHING
        )
        return self.step((loss * self.weights[rows]).mean())

    @torch.inference_mode()
    def predict_logits(self, rows: Tensor) -> Tensor:
        """(n, c) logits with the averaged weights."""
        live = self.swap(self.average)
        self.branch.train(False)
        self.head.eval()
        out = torch.zeros(len(rows), self.head.out_features)
        order = self.branch.order(rows)
        for start in range(0, len(order), EVAL_BATCH):
            part = order[start : start + EVAL_BATCH]
            out[part] = self.logits(rows[part].tolist())
        self.swap(live)
        return out

    def linear(self) -> Linear:
        """The averaged head on raw vectors."""
        weight, bias = self.average[-2] / self.scale, self.average[-1]
        return Linear(weight, bias - weight @ self.mean)
