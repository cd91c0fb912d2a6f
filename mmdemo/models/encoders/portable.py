"""Transformers models inside a checkpoint: architecture and tokenizer as plain JSON, no folder."""

from __future__ import annotations

from collections.abc import Mapping

from tokenizers import Tokenizer
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

_SPECIAL = ("unk", "pad", "cls", "sep", "mask", "bos", "eos")
_IDLE = ("_name_or_path", "architectures", "transformers_version", "dtype", "torch_dtype")


def architecture_of(model: nn.Module) -> dict:
    """What :func:`build_architecture` needs; nothing of it is a path or a name of code."""
    return {k: v for k, v in model.config.to_diff_dict().items() if k not in _IDLE}


def build_architecture(architecture: Mapping) -> nn.Module:
    """The model with random weights; a checkpoint brings the trained ones. ValueError when the
    architecture is none of transformers' own."""
    if "auto_map" in architecture or "model_type" not in architecture:
        raise ValueError("the architecture must name a model_type of transformers, and no code")
    config = AutoConfig.for_model(**architecture)
    return AutoModel.from_config(config, attn_implementation="eager")


def tokenizer_content(tokenizer: PreTrainedTokenizerFast) -> dict:
    """A tokenizer as JSON: the library's own format, its special tokens and its window."""
    named = {f"{kind}_token": getattr(tokenizer, f"{kind}_token", None) for kind in _SPECIAL}
    return {
        "content": tokenizer.backend_tokenizer.to_str(),
        "special": {name: str(token) for name, token in named.items() if token is not None},
        "window": min(tokenizer.model_max_length, 100_000),
    }


def build_tokenizer(content: Mapping) -> PreTrainedTokenizerFast:
    """The tokenizer that :func:`tokenizer_content` wrote down."""
    unknown = set(content["special"]) - {f"{kind}_token" for kind in _SPECIAL}
    if unknown:
        raise ValueError(f"the tokenizer has special tokens of an unknown kind: {sorted(unknown)}")
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(content["content"]),
        model_max_length=int(content["window"]),
        **{name: str(token) for name, token in content["special"].items()},
    )
