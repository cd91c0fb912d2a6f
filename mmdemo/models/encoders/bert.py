"""BERT-like encoders from a hub or a folder, and the same ones inside a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .portable import architecture_of, build_architecture, build_tokenizer, tokenizer_content
from .text import BertTextEncoder


def load_bert(folder: Path | str, recipe: Mapping | None, max_tokens: int = 128) -> BertTextEncoder:
    """From a folder as transformers saves it. ``recipe``: how a checkpoint names the model when a
    hub has it; None for a folder of a person's own, which a checkpoint then carries as a whole."""
    encoder = BertTextEncoder.from_folder(folder, "bert", max_tokens)
    encoder.carried = recipe is None
    encoder.recipe = {"max_tokens": encoder.max_tokens, **(recipe or _whole(encoder))}
    return encoder


def bert_from_recipe(
    architecture: Mapping, tokenizer: Mapping, max_tokens: int = 128
) -> BertTextEncoder:
    """With random weights: a checkpoint brings all of them."""
    encoder = BertTextEncoder(
        build_architecture(architecture).eval(), build_tokenizer(tokenizer), "bert", max_tokens
    )
    encoder.carried = True
    encoder.recipe = {
        "name": "bert", "architecture": dict(architecture), "tokenizer": dict(tokenizer),
        "max_tokens": encoder.max_tokens,
    }  # fmt: skip
    return encoder


def _whole(encoder: BertTextEncoder) -> dict:
    return {
        "name": "bert",
        "architecture": architecture_of(encoder.model),
        "tokenizer": tokenizer_content(encoder.tokenizer),
    }
