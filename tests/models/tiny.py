"""A tiny random classifier on disk: real classes, real files, 0.2 s to make."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import BertConfig, BertModel, BertTokenizerFast

from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.classifier import Classifier, ClassifierConfig
from mmdemo.models.encoders import BertTextEncoder, EfficientNetEncoder
from mmdemo.models.matcher import Matcher, MatcherConfig

LABELS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
WORDS = ["i", "am", "so", "happy", "sad", "angry", "you", "came", "the", "a", "is", "not", "this"]
WORDS += ["that", "day", "friend", "love", "hate", ".", ",", "!", "?"]


def tiny_text_folder(folder: Path) -> Path:
    """A 2-layer BERT of width 32 with a toy vocabulary, saved as transformers saves it."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [c for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *WORDS,
        *letters,
        *(f"##{c}" for c in letters),
    ]
    vocabulary = list(dict.fromkeys(vocabulary))
    tokenizer = BertTokenizerFast(vocab={w: i for i, w in enumerate(vocabulary)})
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_config(text_folder: Path, **changes) -> dict:
    """config.json of a tiny classifier; ``changes`` override single keys."""
    return {
        "title": "Tiny",
        "labels": list(LABELS),
        "text_encoder": {"name": str(text_folder), "max_tokens": 32},
        "vision_encoder": {"name": "efficientnet-lite0", "image_size": 64, "grey": True},
        "fusion": {"kind": "cross-attention", "width": 32, "layers": 1, "heads": 2},
        "temperatures": {"text": 1.0, "vision": 1.0, "text+vision": 1.0},
        "thresholds": dict.fromkeys(LABELS, 0.3),
        "crop": "face",
        "face_check": 0.0,
        **changes,
    }


def tiny_classifier(text_folder: Path, **changes) -> Classifier:
    """An unsaved classifier with random weights, the same every time."""
    torch.manual_seed(0)
    config = ClassifierConfig.from_dict(tiny_config(text_folder, **changes))
    options = dict(config.text_encoder)
    text = BertTextEncoder.from_folder(options.pop("name"), "tiny", **options)
    vision = EfficientNetEncoder(image_size=config.vision_encoder["image_size"], grey=True)
    return Classifier(config, text, vision).requires_grad_(False)


def tiny_checkpoint(checkpoints: Path, name: str = "emotion-compact", **changes) -> Path:
    """``checkpoints/name`` with a tiny random classifier; returns its folder."""
    text_folder = tiny_text_folder(checkpoints.parent / "tiny-text")
    classifier = tiny_classifier(text_folder, **changes)
    state = {k: v for k, v in classifier.state_dict().items() if not k.startswith("text_encoder.")}
    return save_checkpoint(
        checkpoints / name, state, tiny_config(text_folder, **changes), "# Tiny\n"
    )


def write_tiny_matcher(folder: Path, seed: int = 0, references: int = 0) -> Path:
    """A checkpoint folder with a tiny random matcher; the same seed gives the same weights.
    ``references``: of what balances its scores, random too."""
    text_folder = tiny_text_folder(folder.parent.parent / "tiny-text")
    config = {
        "title": "Tiny",
        "text_encoder": {"name": str(text_folder), "max_tokens": 32},
        "vision_encoder": {"name": "efficientnet-lite0", "image_size": 64},
        "width": 16,
        "hidden": 24,
        "references": references,
    }
    text = BertTextEncoder.from_folder(text_folder, "tiny", max_tokens=32)
    torch.manual_seed(seed)
    matcher = Matcher(MatcherConfig.from_dict(config), text, EfficientNetEncoder(image_size=64))
    if matcher.balance:
        matcher.balance.fill(*F.normalize(torch.randn(2, references, 16), dim=-1))
    state = {k: v for k, v in matcher.state_dict().items() if not k.startswith("text_encoder.")}
    return save_checkpoint(folder, state, config, "# Tiny\n", kind="matcher")
