"""What joint training reads: the frames of every sample kept small on disk, and batches of both
sides as token sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..config import Limits
from ..data.images import load_image
from ..errors import MmdemoError
from ..types import Sample
from .classifier import Classifier
from .encoders import Tokens
from .token_sets import average_frames, one_token, scatter
from .training_branch import augment
from .training_vectors import VIDEO_FRAMES, CountProgress, Vectors, even_frames

TRAINED_FRAMES = 2  # of a video in one step; a step sees others of them than the last
MASKED = 0.1  # share of words masked in a training sentence, with augmentation


class FrameStore:
    """The picture of each sample, or the frames of its video, squeezed to the encoder's size.

    Kept in a file, so memory does not grow with the dataset; a row is found by its sample's number.
    """

    def __init__(self, path: Path, side: int, samples: Sequence[Sample]) -> None:
        most = sum(VIDEO_FRAMES if s.video else 1 for s in samples if s.image or s.video)
        shape = (max(most, 1), side, side, 3)
        self.pixels = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        self.places: dict[int, tuple[int, int]] = {}  # row -> (start, end)
        self.used = 0

    def read(
        self, samples: Sequence[Sample], limits: Limits, progress: CountProgress | None = None
    ) -> dict[int, str]:
        """Read every medium; returns position -> why one could not be read."""
        problems, side = {}, self.pixels.shape[1]
        for i, sample in enumerate(samples):
            try:
                frames = _frames(sample, limits)
            except (MmdemoError, OSError) as error:
                problems[i] = str(error)
                continue
            start = self.used
            for frame in frames:
                small = frame.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
                self.pixels[self.used] = np.asarray(small)
                self.used += 1
            if self.used > start:
                self.places[sample.row] = (start, self.used)
            if progress and i % 16 == 0:
                progress(i, len(samples))
        return problems

    def frames(self, sample: Sample) -> list[Image.Image]:
        """The frames of a sample; none where it has no medium that could be read."""
        start, end = self.places.get(sample.row, (0, 0))
        return [Image.fromarray(self.pixels[i]) for i in range(start, end)]


def _frames(sample: Sample, limits: Limits) -> list[Image.Image]:
    if sample.image is not None:
        return [load_image(sample.image, limits)]
    return list(even_frames(sample.video, limits)) if sample.video is not None else []


class LiveInputs:
    """Both encoders at work on every batch. ``frozen``: they give no gradient."""

    def __init__(
        self, classifier: Classifier, samples: Sequence[Sample], store: FrameStore, *,
        augmentation: bool, frozen: bool = False,
    ) -> None:  # fmt: skip
        self.classifier, self.samples, self.store = classifier, samples, store
        self.augmentation, self.frozen = augmentation, frozen

    def tokens(
        self, rows: Sequence[int], rng: np.random.Generator | None
    ) -> tuple[Tokens | None, Tokens | None]:
        """Text and vision of those rows; ``rng`` varies them, None shows them as they are."""
        if self.frozen:  # no dropout in what does not learn
            self.classifier.text_encoder.eval()
            self.classifier.vision_encoder.eval()
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return self._text(rows, rng), self._vision(rows, rng)

    def _text(self, rows: Sequence[int], rng: np.random.Generator | None) -> Tokens | None:
        texts = [self.samples[i].text for i in rows]
        present = torch.tensor([bool(text.strip()) for text in texts])
        if not bool(present.any()):
            return None
        encoder = self.classifier.text_encoder
        batch = encoder.tokenize(texts)
        ids = batch.ids
        if rng is not None and self.augmentation and encoder.mask_id is not None:
            # special tokens have no characters and stay
            words = torch.tensor([[b > a for a, b in row] for row in batch.offsets])
            lost = torch.from_numpy(rng.random(ids.shape) < MASKED) & words
            ids = torch.where(lost, encoder.mask_id, ids)
        tokens = encoder(ids, batch.mask)
        return tokens._replace(mask=tokens.mask & present[:, None])

    def _vision(self, rows: Sequence[int], rng: np.random.Generator | None) -> Tokens | None:
        looks = [self._seen(self.samples[i], rng) for i in rows]
        present = torch.tensor([bool(frames) for frames in looks])
        if not bool(present.any()):
            return None
        encoder = self.classifier.vision_encoder
        counts = [len(frames) for frames in looks if frames]
        pixels = encoder.preprocess([frame for frames in looks for frame in frames])
        return scatter(average_frames(encoder(pixels), counts), present)

    def _seen(self, sample: Sample, rng: np.random.Generator | None) -> list[Image.Image]:
        frames = self.store.frames(sample)
        if rng is None:
            return frames
        if len(frames) > TRAINED_FRAMES:
            picks = sorted(rng.choice(len(frames), TRAINED_FRAMES, replace=False))
            frames = [frames[i] for i in picks]
        return [augment(frame, rng) for frame in frames] if self.augmentation else frames


class FrozenInputs:
    """Vectors that frozen encoders gave once, as token sets of one token."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors

    def tokens(
        self, rows: Sequence[int], rng: np.random.Generator | None
    ) -> tuple[Tokens | None, Tokens | None]:
        """Text and vision of those rows."""
        part = self.vectors[torch.as_tensor(list(rows))]
        sides = ((part.text, part.has_text), (part.vision, part.has_vision))
        return tuple(one_token(x, there) if bool(there.any()) else None for x, there in sides)
