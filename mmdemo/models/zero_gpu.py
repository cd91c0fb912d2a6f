"""ZeroGPU, the shared GPUs of Hugging Face Spaces.

Such a Space does not start unless some function is marked for the GPU. The bundled models answer
on the processor in less time than a GPU takes to be handed out, so nothing else is marked.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

F = TypeVar("F", bound=Callable)
HELD_S = 10  # of a visitor's daily quota, if anybody calls a marked function


def find_spaces() -> ModuleType | None:
    """The package that a ZeroGPU Space brings; None everywhere else."""
    return importlib.import_module("spaces") if importlib.util.find_spec("spaces") else None


spaces = find_spaces()


def on_gpu(work: F) -> F:
    """``work`` marked for the GPU where there is ZeroGPU, else ``work`` itself."""
    return spaces.GPU(duration=HELD_S)(work) if spaces is not None else work


def graphics_card() -> str:
    """Name of the GPU, seen from inside a function that was given one; "" without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def register() -> Callable[[], str]:
    """Mark the one function that a ZeroGPU Space asks for."""
    return on_gpu(graphics_card)
