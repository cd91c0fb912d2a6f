"""Fusion heads: one token set per modality present -> logits and attention."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .encoders.base import Tokens


class Fused(NamedTuple):
    """What a fusion head returns.

    logits: (n, classes). attention: per layer (n, heads, t, t) over [CLS] + all tokens in the order
    of ``spans``, in the graph (empty for heads without attention). spans: modality -> (start, end)
    of its tokens in that sequence.
    """

    logits: Tensor
    attention: tuple[Tensor, ...] = ()
    spans: dict[str, tuple[int, int]] = {}  # noqa: RUF012 - a NamedTuple default, never changed


class ConcatHead(nn.Module):
    """F = W_fc [tanh(W_t H_t); tanh(W_v V_v)] over pooled vectors, without biases.

    The classic architecture of the field (late fusion by concatenation). Without biases a missing
    modality is exactly a zero vector and adds nothing to any logit.
    """

    kind = "concat"

    def __init__(self, widths: Mapping[str, int], classes: int, width: int = 256) -> None:
        super().__init__()
        self.options = {"kind": self.kind, "width": width}
        self.project = nn.ModuleDict(
            {m: nn.Linear(d, width, bias=False) for m, d in widths.items()}
        )
        self.classify = nn.Linear(width * len(widths), classes, bias=False)

    def forward(self, tokens: Mapping[str, Tokens]) -> Fused:
        """Token sets by modality (absent ones left out) -> Fused."""
        n = len(next(iter(tokens.values())).pooled)
        parts = []
        for modality, layer in self.project.items():
            if modality in tokens:
                present = tokens[modality].mask.any(1, keepdim=True)  # (n, 1)
                parts.append(torch.tanh(layer(tokens[modality].pooled)) * present)
            else:
                parts.append(layer.weight.new_zeros(n, layer.out_features))
        return Fused(self.classify(torch.cat(parts, 1)))


class SelfAttention(nn.Module):
    """Multi-head self-attention that returns its weights as a value, inside the graph.

    ``nn.MultiheadAttention`` detaches them, so gradient-weighted explanations could not use it.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} is not a multiple of {heads} heads")
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(n, t, d), (n, t) -> output (n, t, d) and weights (n, heads, t, t)."""
        n, t, d = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (d // self.heads) ** 0.5  # (n, heads, t, t)
        scores = scores.masked_fill(~mask[:, None, None, :], torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1)
        mixed = (self.dropout(weights) @ v).transpose(1, 2).reshape(n, t, d)
        return self.out(mixed), weights


class FusionLayer(nn.Module):
    """A pre-norm transformer layer (Xiong et al., 2020)."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, dropout)
        self.norm2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(n, t, d), (n, t) -> (n, t, d) and attention (n, heads, t, t)."""
        mixed, weights = self.attention(self.norm1(x), mask)
        x = x + self.dropout(mixed)
        return x + self.dropout(self.feed(self.norm2(x))), weights


class CrossAttentionHead(nn.Module):
    """A small transformer over [CLS] + the tokens of every modality, with a modality embedding.

    Words attend to patches and patches to words in the same layers. ``modality_dropout`` hides one
    random modality of a training sample that has several, so that each works alone.
    """

    kind = "cross-attention"

    def __init__(
        self,
        widths: Mapping[str, int],
        classes: int,
        *,
        width: int = 192,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.1,
        modality_dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.options = {"kind": self.kind, "width": width, "layers": layers, "heads": heads,
                        "dropout": dropout, "modality_dropout": modality_dropout}  # fmt: skip
        self.project = nn.ModuleDict(
            {m: nn.Sequential(nn.LayerNorm(d), nn.Linear(d, width)) for m, d in widths.items()}
        )
        self.modality = nn.ParameterDict(
            {m: nn.Parameter(torch.randn(width) * 0.02) for m in widths}
        )
        self.cls = nn.Parameter(torch.randn(width) * 0.02)
        self.layers = nn.ModuleList(FusionLayer(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, classes)
        self.modality_dropout = modality_dropout

    def forward(self, tokens: Mapping[str, Tokens]) -> Fused:
        """Token sets by modality (absent ones left out) -> Fused."""
        names = [m for m in self.project if m in tokens]
        masks = self._drop_modality([tokens[m].mask for m in names])
        n = len(masks[0])
        parts, spans, at = [self.cls.expand(n, 1, -1)], {}, 1
        for name in names:
            parts.append(self.project[name](tokens[name].features) + self.modality[name])
            spans[name] = (at, at + parts[-1].shape[1])
            at = spans[name][1]
        x = torch.cat(parts, 1)  # (n, 1 + tokens, width)
        mask = torch.cat([masks[0].new_ones(n, 1), *masks], 1)
        attention = []
        for layer in self.layers:
            x, weights = layer(x, mask)
            attention.append(weights)
        return Fused(self.classify(self.norm(x[:, 0])), tuple(attention), spans)

    def _drop_modality(self, masks: list[Tensor]) -> list[Tensor]:
        """While training, hide one random modality of some samples that have at least two."""
        if not self.training or self.modality_dropout == 0 or len(masks) < 2:
            return masks
        present = torch.stack([m.any(1) for m in masks], 1)  # (n, modalities)
        drop = (torch.rand(len(present), device=present.device) < self.modality_dropout) & (
            present.sum(1) > 1
        )
        choice = torch.multinomial(present.float().clamp(min=1e-9), 1).squeeze(1)
        return [m & ~(drop & (choice == i))[:, None] for i, m in enumerate(masks)]


def combination_names(modalities: list[str]) -> dict[str, tuple[str, ...]]:
    """Names such as "text", "vision", "text+vision" ... -> the modalities in it."""
    return {
        "+".join(chosen): chosen
        for size in range(1, len(modalities) + 1)
        for chosen in combinations(modalities, size)
    }


class PooledHead(nn.Module):
    """logits = W_s [pooled vectors of s] + b_s, where s is the set of modalities a sample has.

    Logistic regression is a special case, so fine-tuning can start from its exact optimum. Each set
    has its own weights: a sentence alone is judged by what was fitted for sentences alone.
    """

    kind = "pooled"

    def __init__(self, widths: Mapping[str, int], classes: int) -> None:
        super().__init__()
        self.options = {"kind": self.kind}
        self.modalities = list(widths)
        self.sets = combination_names(self.modalities)
        self.classify = nn.ModuleDict(
            {name: nn.Linear(sum(widths[m] for m in s), classes) for name, s in self.sets.items()}
        )

    def forward(self, tokens: Mapping[str, Tokens]) -> Fused:
        """Token sets by modality (absent ones left out) -> Fused, without attention."""
        given = [m for m in self.modalities if m in tokens]
        present = {m: tokens[m].mask.any(1) for m in given}  # (n,)
        logits = 0.0
        for name, members in self.sets.items():
            if not all(m in tokens for m in members):
                continue
            rows = torch.stack([present[m] == (m in members) for m in given]).all(0)
            if bool(rows.any()):
                joined = torch.cat([tokens[m].pooled for m in members], 1)
                logits = logits + self.classify[name](joined) * rows[:, None]
        if isinstance(logits, float):  # no sample has anything: no evidence for any label
            logits = tokens[given[0]].pooled.new_zeros(
                len(tokens[given[0]].pooled), next(iter(self.classify.values())).out_features
            )
        return Fused(logits)

    @torch.no_grad()
    def set_linear(self, name: str, weight: Tensor, bias: Tensor) -> None:
        """Take fitted weights (c, d) and bias (c,) for one set of modalities."""
        self.classify[name].weight.copy_(weight)
        self.classify[name].bias.copy_(bias)


HEADS = {head.kind: head for head in (ConcatHead, CrossAttentionHead, PooledHead)}


def build_head(
    options: dict, widths: Mapping[str, int], classes: int
) -> ConcatHead | CrossAttentionHead | PooledHead:
    """Head from the options that a checkpoint's config stores. Raises ValueError when unknown."""
    rest = {k: v for k, v in options.items() if k != "kind"}
    if options.get("kind") not in HEADS:
        raise ValueError(f"unknown fusion head {options.get('kind')!r}; known: {', '.join(HEADS)}")
    return HEADS[options["kind"]](widths, classes, **rest)
