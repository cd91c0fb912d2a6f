"""Models from folders as transformers saves them: whole, or refused in one sentence.

Left alone, transformers fills weights that a file lacks with random numbers and goes on, and makes
a tokenizer without a single word where its files are missing.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer

from ...errors import ModelNotFoundError

UNREAD = ("pooler.",)
"""Weights of BERT-like models that may be missing: nothing here reads them."""


def load_whole(
    folder: Path | str, spare: Collection[str] = (), attention: str | None = None
) -> nn.Module:
    """The model in ``folder``, as float32, with every weight from its safetensors; those whose
    names begin with one of ``spare`` may be missing. Runs no code of it. ModelNotFoundError."""
    kind = {} if attention is None else {"attn_implementation": attention}
    try:
        model, told = AutoModel.from_pretrained(
            str(folder), dtype=torch.float32, use_safetensors=True, local_files_only=True,
            trust_remote_code=False, output_loading_info=True, **kind,
        )  # fmt: skip
    except Exception as error:  # a config or a file that lies breaks the loader in any way
        raise not_loaded(folder, error) from None
    missing = [name for name in told["missing_keys"] if not name.startswith(tuple(spare))]
    if missing:
        raise ModelNotFoundError(
            f'"{folder}" is not whole: its file lacks {len(missing)} of the weights, such as '
            f"{sorted(missing)[0]}. Use another copy."
        )
    if not all(bool(weights.isfinite().all()) for weights in model.parameters()):
        raise ModelNotFoundError(
            f'The weights in "{folder}" are damaged (some are no numbers). Use another copy.'
        )
    return model


def load_tokenizer(folder: Path | str):
    """The tokenizer in ``folder``. ModelNotFoundError when it is not there, or knows no word."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # as above
        raise not_loaded(folder, error) from None
    require_words(tokenizer, folder)
    return tokenizer


def require_words(tokenizer, folder: Path | str) -> None:
    """ModelNotFoundError for a tokenizer that has nothing but its special tokens."""
    if len(tokenizer) <= len(set(tokenizer.all_special_tokens)):
        raise ModelNotFoundError(
            f'"{folder}" has no vocabulary: the files of its tokenizer are missing.'
        )


def not_loaded(folder: Path | str, error: Exception) -> ModelNotFoundError:
    """The error for a folder that transformers cannot read, with its reason on one line."""
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    if "ignore_mismatched_sizes" in reason:  # advice to a programmer
        reason = "its weights have other sizes than its config.json says"
    return ModelNotFoundError(f'"{folder}" could not be loaded as a model: {reason}')
