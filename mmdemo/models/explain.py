"""Why a label got its score: gradient-weighted attention and Grad-CAM, as pure functions.

Sources: Chefer, Gur and Wolf, "Generic Attention-model Explainability for Interpreting Bi-Modal and
Encoder-Decoder Transformers", ICCV 2021 (equations 5 and 6); Selvaraju et al., "Grad-CAM", ICCV
2017, in the element-wise form of Draelos and Carin, "HiResCAM", 2020.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..errors import EmptyInputError
from ..types import Explanation, WordWeight
from .classifier import Classifier, Look, modality_shares
from .encoders import TextBatch, Tokens
from .fusion import Fused
from .heat import patch_grid
from .token_sets import average_frames

# Words as people see them: runs without blanks; scripts written without blanks go by character.
_WORD = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)

# Words that are taken out to learn their sign, the most relevant ones: all of a sentence's; of a
# page of text, which would otherwise be read once more per word, those that said anything much.
MOST_TAKEN_OUT = 32


def words_of(text: str) -> list[tuple[int, int]]:
    """(start, end) character offsets of the words of a text."""
    return [match.span() for match in _WORD.finditer(text)]


def relevance_rollout(attention: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Relevance between all tokens, (t, t); row i says what token i was made of.

    Chefer et al., eq. 5: A_bar = mean over heads of (grad A * A)+; eq. 6: R <- R + A_bar R, from
    the first layer to the last, starting at the identity. Inputs: per layer (1, heads, t, t).
    """
    size = attention[0].shape[-1]
    relevance = torch.eye(size, dtype=attention[0].dtype)
    for weights, gradient in zip(attention, gradients, strict=True):
        mixed = (gradient * weights).clamp(min=0).mean(1)[0]
        relevance = relevance + mixed @ relevance
    return relevance


def activation_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """Where a feature map spoke for the label: (1, c, h, w) twice -> (h, w), not negative.

    Sum over channels of gradient * activation, negative evidence cut off (HiResCAM, eq. 4, with
    Grad-CAM's ReLU). States of a transformer, (1, t, c), are read as the square grid of their
    patches; class tokens come first and are dropped.
    """
    product = activation * gradient
    if product.dim() == 3:
        return patch_grid(product.sum(2)[0]).clamp(min=0)
    return product.sum(1)[0].clamp(min=0)


def resize_map(grid: Tensor, width: int, height: int) -> np.ndarray:
    """(h, w) relevance -> (height, width) float32, largest value 1 (all zero stays zero)."""
    full = F.interpolate(
        grid[None, None], size=(height, width), mode="bicubic", align_corners=False
    )
    full = full[0, 0].clamp(min=0)
    peak = float(full.max())
    return (full / peak if peak > 0 else full).numpy().astype(np.float32)


def pool_words(relevance: Tensor, batch: TextBatch, words: Sequence[tuple[int, int]]) -> Tensor:
    """Token relevance (t,) -> word relevance (len(words),): the sum over each word's pieces."""
    out = torch.zeros(len(words), dtype=relevance.dtype)
    for value, (start, end) in zip(relevance, batch.offsets[0], strict=True):
        for i, (a, b) in enumerate(words):
            if end > start and start < b and end > a:
                out[i] += value
                break
    return out


def _read_words(text: str, batch: TextBatch) -> list[tuple[int, int]]:
    """The words that the model saw: those beyond its window spoke neither for nor against."""
    seen = max((end for _, end in batch.offsets[0]), default=0)
    return [(start, end) for start, end in words_of(text) if start < seen]


class _Traced:
    """One forward pass of one sample with everything that a gradient is wanted for."""

    def __init__(self, classifier: Classifier, text: str, frames: list[Image.Image]) -> None:
        self.text: Tokens | None = None
        self.batch: TextBatch | None = None
        self.middle: Tensor | None = None
        self.vision: Tokens | None = None
        if text.strip():
            self.text, self.batch = classifier.encode_text([text], attention=True)
        if frames:
            encoder = classifier.vision_encoder
            with torch.no_grad():
                middle = encoder.middle(encoder.preprocess(frames))
            self.middle = middle.detach().requires_grad_(True)
            self.vision = average_frames(encoder.tokens_of(self.middle), [len(frames)])
        self.fused: Fused = classifier.fuse(self.text, self.vision)

    def gradients(self, label: int) -> dict[str, list[Tensor]]:
        """Gradient of the label's log-odds against the mean of the others, by part."""
        logits = self.fused.logits[0]
        others = torch.cat([logits[:label], logits[label + 1 :]])
        score = logits[label] - others.mean()
        parts = {
            "fusion": list(self.fused.attention),
            "text": list(self.text.attention) if self.text else [],
            "features": [self.text.features] if self.text else [],
            "middle": [self.middle] if self.middle is not None else [],
        }
        flat = [tensor for tensors in parts.values() for tensor in tensors]
        found = iter(torch.autograd.grad(score, flat, allow_unused=True))
        return {
            name: [
                g if g is not None else torch.zeros_like(t)
                for t, g in zip(tensors, found, strict=False)
            ]
            for name, tensors in parts.items()
        }


