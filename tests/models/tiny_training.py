"""What trainer tests share: a tiny preset, samples of a sentence and a picture, and their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from mmdemo.models.training_presets import Preset
from mmdemo.types import Sample

MOODS = {"glad": ("happy", (220, 60, 40)), "low": ("sad", (30, 60, 220))}
REST = ("i am so", "you came the day", "this is a friend", "that is not the", "so , so")


def tiny_preset(text_folder: Path, kin: str = "") -> Preset:
    """The compact preset's kinds of encoder, small: a random BERT, and pictures of 64 px."""
    return Preset(
        {"name": str(text_folder), "max_tokens": 32},
        {"name": "efficientnet-lite0", "image_size": 64},
        kin,
    )


def mood_samples(folder: Path, n: int, *, text: bool = True, image: bool = True) -> list[Sample]:
    """n samples of two labels in turns. Words and colours both tell the label, most of the time."""
    folder.mkdir(parents=True, exist_ok=True)
    rng, samples = np.random.default_rng(0), []
    for i in range(n):
        label = list(MOODS)[i % 2]
        shown = label if rng.random() < 0.85 else list(MOODS)[(i + 1) % 2]
        said = label if rng.random() < 0.85 else list(MOODS)[(i + 1) % 2]
        path = folder / f"{i}.png"
        pixels = np.clip(np.array(MOODS[shown][1]) + rng.integers(-30, 30, (12, 12, 3)), 0, 255)
        if image:
            Image.fromarray(pixels.astype(np.uint8)).save(path)
        words = f"{REST[i % len(REST)]} {MOODS[said][0]} {'!' * int(rng.integers(0, 3))}"
        samples.append(
            Sample(i + 1, words if text else "", path if image else None, labels=(label,))
        )
    return samples
