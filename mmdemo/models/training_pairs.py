"""Pairs of media and their texts, and one run of contrastive tuning over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import StoppedError
from .adapters import add_adapters, open_weights, text_targets, tuned_weights, vision_targets
from .matcher import Matcher
from .training_branch import mask_tokens
from .training_fold import Callbacks, TuneSettings
from .training_weights import TunedWeights

NEW_LEARNING_RATE = 2e-4  # of the projections; they are trained already
FIRST_SCALE = 20.0  # 1 / temperature
WEIGHT_DECAY, WARM_UP, EMA_DECAY = 0.01, 0.1, 0.98
SCALES = (5.0, 10.0, 20.0, 40.0, 80.0)
CHUNK = 64
SIDES = {"text_encoder": text_targets, "vision_encoder": vision_targets}


@dataclass(frozen=True)
class Pairs:
    """Media as what the frozen first part of the vision encoder made of them, and the texts of
    each. middle: (views, media, channels, h, w) float16, a map of a file."""

    middle: np.ndarray
    texts: tuple[tuple[str, ...], ...]


class PairRun(TunedWeights):
    """A matcher under training: its projections, and in the modes "adapter" and "full" the last
    layers of both encoders."""

    def __init__(
        self, matcher: Matcher, pairs: Pairs, mode: str, settings: TuneSettings, augmentation: bool
    ) -> None:
        self.matcher, self.pairs, self.mode = matcher, pairs, mode
        self.settings, self.augmentation = settings, augmentation
        torch.manual_seed(settings.seed)
        matcher.requires_grad_(False)
        self.targets: dict[str, list[str]] = {}
        tuned = []
        if mode != "head":
            prepare = add_adapters if mode == "adapter" else open_weights
            for side, targets_of in SIDES.items():
                model = getattr(matcher, side).model
                self.targets[side] = targets_of(model)
                tuned += prepare(model, self.targets[side])
        self.projections = _projections(matcher)
        new = list(self.projections.values())
        for parameter in new:
            parameter.requires_grad_(True)
        self.log_scale = nn.Parameter(torch.tensor(FIRST_SCALE).log())
        self.rates = [settings.rate, NEW_LEARNING_RATE]
        optimizer = torch.optim.AdamW(
            [{"params": tuned, "lr": settings.rate}, {"params": [*new, self.log_scale]}],
            lr=NEW_LEARNING_RATE, weight_decay=WEIGHT_DECAY,
        )  # fmt: skip
        super().__init__([*tuned, *new, self.log_scale], optimizer, EMA_DECAY)
        self.start = self.averaged()

    def epoch(self, number: int, media: list[int], callbacks: Callbacks, batch: int) -> float:
        """One pass over the media, one text of each drawn by chance; mean loss. Its random numbers
        depend on the seed and the epoch alone."""
        torch.manual_seed(self.settings.seed * 1_000_003 + number)
        self.matcher.train()
        self.matcher.vision_encoder.eval()  # statistics of small batches would ruin it
        parts, total = batches(media, batch), 0.0
        for i, rows in enumerate(parts):
            if callbacks.should_stop():
                raise StoppedError("Training was stopped.")
            done = (number + (i + 1) / len(parts)) / self.settings.epochs
            slope = max(min(done / WARM_UP, (1 - done) / (1 - WARM_UP)), 0.01)
            for group, full in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = full * slope
            total += self._step(rows)
            callbacks.step((i + 1) / len(parts))
        return total / len(parts)

    def _step(self, rows: list[int]) -> float:
        view = int(torch.randint(len(self.pairs.middle), ()))
        drawn = torch.rand(len(rows)).tolist()
        texts = [self.pairs.texts[r][int(x * len(self.pairs.texts[r]))]
                 for r, x in zip(rows, drawn, strict=True)]  # fmt: skip
        return self.step(
            info_nce(self._texts(texts), self._media(rows, view), self.log_scale.exp())
        )

    def _texts(self, texts: Sequence[str]) -> Tensor:
        """(n, width) unit vectors as they will be compared: what balances them stays."""
        encoder = self.matcher.text_encoder
        batch = encoder.tokenize(list(texts))
        ids = batch.ids
        if encoder.training and self.augmentation:
            ids = mask_tokens(ids, encoder.tokenizer)
        pooled = encoder(ids, batch.mask).pooled
        vectors = F.normalize(self.matcher.text_project(pooled), dim=-1)
        return self.matcher.balanced_texts(vectors)

    def _media(self, rows: Sequence[int], view: int) -> Tensor:
        """(n, width) unit vectors."""
        middle = torch.from_numpy(self.pairs.middle[view][np.asarray(rows)].astype(np.float32))
        middle = middle.contiguous(memory_format=torch.channels_last)
        tokens = self.matcher.vision_encoder.tokens_of(middle)
        return self.matcher.balanced_images(self.matcher.image_project(tokens)[1])

    def held_out(self, media: list[int]) -> float:
        """Loss on media not trained on, with the averaged weights."""
        live = self.swap(self.average)
        loss = self.loss_of(media)
        self.swap(live)
        return loss

    @torch.inference_mode()
    def loss_of(self, media: list[int]) -> float:
        """Loss of telling these media and their first texts apart, at its best temperature: how
        sure the scores are does not matter for ranks."""
        self.matcher.eval()
        texts = torch.cat([
            self._texts([self.pairs.texts[m][0] for m in media[i : i + CHUNK]])
            for i in range(0, len(media), CHUNK)
        ])  # fmt: skip
        images = torch.cat([
            self._media(media[i : i + CHUNK], 0) for i in range(0, len(media), CHUNK)
        ])  # fmt: skip
        return min(float(info_nce(texts, images, torch.tensor(scale))) for scale in SCALES)

    def averaged(self) -> list[Tensor]:
        """A copy of the averaged weights."""
        return [t.clone() for t in self.average]

    def go_to(self, share: float) -> None:
        """Put the weights that lie that share of the way from the start to the average."""
        ways = zip(self.start, self.average, strict=True)
        # not lerp at 0: weights that ran away would make even the start not a number
        self.swap([torch.lerp(a, b, share) if share else a for a, b in ways])

    def changed(self) -> dict[str, Tensor]:
        """Tuned tensors by their key in the matcher's state."""
        found = {name: p.detach().clone() for name, p in self.projections.items()}
        for side, targets in self.targets.items():
            model = getattr(self.matcher, side).model
            found |= {f"{side}.model.{k}": v for k, v in tuned_weights(model, targets).items()}
        return found


def _projections(matcher: Matcher) -> dict[str, nn.Parameter]:
    """What joins both encoders, by key in the matcher's state. The names of ImageNet's classes and
    what recognises them stay: a few pairs would teach them nothing but these pairs."""
    return {
        name: p
        for name, p in matcher.named_parameters()
        if name.startswith(("text_project.", "image_project."))
        and not name.startswith(("image_project.classify", "image_project.names"))
    }


def info_nce(texts: Tensor, images: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE over n pairs of unit vectors (van den Oord et al., 2018)."""
    scores = texts @ images.T * scale
    target = torch.arange(len(scores))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def batches(media: Sequence[int], size: int) -> list[list[int]]:
    """Media in a chance order, in parts of like size: a last part of one has nothing to be told
    apart from."""
    order = torch.randperm(len(media)).tolist()
    parts = np.array_split([media[i] for i in order], -(-len(order) // size))
    return [part.tolist() for part in parts]
