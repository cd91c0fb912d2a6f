"""A small convolutional network, trained from random weights."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image
from torch import Tensor, nn

from .base import Tokens, full_mask
from .pixels import squeezed_pixels

GROUPS = 8  # of the normalisation; batch statistics of a few dozen pictures would be noise
MIDDLE_GREY = (0.5, 0.5, 0.5)


class CnnEncoder(nn.Module):
    """Blocks of 3x3 convolution, group norm, ReLU and pooling: a grid of (size / 2^blocks)^2
    tokens. 240,000 weights with the usual channels, so a few hundred pictures can train it."""

    def __init__(self, channels: Sequence[int] = (32, 64, 128, 128), image_size: int = 96) -> None:
        super().__init__()
        if not channels or image_size % 2 ** len(channels):
            raise ValueError(f"{len(channels)} blocks cannot halve {image_size} pixels evenly")
        self.name, self.carried = "cnn", True
        self.image_size, self.grid = image_size, image_size // 2 ** len(channels)
        self.width = self.middle_width = channels[-1]
        blocks, before = [], 3
        for width in channels:
            blocks += [
                nn.Conv2d(before, width, 3, padding=1, bias=False),
                nn.GroupNorm(min(GROUPS, width), width), nn.ReLU(), nn.MaxPool2d(2),
            ]  # fmt: skip
            before = width
        self.blocks = nn.Sequential(*blocks)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.recipe = {"name": "cnn", "channels": list(channels), "image_size": image_size}

    def preprocess(self, images: list[Image.Image]) -> Tensor:
        """RGB pictures of any size -> (n, 3, s, s) in -1..1."""
        return squeezed_pixels(images, self.image_size, MIDDLE_GREY, MIDDLE_GREY)

    def middle(self, pixels: Tensor) -> Tensor:
        """(n, 3, s, s) -> (n, width, 2 grid, 2 grid), before the last pooling."""
        return self.blocks[:-1](pixels)

    def tokens_of(self, middle: Tensor) -> Tokens:
        """:meth:`middle` -> Tokens, row by row from the top left."""
        features = self.blocks[-1](middle).flatten(2).transpose(1, 2)  # (n, t, width)
        return Tokens(features, full_mask(features), features.mean(1))

    def forward(self, pixels: Tensor) -> Tokens:
        """(n, 3, s, s) -> Tokens."""
        return self.tokens_of(self.middle(pixels))
