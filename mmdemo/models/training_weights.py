"""Weights under training: one step of gradient descent, and the running average that is kept."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

MAX_GRAD_NORM = 1.0


class TunedWeights:
    """Parameters, their optimizer, and their running average (Polyak and Juditsky, 1992).

    ``most`` is the decay of the average, warmed up over the first steps.
    """

    def __init__(
        self, params: list[nn.Parameter], optimizer: torch.optim.Optimizer, most: float
    ) -> None:
        self.params, self.optimizer, self._most = params, optimizer, most
        self.average = [p.detach().clone() for p in params]
        self.steps = 0

    def step(self, loss: Tensor) -> float:
        """Go one step down; returns the loss as a number."""
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.params, MAX_GRAD_NORM)
        self.optimizer.step()
        self.steps += 1
        decay = min(self._most, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for kept, live in zip(self.average, self.params, strict=True):
                kept.lerp_(live, 1 - decay)
        return float(loss.detach())

    @torch.no_grad()
    def swap(self, values: Sequence[Tensor]) -> list[Tensor]:
        """Put values into the parameters; returns what was there."""
        before = [p.detach().clone() for p in self.params]
        for p, value in zip(self.params, values, strict=True):
            p.copy_(value)
        return before

    def state(self) -> dict:
        """A copy of everything that training changes."""
        return {
            "params": [p.detach().clone() for p in self.params],
            "average": [t.clone() for t in self.average],
            "optimizer": copy.deepcopy(self.optimizer.state_dict()), "steps": self.steps,
        }  # fmt: skip

    def load(self, state: dict) -> None:
        """Go back to a state."""
        self.swap(state["params"])
        self.average = [t.clone() for t in state["average"]]
        # the optimizer would go on changing the tensors that it is given
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        self.steps = state["steps"]
