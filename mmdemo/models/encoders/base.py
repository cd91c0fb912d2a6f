"""One interface for all encoders: input -> :class:`Tokens`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from PIL import Image
from torch import Tensor


class Tokens(NamedTuple):
    """What an encoder returns.

    features: (n, t, d), one vector per token; mask: (n, t) bool, True where a token is real;
    pooled: (n, d), mean of the real tokens. ``attention`` is empty or one (n, heads, t, t) tensor
    per layer of the encoder, in the graph so that gradients reach it.
    """

    features: Tensor
    mask: Tensor
    pooled: Tensor
    attention: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class TextBatch:
    """Tokenised sentences. ``offsets``: (start, end) characters per token, (0, 0) for specials."""

    ids: Tensor  # (n, t) int64
    mask: Tensor  # (n, t) bool
    offsets: tuple[tuple[tuple[int, int], ...], ...]
    truncated: tuple[bool, ...]  # whether the sentence was longer than the encoder's window
    unknown: tuple[float, ...]  # share of real tokens that the vocabulary does not hold, 0..1


class TextEncoder(Protocol):
    """Sentences to word-piece tokens."""

    name: str
    width: int
    max_tokens: int

    def tokenize(self, texts: list[str]) -> TextBatch:
        """Cut n sentences into tokens, at most ``max_tokens`` each."""
        ...

    def __call__(self, ids: Tensor, mask: Tensor, attention: bool = False) -> Tokens:
        """(n, t) ids and mask -> Tokens; with ``attention`` also what each layer attended to."""
        ...


class VisionEncoder(Protocol):
    """Pictures to a grid of patch tokens, row by row."""

    name: str
    width: int
    image_size: int
    grid: int  # tokens per side: a picture gives grid * grid tokens
    middle_width: int  # channels of ``middle``

    def preprocess(self, images: list[Image.Image]) -> Tensor:
        """n pictures of any size -> (n, 3, image_size, image_size) as the weights want them."""
        ...

    def middle(self, pixels: Tensor) -> Tensor:
        """The first part of the network, up to where heat maps are read."""
        ...

    def tokens_of(self, middle: Tensor) -> Tokens:
        """The rest of the network: what :meth:`middle` gave -> Tokens."""
        ...

    def __call__(self, pixels: Tensor) -> Tokens:
        """Both parts in one."""
        ...


def masked_mean(features: Tensor, mask: Tensor) -> Tensor:
    """Mean over real tokens: (n, t, d), (n, t) -> (n, d). A row without tokens gives zeros."""
    weight = mask.unsqueeze(-1).to(features.dtype)
    return (features * weight).sum(1) / weight.sum(1).clamp(min=1)


def full_mask(features: Tensor) -> Tensor:
    """All-True mask (n, t) for features (n, t, d)."""
    return torch.ones(features.shape[:2], dtype=torch.bool, device=features.device)
