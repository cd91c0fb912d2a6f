"""Vectors of the last batches, as more wrong answers than a batch alone has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


class Memory:
    """Cross-batch memory (Wang et al., CVPR 2020): where rates are low, vectors drift so slowly
    that those of the last batches still serve as negatives, without gradients."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: tuple[Tensor, ...] = ()

    def loss(self, texts: Tensor, images: Tensor, owners: Tensor, scale: Tensor) -> Tensor:
        """Symmetric InfoNCE of n pairs of unit vectors (n, width) against the other pairs and
        those remembered; remembers them in turn. owners: (n,), the picture of each pair."""
        loss = (
            _loss(texts, images, *self._others(owners, 1), scale)
            + _loss(images, texts, *self._others(owners, 0), scale)
        ) / 2
        new = (texts.detach(), images.detach(), owners)
        joined = map(torch.cat, zip(self._kept, new, strict=True)) if self._kept else new
        self._kept = tuple(rows[-self.size :] for rows in joined)
        return loss

    def _others(self, owners: Tensor, side: int) -> tuple[Tensor | None, Tensor | None]:
        """Remembered vectors of one side, and which of them (n, m) show the same picture."""
        if not self._kept:
            return None, None
        return self._kept[side], owners[:, None] == self._kept[2][None]


def _loss(asked: Tensor, given: Tensor, more: Tensor | None, same: Tensor | None,
          scale: Tensor) -> Tensor:  # fmt: skip
    scores = asked @ given.T * scale
    if more is not None:
        others = (asked @ more.T * scale).masked_fill(same, -torch.inf)
        scores = torch.cat([scores, others], 1)
    return F.cross_entropy(scores, torch.arange(len(asked)))