def explain(
    classifier: Classifier, text: str, face: Look | None, label: str | None = None
) -> Explanation:
    """Explain one label (the most probable by default) for one sentence and one picture, or the
    frames of one video.

    The heat map has the size of ``face``; of a video it is that of the frame that spoke most for
    the label, beside those of all. Raises EmptyInputError without text and face, ValueError for an
    unknown label.
    """
    if not text.strip() and face is None:
        raise EmptyInputError("There is nothing to explain: give a sentence, a picture, or both.")
    reading = classifier.classify([text], [face])[0]
    label = reading.label if label is None else label
    if label not in classifier.labels:
        raise ValueError(f'"{label}" is not one of {", ".join(classifier.labels)}')
    frames = [] if face is None else [face] if isinstance(face, Image.Image) else list(face)
    with torch.enable_grad():
        traced = _Traced(classifier, text, frames)
        gradients = traced.gradients(classifier.labels.index(label))
    words = _read_words(text, traced.batch) if traced.batch is not None else []
    weights, token_rows = _word_relevance(traced, gradients, words)
    maps, best, word_heat = (), 0, ()
    if frames:
        maps, best = _frame_heat(traced.middle.detach(), gradients["middle"][0], frames)
        word_heat = _word_heat(traced, gradients, token_rows, frames[best].size)
    weighted = list(zip(words, weights.tolist(), strict=True))
    chosen = {label: reading.probabilities[label]}
    alone = {m: {label: p[label]} for m, p in reading.modalities.items()}
    return Explanation(
        label=label,
        words=_signed_words(classifier, text, face, chosen, weighted),
        heat=maps[best] if maps else None,
        word_heat=word_heat,
        shares=modality_shares(chosen, alone),
        frame=best,
        frame_heat=maps if len(maps) > 1 else (),
    )


def _frame_heat(
    activation: Tensor, gradient: Tensor, frames: Sequence[Image.Image]
) -> tuple[tuple[np.ndarray, ...], int]:
    """Per frame its map, all on one scale (a frame that said nothing stays dark), and which of
    them said most."""
    grids = [activation_map(activation[i : i + 1], gradient[i : i + 1]) for i in range(len(frames))]
    peaks = [float(grid.max()) for grid in grids]
    best = int(np.argmax(peaks))
    most = peaks[best] or 1.0
    maps = [
        resize_map(grid, *frame.size) * np.float32(peak / most)
        for grid, frame, peak in zip(grids, frames, peaks, strict=True)
    ]
    return tuple(maps), best


def _word_relevance(
    traced: _Traced, gradients: dict[str, list[Tensor]], words: list[tuple[int, int]]
) -> tuple[Tensor, list[Tensor]]:
    """Relevance per word (w,), not negative, and per word its weights over text tokens (t,)."""
    if traced.text is None:
        return torch.zeros(0), []
    inside = torch.eye(traced.text.features.shape[1])
    if traced.text.attention:
        inside = relevance_rollout(traced.text.attention, gradients["text"]).detach()
    if traced.fused.attention:  # the [CLS] row of the fusion head, then down through the encoder
        start, end = traced.fused.spans["text"]
        top = relevance_rollout(traced.fused.attention, gradients["fusion"]).detach()[0, start:end]
    else:  # pooled heads: what each token's own features gave
        spoke = (traced.text.features * gradients["features"][0]).sum(-1)[0].detach()
        # a tower that reads one token speaks for the label or not with all of its words at once
        top = spoke.clamp(min=0) if bool((spoke > 0).any()) else -spoke
    tokens = top @ inside
    rows = []
    for a, b in words:
        hit = [float(e > s and s < b and e > a) for s, e in traced.batch.offsets[0]]
        rows.append(torch.tensor(hit))
    return pool_words(tokens, traced.batch, words), rows


def _word_heat(
    traced: _Traced, gradients: dict[str, list[Tensor]], rows: list[Tensor], size: tuple[int, int]
) -> tuple[np.ndarray, ...]:
    """Per word the region its tokens attended to: text rows, vision columns of the rollout."""
    if not rows or not traced.fused.attention:
        return ()
    relevance = relevance_rollout(traced.fused.attention, gradients["fusion"]).detach()
    (t0, t1), (v0, v1) = traced.fused.spans["text"], traced.fused.spans["vision"]
    block = relevance[t0:t1, v0:v1]  # (text tokens, vision tokens)
    side = round((v1 - v0) ** 0.5)
    return tuple(resize_map((row @ block).view(side, side), *size) for row in rows)


def _signed_words(
    classifier: Classifier,
    text: str,
    face: Look | None,
    chosen: dict[str, float],
    weighted: list[tuple[tuple[int, int], float]],
) -> tuple[WordWeight, ...]:
    """Word weights scaled to -1..1. The size is the relevance; the sign says whether the label
    loses (+) or gains (-) probability when the word is taken out. Beyond the MOST_TAKEN_OUT most
    relevant words the weight is 0. ``chosen``: the label and its probability with all words."""
    if not weighted:
        return ()
    peak = max(weight for _, weight in weighted) or 1.0
    ranked = sorted(range(len(weighted)), key=lambda i: weighted[i][1], reverse=True)
    sign = dict.fromkeys(ranked[:MOST_TAKEN_OUT], 1.0)
    without = {i: text[: weighted[i][0][0]] + text[weighted[i][0][1] :] for i in sorted(sign)}
    if face is None:  # of nothing at all there is no reading
        without = {i: rest for i, rest in without.items() if rest.strip()}
    if without:
        ((label, full),) = chosen.items()
        rests = classifier.predict_proba(list(without.values()), [face] * len(without))
        for i, rest in zip(without, rests[:, classifier.labels.index(label)].tolist(), strict=True):
            sign[i] = 1.0 if rest <= full else -1.0
    return tuple(
        WordWeight(a, b, sign.get(i, 0.0) * weight / peak)
        for i, ((a, b), weight) in enumerate(weighted)
    )
