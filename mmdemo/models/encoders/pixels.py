"""Pictures to tensors, for encoders that say how they want their pixels."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def squeezed_pixels(
    images: list[Image.Image], size: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> Tensor:
    """RGB pictures of any size -> (n, 3, size, size), each channel as (value - mean) / std.

    Squeezed, not cropped: the encoder sees the whole picture, and a heat map covers all of it.
    """
    side = (size, size)
    arrays = [
        np.asarray(image.convert("RGB").resize(side, Image.Resampling.BILINEAR)) for image in images
    ]
    pixels = torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).float() / 255
    return (pixels - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)
