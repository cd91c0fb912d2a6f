"""Epoch state that survives a kill, and averaged weights."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn


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
