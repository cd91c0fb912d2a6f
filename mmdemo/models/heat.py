"""From a grid of contributions to a picture-sized heat map, and the words of a query."""

from __future__ import annotations

import re

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

WORD = re.compile(r"\w+(?:['’-]\w+)*")
HAN = re.compile(r"[\u3400-\u9fff]")


def word_spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of every word; Chinese, written without blanks, counts sign by sign."""
    spans: list[tuple[int, int]] = []
    for match in WORD.finditer(text):
        if HAN.search(match.group()):
            spans += [(i, i + 1) for i in range(*match.span())]
        else:
            spans.append(match.span())
    return tuple(spans)


def patch_grid(values: Tensor) -> Tensor:
    """(t,) -> (side, side): class and register tokens come first and are dropped."""
    side = int(len(values) ** 0.5)
    return values[len(values) - side * side :].view(side, side)


def heat_maps(grids: list[Tensor], size: tuple[int, int]) -> np.ndarray:
    """Square grids -> (n, *size) in 0..1: what exceeds each grid's own median, on one scale.

    One scale for all words of a query, so that a word found nowhere stays dark.
    """
    if not grids:
        return np.zeros((0, *size), np.float32)
    stacked = torch.stack(grids).float()
    stacked = (stacked - stacked.flatten(1).median(1).values[:, None, None]).clamp(min=0)
    stacked = stacked / stacked.max().clamp(min=1e-9)
    heat = F.interpolate(stacked[:, None], size=size, mode="bicubic", align_corners=False)
    return heat[:, 0].clamp(0, 1).numpy()
