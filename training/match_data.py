"""Flickr8k for the matcher: captions grouped by picture, and pictures half way through the encoder.

Only the last layers of the vision encoder are tuned, so what they read (112 channels at 14 x 14)
is computed once per view of a picture and kept on disk.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from mmdemo.models.encoders import VisionEncoder

VIEWS = ("whole", "cropped mirrored")
SMALLEST_CROP = 0.65  # of the side


@dataclass(frozen=True)
class Captions:
    """Pictures of one split, and its captions with the number of the picture each describes."""

    pictures: tuple[Path, ...]
    texts: tuple[str, ...]
    owner: Tensor  # (texts,) int64

    @property
    def of_picture(self) -> list[list[int]]:
        """Caption numbers of every picture."""
        groups: list[list[int]] = [[] for _ in self.pictures]
        for number, picture in enumerate(self.owner.tolist()):
            groups[picture].append(number)
        return groups


def read_captions(folder: Path, split: str) -> Captions:
    """One split of Flickr8k in file order."""
    with open(folder / "data.csv", newline="", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == split]
    number = {name: i for i, name in enumerate(dict.fromkeys(row["image"] for row in rows))}
    owner = torch.tensor([number[row["image"]] for row in rows])
    pictures = tuple(folder / name for name in number)
    return Captions(pictures, tuple(row["text"] for row in rows), owner)


def middle_features(
    encoder: VisionEncoder, captions: Captions, view: str, path: Path, seed: int
) -> np.ndarray:
    """(pictures, 112, s / 16, s / 16) float16 of one view, mapped from disk; made if missing."""
    if path.exists():
        return np.load(path, mmap_mode="r")
    generator = torch.Generator().manual_seed(seed)
    side, partial = encoder.image_size // 16, path.with_suffix(".part")
    shape = (len(captions.pictures), encoder.middle_width, side, side)
    out = np.lib.format.open_memmap(partial, "w+", np.float16, shape)
    with torch.inference_mode():
        for start in tqdm(range(0, shape[0], 16), desc=f"{path.stem}", mininterval=20):
            images = [
                seen(Image.open(p).convert("RGB"), view, generator)
                for p in captions.pictures[start : start + 16]
            ]
            out[start : start + 16] = encoder.middle(encoder.preprocess(images)).half().numpy()
    out.flush()
    partial.rename(path)
    return np.load(path, mmap_mode="r")


def seen(image: Image.Image, view: str, generator: torch.Generator | None) -> Image.Image:
    """One view of a picture; crops are drawn by chance (None: torch's own generator)."""
    if "cropped" in view:
        share, left, top = torch.rand(3, generator=generator).tolist()
        share = SMALLEST_CROP + (0.95 - SMALLEST_CROP) * share
        width, height = round(image.width * share), round(image.height * share)
        x, y = round((image.width - width) * left), round((image.height - height) * top)
        image = image.crop((x, y, x + width, y + height))
    if "mirrored" in view:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image
