"""The two tunable sides of a classifier: rows of samples -> pooled vectors, with a gradient."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..config import Limits
from ..data.images import load_image, shrunk
from ..errors import MmdemoError
from ..types import Sample
from .adapters import add_adapters, open_weights, text_targets, tuned_weights, vision_targets
from .core import share_embeddings
from .encoders import BertTextEncoder, EfficientNetEncoder
from .training_vectors import CountProgress, even_frames

MASKED = 0.1  # share of word pieces masked in a training sentence, with augmentation
LEAST_SEEN = 0.6  # of a picture's sides, in an augmented view
POOL = 50  # batches within which rows of like length are put together


class TextBranch:
    """A text encoder and the sentences it is tuned on."""

    name = "text"
    prefix = "text_encoder.model."

    def __init__(self, encoder: BertTextEncoder, texts: Sequence[str], augmentation: bool) -> None:
        self.base = encoder
        self.texts = list(texts)
        self.augmentation = augmentation

    def open(self, mode: str) -> list[nn.Parameter]:
        """Start over from the base; returns what is to be trained ("adapter" or "full")."""
        self.encoder = share_embeddings(self.base, max_tokens=self.base.max_tokens)
        targets = self.targets = text_targets(self.encoder.model)
        prepare = add_adapters if mode == "adapter" else open_weights
        return prepare(self.encoder.model, targets)

    def train(self, training: bool) -> None:
        """Dropout on or off."""
        self.encoder.train(training)

    def pooled(self, rows: Sequence[int]) -> Tensor:
        """(n, d) of those rows."""
        batch = self.encoder.tokenize([self.texts[i] for i in rows])
        ids = batch.ids
        if self.encoder.training and self.augmentation:
            ids = mask_tokens(ids, self.encoder.tokenizer)
        return self.encoder(ids, batch.mask).pooled

    def tuned(self) -> dict[str, Tensor]:
        """Changed weights by their key in the classifier."""
        found = tuned_weights(self.encoder.model, self.targets)
        return {self.prefix + key: value for key, value in found.items()}

    def batches(self, rows: Tensor, size: int) -> list[list[int]]:
        """Shuffled batches of rows of like length: less padding, a third less work."""
        order, out = rows[torch.randperm(len(rows))].tolist(), []
        for start in range(0, len(order), size * POOL):
            pool = sorted(order[start : start + size * POOL], key=lambda i: len(self.texts[i]))
            out += [pool[i : i + size] for i in range(0, len(pool), size)]
        return [out[i] for i in torch.randperm(len(out)).tolist()]

    def order(self, rows: Tensor) -> list[int]:
        """Positions in ``rows`` with like lengths together."""
        return sorted(range(len(rows)), key=lambda i: len(self.texts[int(rows[i])]))


def mask_tokens(ids: Tensor, tokenizer) -> Tensor:
    """The same sentences with some word pieces masked at random. (n, t) -> (n, t)"""
    inner = ~torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    lost = (torch.rand(ids.shape) < MASKED) & inner
    return torch.where(lost, tokenizer.mask_token_id, ids)


class VisionBranch:
    """The last part of a vision encoder, and what its frozen first part made of the pictures.

    That is kept in half precision on disk, one or two views a picture, so memory stays bounded.
    """

    name = "picture"
    prefix = "vision_encoder.model."

    def __init__(self, encoder: EfficientNetEncoder, middle: np.ndarray) -> None:
        self.base = encoder
        self.middle = middle  # (views, n, channels, h, w) float16, may be a memory map

    def open(self, mode: str) -> list[nn.Parameter]:
        """Start over from the base; returns what is to be trained ("adapter" or "full")."""
        self.encoder = copy.deepcopy(self.base)
        self.training = False
        targets = self.targets = vision_targets(self.encoder.model)
        prepare = add_adapters if mode == "adapter" else open_weights
        return prepare(self.encoder.model, targets)

    def train(self, training: bool) -> None:
        """Whether augmented views are used. The encoder itself stays in evaluation mode: batch
        statistics of small sets would ruin it."""
        self.training = training
        self.encoder.eval()

    def pooled(self, rows: Sequence[int]) -> Tensor:
        """(n, d) of those rows."""
        view = int(torch.randint(len(self.middle), (1,))) if self.training else 0
        middle = torch.from_numpy(self.middle[view][np.asarray(rows)].astype(np.float32))
        middle = middle.contiguous(memory_format=torch.channels_last)
        return self.encoder.tokens_of(middle).pooled

    def tuned(self) -> dict[str, Tensor]:
        """Changed weights by their key in the classifier."""
        found = tuned_weights(self.encoder.model, self.targets)
        return {self.prefix + key: value for key, value in found.items()}

    def batches(self, rows: Tensor, size: int) -> list[list[int]]:
        """Shuffled batches."""
        order = rows[torch.randperm(len(rows))].tolist()
        return [order[i : i + size] for i in range(0, len(order), size)]

    def order(self, rows: Tensor) -> list[int]:
        """Positions in ``rows`` as they are."""
        return list(range(len(rows)))


@torch.inference_mode()
def middle_features(
    encoder: EfficientNetEncoder, samples: Sequence[Sample], path: Path, limits: Limits, *,
    views: int = 1, seed: int = 0, progress: CountProgress | None = None,
) -> tuple[np.ndarray, dict[int, str]]:  # fmt: skip
    """(views, n, c, h, w) float16 memory map at ``path``, and position -> why a medium cannot be
    read (its place stays zero).

    View 0 is plain, the others are cropped and lit at random. Videos give their middle frame. A
    file that is there already is taken as it is: it appears when it is complete.
    """
    reasons = path.with_suffix(".json")
    if path.exists() and reasons.exists():
        problems = json.loads(reasons.read_text("utf-8"))
        return np.load(path, mmap_mode="r"), {int(i): why for i, why in problems.items()}
    side, partial = encoder.image_size // 16, path.with_suffix(".part")
    shape = (views, len(samples), encoder.middle_width, side, side)
    out = np.lib.format.open_memmap(partial, mode="w+", dtype=np.float16, shape=shape)
    rng, problems = np.random.default_rng(seed), {}
    for i, sample in enumerate(samples):
        try:
            image = _picture(sample, limits)
        except (MmdemoError, OSError) as error:
            problems[i] = str(error)
            continue
        if image is None:
            continue
        looks = [image, *[augment(image, rng) for _ in range(views - 1)]]
        out[:, i] = encoder.middle(encoder.preprocess(looks)).numpy().astype(np.float16)
        if progress and i % 16 == 0:
            progress(i, len(samples))
    out.flush()
    reasons.write_text(json.dumps(problems), "utf-8")
    partial.rename(path)
    return np.load(path, mmap_mode="r"), problems


def _picture(sample: Sample, limits: Limits):
    if sample.image is not None:
        return shrunk(load_image(sample.image, limits))
    if sample.video is not None:
        frames = list(even_frames(sample.video, limits))
        return frames[len(frames) // 2]
    return None


def augment(image, rng: np.random.Generator):
    """A random crop at a random brightness. Not mirrored or turned: left and right may matter."""
    width, height = image.size
    share = rng.uniform(LEAST_SEEN, 1)
    w, h = max(1, int(width * share)), max(1, int(height * share))
    left, top = (int(rng.integers(0, n + 1)) for n in (width - w, height - h))
    gain = rng.uniform(0.75, 1.25)
    return image.crop((left, top, left + w, top + h)).point(lambda v: min(255, int(v * gain)))
