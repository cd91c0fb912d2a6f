"""VGG16 (Simonyan and Zisserman, 2015) as torchvision builds it, without its classifier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models.vgg import make_layers

from .base import Tokens, full_mask
from .pixels import IMAGENET_MEAN, IMAGENET_STD, squeezed_pixels

# Configuration D of the paper: channels of 3x3 convolutions, "M" halves the grid.
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")


class VggEncoder(nn.Module):
    """A picture -> a grid of the last feature map: 7x7 tokens of 512 for VGG16 at 224 pixels."""

    def __init__(
        self,
        layers: Sequence[int | str] = VGG16,
        image_size: int = 224,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        halvings = list(layers).count("M")
        if not layers or layers[-1] != "M" or image_size % 2**halvings:
            raise ValueError(f'the layers must end with "M" and halve {image_size} evenly')
        self.name, self.carried = "vgg", True
        self.image_size, self.grid = image_size, image_size // 2**halvings
        self.mean, self.std = tuple(mean), tuple(std)
        self.width = self.middle_width = next(c for c in reversed(layers) if c != "M")
        self.features = make_layers(list(layers), batch_norm=False)
        self.recipe = {
            "name": "vgg", "layers": list(layers), "image_size": image_size,
            "mean": list(self.mean), "std": list(self.std),
        }  # fmt: skip

    @classmethod
    def from_folder(cls, folder: Path | str, image_size: int = 0) -> VggEncoder:
        """From config.json and model.safetensors: timm's copy of torchvision's weights names the
        layers as torchvision does. The classifier's tensors are left unread. 0 is the size that the
        weights were trained with."""
        folder = Path(folder)
        config = json.loads((folder / "config.json").read_text("utf-8"))
        given = config.get("pretrained_cfg", {})
        encoder = cls(
            config.get("layers", VGG16),
            image_size or given.get("input_size", [3, 224, 224])[-1],
            given.get("mean", IMAGENET_MEAN), given.get("std", IMAGENET_STD),
        )  # fmt: skip
        state = load_file(folder / "model.safetensors")
        encoder.load_state_dict(
            {k: v.to(torch.float32) for k, v in state.items() if k.startswith("features.")}
        )
        return encoder.eval()

    def preprocess(self, images: list[Image.Image]) -> Tensor:
        """RGB pictures of any size -> (n, 3, s, s), normalised as the weights were trained."""
        return squeezed_pixels(images, self.image_size, self.mean, self.std)

    def middle(self, pixels: Tensor) -> Tensor:
        """(n, 3, s, s) -> (n, width, 2 grid, 2 grid): the last convolution, before the last
        pooling, where Grad-CAM reads VGG (Selvaraju et al., 2017)."""
        return self.features[:-1](pixels)

    def tokens_of(self, middle: Tensor) -> Tokens:
        """:meth:`middle` -> Tokens, row by row from the top left."""
        features = self.features[-1](middle).flatten(2).transpose(1, 2)  # (n, t, width)
        return Tokens(features, full_mask(features), features.mean(1))

    def forward(self, pixels: Tensor) -> Tokens:
        """(n, 3, s, s) -> Tokens."""
        return self.tokens_of(self.middle(pixels))
