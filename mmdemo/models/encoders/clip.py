"""The two towers of a CLIP-like model (CLIP, SigLIP, Chinese-CLIP), each an encoder of its own.

H_t and V_v are what each tower itself makes of its input: the state of the closing token, the
class token, or the pooling head's answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image
from torch import Tensor, nn

from .base import TextBatch, Tokens, full_mask
from .pixels import squeezed_pixels
from .portable import architecture_of, build_architecture, build_tokenizer, tokenizer_content
from .pretrained import load_tokenizer, load_whole
from .text import BertTextEncoder

CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_SIGLIP = "siglip"


class ClipTextEncoder(BertTextEncoder):
    """The text tower. Its attention, and so its relevance, runs from the closing token back."""

    def __init__(self, dual: nn.Module, tokenizer, max_tokens: int = 128) -> None:
        tower = _tower(dual, "text_model")
        super().__init__(tower, tokenizer, "clip-text", max_tokens)
        self.siglip = _SIGLIP in dual.config.model_type
        # SigLIP was trained on texts padded to its full length, and attends to the padding
        self.padding = "max_length" if self.siglip else True

    def tokenize(self, texts: list[str]) -> TextBatch:
        """Cut sentences into word pieces; byte-pair vocabularies know every character."""
        batch = super().tokenize(texts)
        if self.tokenizer.unk_token_id in (None, self.tokenizer.eos_token_id):
            return replace(batch, unknown=(0.0,) * len(texts))
        return batch

    def forward(self, ids: Tensor, mask: Tensor, attention: bool = False) -> Tokens:
        """(n, t) ids -> Tokens; with ``attention`` one (n, heads, t, t) tensor per layer."""
        hook = None
        if attention:  # the towers take no ready embeddings, so theirs are opened on the way
            hook = self.model.get_input_embeddings().register_forward_hook(_opened)
        try:
            seen = None if self.siglip else mask.long()
            out = self.model(ids, attention_mask=seen, output_attentions=attention)
        finally:
            if hook is not None:
                hook.remove()
        features = out.last_hidden_state
        pooled = getattr(out, "pooler_output", None)
        if pooled is None or pooled.shape[1] != self.width:  # Chinese-CLIP: the class token
            pooled = features[:, 0]
        return Tokens(features, mask, pooled, tuple(out.attentions) if attention else ())


class ClipVisionEncoder(nn.Module):
    """The vision tower: (size / patch)^2 tokens, and its own pooled vector."""

    def __init__(
        self, dual: nn.Module, mean: Sequence[float] = CLIP_MEAN, std: Sequence[float] = CLIP_STD
    ) -> None:
        super().__init__()
        self.model = _tower(dual, "vision_model")
        for part in ("embeddings", "encoder", "post_layernorm"):
            if not hasattr(self.model, part):
                raise ValueError(f"the vision tower of a {dual.config.model_type} has no {part}")
        config = self.model.config
        self.name, self.carried = "clip-vision", True
        self.width = self.middle_width = config.hidden_size
        self.image_size, self.grid = config.image_size, config.image_size // config.patch_size
        self.mean, self.std = tuple(mean), tuple(std)
        self.recipe: dict = {}

    def preprocess(self, images: list[Image.Image]) -> Tensor:
        """RGB pictures of any size -> (n, 3, s, s), normalised as the weights were trained."""
        return squeezed_pixels(images, self.image_size, self.mean, self.std)

    def middle(self, pixels: Tensor) -> Tensor:
        """(n, 3, s, s) -> states (n, t, width) before the last layer, a class token first where
        there is one. After it, only the class token would reach the answer."""
        states = self.model.embeddings(pixels)
        if hasattr(self.model, "pre_layrnorm"):  # CLIP's own spelling
            states = self.model.pre_layrnorm(states)
        for layer in self.model.encoder.layers[:-1]:
            states = _states(layer(states, attention_mask=None))
        return states

    def tokens_of(self, middle: Tensor) -> Tokens:
        """:meth:`middle` -> Tokens of the patches, row by row from the top left."""
        last = self.model.encoder.layers[-1]
        states = self.model.post_layernorm(_states(last(middle, attention_mask=None)))
        head = getattr(self.model, "head", None)  # SigLIP pools by attention
        pooled = head(states) if head is not None else states[:, 0]
        features = states[:, states.shape[1] - self.grid**2 :]
        return Tokens(features, full_mask(features), pooled)

    def forward(self, pixels: Tensor) -> Tokens:
        """(n, 3, s, s) -> Tokens."""
        return self.tokens_of(self.middle(pixels))


def load_clip_text(
    folder: Path | str, recipe: Mapping | None, max_tokens: int = 128
) -> ClipTextEncoder:
    """From a folder as transformers saves it; ``recipe`` as in :func:`bert.load_bert`."""
    dual = _load(folder)
    tokenizer = load_tokenizer(folder)
    encoder = ClipTextEncoder(dual, tokenizer, max_tokens).eval()
    whole = {
        "name": "clip-text", "architecture": architecture_of(dual),
        "tokenizer": tokenizer_content(tokenizer),
    }  # fmt: skip
    encoder.carried = recipe is None
    encoder.recipe = {"max_tokens": encoder.max_tokens, **(recipe or whole)}
    return encoder


def clip_text_from_recipe(
    architecture: Mapping, tokenizer: Mapping, max_tokens: int = 128
) -> ClipTextEncoder:
    """With random weights: a checkpoint brings all of them."""
    dual = build_architecture(architecture)
    encoder = ClipTextEncoder(dual, build_tokenizer(tokenizer), max_tokens).eval()
    encoder.carried = True
    encoder.recipe = {
        "name": "clip-text", "architecture": dict(architecture), "tokenizer": dict(tokenizer),
        "max_tokens": encoder.max_tokens,
    }  # fmt: skip
    return encoder


def load_clip_vision(folder: Path | str, recipe: Mapping | None) -> ClipVisionEncoder:
    """From a folder as transformers saves it; ``recipe`` as in :func:`bert.load_bert`."""
    dual = _load(folder)
    mean, std = _normalisation(Path(folder))
    encoder = ClipVisionEncoder(dual, mean, std).eval()
    whole = {
        "name": "clip-vision", "architecture": architecture_of(dual), "mean": list(mean),
        "std": list(std),
    }  # fmt: skip
    encoder.carried = recipe is None
    encoder.recipe = dict(recipe or whole)
    return encoder


def clip_vision_from_recipe(
    architecture: Mapping, mean: Sequence[float], std: Sequence[float]
) -> ClipVisionEncoder:
    """With random weights: a checkpoint brings all of them."""
    encoder = ClipVisionEncoder(build_architecture(architecture), mean, std).eval()
    encoder.recipe = {
        "name": "clip-vision", "architecture": dict(architecture), "mean": list(mean),
        "std": list(std),
    }  # fmt: skip
    return encoder


def _load(folder: Path | str) -> nn.Module:
    return load_whole(folder, attention="eager")


def _tower(dual: nn.Module, name: str) -> nn.Module:
    tower = getattr(dual, name, None)
    if tower is None:
        raise ValueError(f"a {dual.config.model_type} has no {name}, so it is not CLIP-like")
    return tower


def _normalisation(folder: Path) -> tuple[Sequence[float], Sequence[float]]:
    """Mean and deviation of each channel, from whichever file of the folder tells them."""
    for name in ("preprocessor_config.json", "processor_config.json"):
        if (folder / name).is_file():
            content = json.loads((folder / name).read_text("utf-8"))
            content = content.get("image_processor", content)
            if "image_mean" in content:
                return content["image_mean"], content["image_std"]
    return CLIP_MEAN, CLIP_STD


def _opened(module: nn.Module, inputs: object, output: Tensor) -> Tensor:
    return output.detach().requires_grad_(True)


def _states(output: Tensor | tuple) -> Tensor:
    return output[0] if isinstance(output, tuple) else output
