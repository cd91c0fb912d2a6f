"""Matchers that come as transformers dual encoders: CLIP, SigLIP 2, Chinese-CLIP and their like."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ..errors import EmptyInputError, ModelNotFoundError
from ..types import MatchMap, Note
from .encoders.pretrained import UNREAD, load_whole, not_loaded, require_words
from .heat import heat_maps, patch_grid, word_spans

BATCH = 16


class DualEncoder(nn.Module):
    """The interface of :class:`mmdemo.models.matcher.Matcher` over a transformers model.

    The model's own preprocessing is used; nothing of its repository is ever executed.
    """

    def __init__(self, model: nn.Module, processor, name: str, identity: str) -> None:
        super().__init__()
        self.model, self.processor = model.eval().requires_grad_(False), processor
        self.name, self.identity = name, identity
        self._width: int | None = None

    @classmethod
    def load(cls, source: str, identity: str) -> DualEncoder:
        """From a local folder, as transformers saves it. Raises ModelNotFoundError."""
        from transformers import AutoProcessor  # seconds, and only for this model

        model = load_whole(source, UNREAD)
        try:
            processor = AutoProcessor.from_pretrained(
                source, trust_remote_code=False, local_files_only=True
            )
        except Exception as error:  # files of a stranger break a loader in any way
            raise not_loaded(source, error) from None
        if not (hasattr(model, "get_text_features") and hasattr(model, "get_image_features")):
            raise ModelNotFoundError(
                f'"{source}" is a {type(model).__name__}, which has no common space for text and '
                "pictures. Use a CLIP-like model."
            )
        require_words(processor.tokenizer, source)
        return cls(model, processor, Path(source).name, identity)

    @property
    def width(self) -> int:
        """Length of a vector of the joint space."""
        if self._width is None:
            self._width = self.encode_texts(["a"]).shape[1]
        return self._width

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tensor]:
        # SigLIP was trained on texts padded to its full length, and reads no others well
        padding = "max_length" if "siglip" in self.model.config.model_type else True
        return self.processor(
            text=list(texts), padding=padding, truncation=True, return_tensors="pt"
        )

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """n sentences -> (n, width) float32 of unit length. Raises EmptyInputError."""
        if not all(text.strip() for text in texts):
            raise EmptyInputError("There is nothing to look for: write a word or a sentence.")
        parts = [
            _unit(self.model.get_text_features(**self._tokens(texts[i : i + 64])))
            for i in range(0, len(texts), 64)
        ]
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.width), np.float32)

    @torch.inference_mode()
    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """n pictures of any size -> (n, width) float32 of unit length."""
        parts = []
        for start in range(0, len(images), BATCH):
            batch = [image.convert("RGB") for image in images[start : start + BATCH]]
            pixels = self.processor(images=batch, return_tensors="pt")
            parts.append(_unit(self.model.get_image_features(**pixels)))
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.width), np.float32)

    def notes(self, text: str) -> tuple[Note, ...]:
        """A text longer than the model's window is said so."""
        window = self.processor.tokenizer.model_max_length
        length = len(self.processor.tokenizer(text, truncation=False)["input_ids"])
        if length <= min(window, 100_000):
            return ()
        what = "The text is longer than the model's window; only its beginning was read."
        return (Note("long_query", what),)

    def word_maps(self, image: Image.Image, text: str) -> MatchMap:
        """Where each word is found: the gradient of its score at the last patches, times them.

        Grad-CAM (Selvaraju et al., ICCV 2017) at the last hidden state of the vision tower; works
        for transformers and convolutional towers alike, as long as they return patch states.
        """
        spans = word_spans(text)
        queries = [text[a:b] for a, b in spans] + [text]
        with torch.no_grad():
            wanted = torch.from_numpy(np.array(self.encode_texts(queries)))
        pixels = self.processor(images=[image.convert("RGB")], return_tensors="pt")
        with torch.enable_grad():
            pixel_values = pixels["pixel_values"].requires_grad_(True)
            vector, hidden = self._patch_states(dict(pixels) | {"pixel_values": pixel_values})
            rows = []
            for query in wanted:
                (slope,) = torch.autograd.grad(vector[0] @ query, hidden, retain_graph=True)
                rows.append(patch_grid((slope * hidden).sum(-1)[0].detach()))
        maps = heat_maps(rows, (image.height, image.width))
        return MatchMap(spans, maps[:-1], maps[-1])

    def _patch_states(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Unit vector of the picture and the patch states (1, t, d) that it was made of."""
        out = self.model.get_image_features(**inputs, output_hidden_states=True)
        # the last layer's patches no longer reach a class token, so the one before is read
        return _unit(out), out.hidden_states[-2]


def _unit(output: object) -> Tensor:
    """Projected vectors of whatever get_*_features returned, at unit length."""
    vectors = getattr(output, "pooler_output", output)
    return F.normalize(vectors.float(), dim=-1)
