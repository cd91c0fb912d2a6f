"""Time of one text + picture answer: the compact preset beside the classic pair."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from bench.classic import SIDE, ClassicPair
from mmdemo.config import Settings
from mmdemo.models.classifier import Classifier
from mmdemo.models.core import Core
from mmdemo.models.encoders import build_vision_encoder

TOKENS = 32
WORD = "happy"  # one word piece in every BERT vocabulary


@dataclass(frozen=True)
class Speed:
    """Medians in seconds; ``size`` is the side in pixels the compact vision encoder reads."""

    compact_s: float
    classic_s: float
    encoder_224_s: float
    size: int
    rounds: int
    parameters_compact: int
    parameters_classic: int

    @property
    def ratio(self) -> float:
        """How many times faster the compact preset is."""
        return self.classic_s / self.compact_s


def measure_speed(settings: Settings, rounds: int = 30) -> Speed:
    """Batch 1, a sentence of 32 tokens, a picture of 224 px; tokenizing and resizing included,
    face detection and explanation not."""
    compact = Core.of(settings).classifier(settings.emotion_model)
    tokenizer = compact.text_encoder.tokenizer
    classic = ClassicPair(tokenizer)
    text, picture = sentence(tokenizer), noise_picture()
    wide = build_vision_encoder("efficientnet-lite0", image_size=SIDE)
    times = interleaved(
        {
            "compact": lambda: compact.classify([text], [picture]),
            "classic": lambda: classic.answer(text, picture),
            "encoder": lambda: encode(wide, picture),
        },
        rounds,
    )
    return Speed(
        compact_s=times["compact"],
        classic_s=times["classic"],
        encoder_224_s=times["encoder"],
        size=compact.vision_encoder.image_size,
        rounds=rounds,
        parameters_compact=count_parameters(compact),
        parameters_classic=count_parameters(classic),
    )


def sentence(tokenizer) -> str:
    """A sentence that the tokenizer cuts into exactly 32 pieces with its special tokens."""
    text = " ".join([WORD] * (TOKENS - 2))
    found = len(tokenizer(text)["input_ids"])
    if found != TOKENS:
        raise ValueError(f"the test sentence has {found} tokens, not {TOKENS}")
    return text


def noise_picture() -> Image.Image:
    """A 224 px picture, the same in every run."""
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@torch.inference_mode()
def encode(encoder, picture: Image.Image) -> None:
    """One pass of a vision encoder."""
    encoder(encoder.preprocess([picture]))


def interleaved(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each work; they take turns, so that other load on the machine hits all."""
    for work in works.values():  # warm-up: caches, lazy set-up of libraries
        for _ in range(3):
            work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def count_parameters(model: Classifier | ClassicPair) -> int:
    """Number of weights, each shared tensor once."""
    return sum(p.numel() for p in model.parameters())
