"""One cycle of tuning: rates that rise and fall, averaged weights, a state that survives a kill."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn


class AveragedModel:
    """Exponential moving average of weights and buffers (Polyak averaging), warmed up.

    The decay grows as (1 + step) / (10 + step) up to ``decay``, so early averages are not
    dominated by the starting point.
    """

    def __init__(self, model: nn.Module, decay: float = 0.998) -> None:
        self.decay = decay
        self.step = 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.step += 1
        decay = min(self.decay, (1 + self.step) / (10 + self.step))
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[key].lerp_(value, 1 - decay)
            else:
                self.state[key].copy_(value)

    def state_dict(self) -> dict:
        return {"step": self.step, "state": self.state}

    def load_state_dict(self, saved: dict) -> None:
        self.step, self.state = saved["step"], saved["state"]


class RateCycle:
    """One rise and fall of the rates over ``steps``. ``groups`` are AdamW's, each with its highest
    rate as "lr"; ``done`` epochs were finished by a run that was killed."""

    def __init__(
        self, model: nn.Module, groups: list[dict], steps: int, path: Path, *, averaging: float
    ) -> None:
        self.model, self.path = model, path
        self.optimizer = torch.optim.AdamW(groups, weight_decay=0.05)
        highest = [group["lr"] for group in groups]
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, highest, total_steps=steps, pct_start=0.15
        )
        self.averaged = AveragedModel(model, averaging)
        self.done = load_epoch(path, **self._kept())

    def _kept(self) -> dict:
        names = ("model", "optimizer", "schedule", "averaged")
        return {name: getattr(self, name) for name in names}

    def step(self, loss: Tensor) -> float:
        """One step down the gradient of the loss; returns the loss."""
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update(self.model)
        return loss.item()

    def save(self, epoch: int) -> None:
        """Keep the state of a finished epoch."""
        save_epoch(self.path, epoch, **self._kept())

    def run(
        self,
        epochs: int,
        epoch: Callable[[str], float],
        scores: Callable[[], dict],
        *,
        log: Path,
        name: str | int,
    ) -> None:
        """The epochs that are still to do, each followed by the scores of the averaged weights and
        a line in the log. ``epoch`` takes a title and gives the mean loss. The model ends with its
        averaged weights."""
        for number in range(self.done + 1, epochs + 1):
            started = time.time()
            loss = epoch(f"{name}: {number}/{epochs}")
            with averaged_weights(self.model, self.averaged):
                found = scores()
            self.save(number)
            row = {"cycle": name, "epoch": number, "loss": loss}
            log_row(log, {**row, "minutes": (time.time() - started) / 60, **found})
        self.model.load_state_dict(self.averaged.state)


@contextmanager
def averaged_weights(model: nn.Module, averaged: AveragedModel) -> Iterator[None]:
    """The model with its averaged weights; the live ones come back at the end."""
    live = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(averaged.state)
    try:
        yield
    finally:
        model.load_state_dict(live)


def log_row(path: Path, row: dict) -> None:
    """Append one line of JSON to a log, and show it."""
    with open(path, "a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")
    print(row, flush=True)


def save_epoch(path: Path, epoch: int, **parts) -> None:
    """Write the state of a finished epoch in one rename, with every random generator's state."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: part.state_dict() for name, part in parts.items()}
    temporary = path.with_suffix(".tmp")
    torch.save({"epoch": epoch, "rng": torch.get_rng_state(), **state}, temporary)
    with open(temporary, "rb") as handle:
        os.fsync(handle.fileno())
    os.replace(temporary, path)


def load_epoch(path: Path, **parts) -> int:
    """Restore what :func:`save_epoch` wrote; returns the number of finished epochs (0 if none)."""
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    torch.set_rng_state(state["rng"])
    return state["epoch"]
