"""What lets a killed training go on, and one that is short of memory go on with smaller batches."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from ..errors import MmdemoError

SMALLEST_BATCH = 4
T = TypeVar("T")


def save_state(path: Path | None, content: dict) -> None:
    """Write tensors and plain values so that a kill leaves the old state or the new one."""
    if path is None:
        return
    temporary = path.with_suffix(".tmp")
    torch.save(content, temporary)
    with open(temporary, "rb") as handle:
        os.fsync(handle.fileno())
    os.replace(temporary, path)


def load_state(path: Path | None) -> dict | None:
    """What was saved, or None. Tensors and plain values only: nothing in it is run."""
    if path is None or not path.exists():
        return None
    return torch.load(path, map_location="cpu", weights_only=True)


def with_less_memory(
    work: Callable[[int], T], batch: int, undo: Callable[[], None], message: Callable[[str], None]
) -> tuple[T, int]:
    """What ``work(batch)`` gives, and the batch it went well with: where memory is short the work
    is undone and tried again with half. Raises MmdemoError when even a few samples are too many."""
    while True:
        try:
            return work(batch), batch
        except (RuntimeError, MemoryError) as error:
            if not short_of_memory(error):
                raise
            if batch // 2 < SMALLEST_BATCH:
                raise MmdemoError(
                    "There is not enough memory to train, even a few samples at a time. Close "
                    'other programs, or choose the mode "head", which needs the least.',
                    code="out_of_memory",
                ) from error
        batch //= 2
        message(f"Memory was short: going on with {batch} samples at a time.")
        undo()


def short_of_memory(error: BaseException) -> bool:
    """Whether torch could not get memory: on the CPU that is a plain RuntimeError."""
    told = str(error).lower()
    return (
        isinstance(error, (MemoryError, torch.OutOfMemoryError))
        or "not enough memory" in told
        or "can't allocate memory" in told
        or "out of memory" in told
    )
