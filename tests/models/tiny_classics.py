"""Tiny random models of the classic kinds, saved to disk as their libraries save them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torchvision.models.vgg import VGG, make_layers
from transformers import (
    BertTokenizerFast,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SiglipProcessor,
)

from tests.models.tiny import tiny_text_folder

VGG_LAYERS = (4, "M", 8, "M", 8, 8, "M")
_TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
          "num_attention_heads": 2}  # fmt: skip


def tiny_vgg_folder(folder: Path) -> Path:
    """A torchvision VGG of three blocks with its classifier, in the form of timm's hub copies."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    model = VGG(make_layers(list(VGG_LAYERS)), num_classes=3, init_weights=True)
    model.classifier = torch.nn.Sequential(torch.nn.Linear(8, 3))
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architecture": "vgg16", "layers": list(VGG_LAYERS),
        "pretrained_cfg": {
            "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "input_size": [3, 32, 32],
        },
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def tiny_dual_folder(folder: Path, kind: str = "clip") -> Path:
    """A CLIP ("clip") or SigLIP ("siglip") of two layers a tower, with its processor."""
    words = tiny_text_folder(folder.parent / f"{folder.name}-words")
    tokenizer = BertTokenizerFast.from_pretrained(words)
    tokenizer.model_max_length = 16
    text = {
        **_TOWER, "vocab_size": len(tokenizer), "max_position_embeddings": 16,
        "eos_token_id": tokenizer.sep_token_id, "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.cls_token_id, "projection_size": 32,
    }  # fmt: skip
    vision = {**_TOWER, "image_size": 32, "patch_size": 8}
    size = {"size": {"height": 32, "width": 32}}
    torch.manual_seed(0)
    if kind == "clip":
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=24))
        processor = CLIPProcessor(CLIPImageProcessor(**size, do_center_crop=False), tokenizer)
    else:
        model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision))
        processor = SiglipProcessor(SiglipImageProcessor(**size), tokenizer)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
