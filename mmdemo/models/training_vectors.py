"""Samples -> pooled vectors of the frozen encoders, through a cache; media are read one window at
a time, so memory does not grow with the dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ..config import Limits
from ..data.file_hash import content_hash
from ..data.images import load_image, shrunk
from ..data.vector_cache import VectorCache, text_key
from ..data.video import sample_frames
from ..data.video_info import probe
from ..errors import MmdemoError
from ..types import Sample
from .encoders import TextEncoder, VisionEncoder

TEXTS, PICTURES = 64, 16  # in one pass of an encoder
VIDEO_FRAMES = 8  # spread evenly; their vectors are averaged
FRAME_SIDE = 448

CountProgress = Callable[[int, int], None]  # (done, of)


@dataclass
class Vectors:
    """What the frozen encoders say of n samples; rows of zeros where a sample lacks the modality.

    text: (n, d_t), vision: (n, d_v) float32; has_text, has_vision: (n,) bool.
    """

    text: Tensor
    vision: Tensor
    has_text: Tensor
    has_vision: Tensor

    def __getitem__(self, rows: Tensor) -> Vectors:
        return Vectors(
            self.text[rows], self.vision[rows], self.has_text[rows], self.has_vision[rows]
        )

    def __len__(self) -> int:
        return len(self.has_text)

    def present(self, name: str) -> Tensor:
        """(n,) bool of "text" or "vision"."""
        return self.has_text if name == "text" else self.has_vision


def identity_of(encoder: nn.Module, *options: object) -> str:
    """Hash of every weight and of what else decides the vectors."""
    digest = hashlib.sha256(repr(options).encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()[:24]


@torch.inference_mode()
def encode_texts(
    encoder: TextEncoder,
    texts: Sequence[str],
    cache: VectorCache | None,
    progress: CountProgress | None = None,
) -> Tensor:
    """(n, d) pooled vectors; zeros for an empty text."""
    out = torch.zeros(len(texts), encoder.width)
    identity = identity_of(encoder, "text", encoder.max_tokens)
    waiting = []
    for i, text in enumerate(texts):
        if not text.strip():
            continue
        kept = cache.get(identity, text_key(text)) if cache else None
        if kept is not None and kept.shape == (encoder.width,):
            out[i] = torch.from_numpy(kept)
        else:
            waiting.append(i)
    waiting.sort(key=lambda i: len(texts[i]))  # like lengths share a pass: little padding
    for start in range(0, len(waiting), TEXTS):
        rows = waiting[start : start + TEXTS]
        batch = encoder.tokenize([texts[i] for i in rows])
        out[rows] = encoder(batch.ids, batch.mask).pooled
        for i in rows if cache else ():
            cache.put(identity, text_key(texts[i]), out[i].numpy())
        if progress:
            progress(len(texts) - len(waiting) + start + len(rows), len(texts))
    return out


@torch.inference_mode()
def encode_media(
    encoder: VisionEncoder, samples: Sequence[Sample], cache: VectorCache | None, limits: Limits,
    *, progress: CountProgress | None = None,
) -> tuple[Tensor, dict[int, str]]:  # fmt: skip
    """(n, d) pooled vectors (zeros without a medium) and position -> why a medium is not read."""
    out, problems = torch.zeros(len(samples), encoder.width), {}
    identity = identity_of(encoder, "vision", encoder.image_size, VIDEO_FRAMES)
    waiting: list[tuple[int, str, Image.Image]] = []

    def flush() -> None:
        vectors = encoder(encoder.preprocess([image for *_, image in waiting])).pooled
        for (i, key, _), vector in zip(waiting, vectors, strict=True):
            out[i] = vector
            if cache:
                cache.put(identity, key, vector.numpy())
        waiting.clear()

    for i, sample in enumerate(samples):
        medium = sample.image or sample.video
        if medium is not None:
            try:
                key = content_hash(medium)
                kept = cache.get(identity, key) if cache else None
                if kept is not None and kept.shape == (encoder.width,):
                    out[i] = torch.from_numpy(kept)
                elif sample.image is not None:
                    waiting.append((i, key, shrunk(load_image(medium, limits))))
                else:
                    out[i] = encode_video(encoder, medium, limits)
                    if cache:
                        cache.put(identity, key, out[i].numpy())
            except (MmdemoError, OSError) as error:
                problems[i] = str(error)
        if len(waiting) == PICTURES:
            flush()
        if progress and i % PICTURES == 0:
            progress(i, len(samples))
    if waiting:
        flush()
    return out, problems


def encode_video(encoder: VisionEncoder, path: Path, limits: Limits) -> Tensor:
    """(d,) mean of the vectors of frames spread evenly over a video. Raises MediaError."""
    frames = [shrunk(frame) for frame in even_frames(path, limits)]
    return encoder(encoder.preprocess(frames)).pooled.mean(0)


def even_frames(path: Path, limits: Limits) -> Iterator[Image.Image]:
    """At most VIDEO_FRAMES pictures of a video, evenly apart."""
    duration_s = max(probe(path, limits).duration_s, 0.1)
    rate = min(max(VIDEO_FRAMES / duration_s, 0.1), 4.0)
    frames = [f for _, f in sample_frames(path, rate, max_side=FRAME_SIDE, limits=limits)]
    picks = np.unique(np.linspace(0, len(frames) - 1, VIDEO_FRAMES).round().astype(int))
    return (frames[i] for i in picks)
