"""Sets of tokens, rearranged: what encoders returned, as the samples of a batch need it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .encoders import Tokens
from .encoders.base import full_mask


def one_token(pooled: Tensor, present: Tensor) -> Tokens:
    """Pooled vectors (n, d) as sets of one token each; (n,) ``present`` says which there are."""
    return Tokens(pooled[:, None], present[:, None], pooled)


def select(tokens: Tokens, rows: Sequence[int]) -> Tokens:
    """The tokens of these rows, some of them perhaps several times."""
    if list(rows) == list(range(len(tokens.features))):
        return tokens
    index = torch.tensor(list(rows))
    return Tokens(tokens.features[index], tokens.mask[index], tokens.pooled[index])


def average_frames(tokens: Tokens, sizes: Sequence[int]) -> Tokens:
    """Tokens of all frames -> of n samples: the mean over the frames of each."""
    if all(size == 1 for size in sizes):
        return tokens
    parts = [torch.split(part, list(sizes)) for part in (tokens.features, tokens.pooled)]
    features, pooled = (torch.stack([part.mean(0) for part in one]) for one in parts)
    return Tokens(features, full_mask(features), pooled)


def scatter(tokens: Tokens, present: Tensor) -> Tokens:
    """Spread tokens of k present samples over n rows; missing rows have an all-False mask."""
    if bool(present.all()):
        return tokens
    rows = torch.nonzero(present).squeeze(1)
    n, (_, t, d) = len(present), tokens.features.shape
    return Tokens(
        tokens.features.new_zeros(n, t, d).index_copy(0, rows, tokens.features),
        tokens.mask.new_zeros(n, t).index_copy(0, rows, tokens.mask),
        tokens.pooled.new_zeros(n, d).index_copy(0, rows, tokens.pooled),
    )


def concatenate(parts: list[Tokens], shown: list[bool]) -> Tokens:
    """Token sets one after the other; those not shown are masked out."""
    return Tokens(
        torch.cat([part.features for part in parts]),
        torch.cat([part.mask & flag for part, flag in zip(parts, shown, strict=True)]),
        torch.cat([part.pooled for part in parts]),
    )
