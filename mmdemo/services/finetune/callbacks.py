"""How a training job reports how far it is, and is asked to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...models.training_fold import Callbacks


@dataclass
class JobCallbacks:
    """Every field is a plain callable, and cheap."""

    step: Callable[[str, float], None] = lambda name, fraction: None  # fraction of that step
    epoch: Callable[[dict], None] = lambda row: None  # its figures
    message: Callable[[str], None] = lambda text: None
    should_stop: Callable[[], bool] = lambda: False

    def of_trainer(self) -> Callbacks:
        """The same for the trainer, which knows two steps of the job: "encode" and "train"."""
        return Callbacks(
            epoch=self.epoch,
            step=lambda fraction: self.step("train", fraction),
            should_stop=self.should_stop,
            message=self.message,
            read=lambda fraction: self.step("encode", fraction),
        )
