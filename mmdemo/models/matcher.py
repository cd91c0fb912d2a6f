"""The matcher: text and pictures in one joint space, where a cosine says how well they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ..errors import CheckpointError, EmptyInputError
from ..types import MatchMap, Note
from .balance import EXTRA, Balance
from .encoders import TextBatch, TextEncoder, Tokens, VisionEncoder
from .heat import heat_maps, word_spans
from .text_notes import text_notes

BATCH = 16  # pictures encoded at a time: larger batches are no faster on two cores


@dataclass(frozen=True)
class MatcherConfig:
    """What a checkpoint's config.json says about the matcher."""

    text_encoder: dict
    vision_encoder: dict
    width: int  # of the joint space
    hidden: int  # of the projection of picture cells
    names: int = 0  # picture classes whose names also speak for a picture; 0 = none
    references: int = 0  # training texts, and as many pictures, that balance scores; 0 = none

    @classmethod
    def from_dict(cls, config: Mapping) -> MatcherConfig:
        """Checked config from a parsed config.json; keys of other parts are left alone."""
        try:
            return cls(
                dict(config["text_encoder"]),
                dict(config["vision_encoder"]),
                int(config["width"]),
                int(config["hidden"]),
                int(config.get("names", 0)),
                int(config.get("references", 0)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"config.json lacks or misspells {error}.") from None


class ImageProjection(nn.Module):
    """Grid tokens -> one vector per cell and one per picture, in the joint space.

    The picture's vector is an attention-weighted sum of its cells, plus the names of what an
    ImageNet classifier sees, averaged by probability (ConSE, Norouzi et al., ICLR 2014): so words
    that no caption of the training set says can still be found.
    """

    def __init__(self, width_in: int, hidden: int, width: int, names: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width_in)
        self.project = nn.Sequential(
            nn.Linear(width_in, hidden), nn.GELU(), nn.Dropout(0.2), nn.Linear(hidden, width)
        )
        self.attend = nn.Linear(width_in, 1)
        self.classify = nn.Linear(width_in, names) if names else None
        self.names = nn.Parameter(torch.zeros(names, width)) if names else None

    def forward(self, tokens: Tokens) -> tuple[Tensor, Tensor]:
        """Tokens of n pictures -> weighted cells (n, t, width) and unit vectors (n, width)."""
        normed = self.norm(tokens.features)
        weight = self.attend(normed).softmax(1)  # (n, t, 1)
        cells = weight * self.project(normed)
        whole = cells.sum(1)
        if self.classify is not None:
            whole = whole + self.classify(tokens.pooled).softmax(-1) @ self.names
        return cells, F.normalize(whole, dim=-1)


class Matcher(nn.Module):
    """Sentences and pictures in, unit vectors of one joint space out.

    ``identity`` names the exact weights: vectors are only ever compared within one identity.
    """

    def __init__(
        self,
        config: MatcherConfig,
        text_encoder: TextEncoder,
        vision_encoder: VisionEncoder,
        *,
        name: str = "",
        identity: str = "",
    ) -> None:
        super().__init__()
        self.config, self.name, self.identity = config, name, identity
        self.text_encoder, self.vision_encoder = text_encoder, vision_encoder
        self.text_project = nn.Linear(text_encoder.width, config.width)
        self.image_project = ImageProjection(
            vision_encoder.width, config.hidden, config.width, config.names
        )
        self.balance = Balance(config.references, config.width) if config.references else None
        self.eval()

    @property
    def width(self) -> int:
        """Length of the vectors that are compared."""
        return self.config.width + (EXTRA if self.balance else 0)

    def project_texts(self, texts: Sequence[str]) -> tuple[Tensor, TextBatch, Tensor]:
        """n sentences -> token vectors (n, t, w), the token batch, unit vectors (n, w), not yet
        balanced; w is the config's width."""
        batch = self.text_encoder.tokenize(list(texts))
        tokens = self.text_encoder(batch.ids, batch.mask)
        whole = F.normalize(self.text_project(tokens.pooled), dim=-1)
        return self.text_project(tokens.features), batch, whole

    def balanced_texts(self, vectors: Tensor) -> Tensor:
        """(n, w) unit vectors of sentences -> (n, width), to be compared with those of pictures."""
        return self.balance.of_texts(vectors) if self.balance else vectors

    def balanced_images(self, vectors: Tensor) -> Tensor:
        """(n, w) unit vectors of pictures -> (n, width), to be compared with those of sentences."""
        return self.balance.of_images(vectors) if self.balance else vectors

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """n sentences -> (n, width) float32 of unit length. Raises EmptyInputError."""
        if not all(text.strip() for text in texts):
            raise EmptyInputError("There is nothing to look for: write a word or a sentence.")
        parts = [
            self.balanced_texts(self.project_texts(texts[i : i + 64])[2])
            for i in range(0, len(texts), 64)
        ]
        return _rows(parts, self.width)

    @torch.inference_mode()
    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """n pictures of any size -> (n, width) float32 of unit length."""
        parts = []
        for start in range(0, len(images), BATCH):
            pixels = self.vision_encoder.preprocess(list(images[start : start + BATCH]))
            parts.append(self.balanced_images(self.image_project(self.vision_encoder(pixels))[1]))
        return _rows(parts, self.width)

    def notes(self, text: str) -> tuple[Note, ...]:
        """What a user should know about how the text was read: cut short, unknown words."""
        return text_notes(self.text_encoder, text)

    @torch.inference_mode()
    def word_maps(self, image: Image.Image, text: str) -> MatchMap:
        """Where each word of ``text`` is found in the picture.

        Both vectors are sums (of tokens, of cells) before they are scaled to unit length, so their
        cosine falls apart into one contribution per word and cell: nothing is estimated. What
        balances a score belongs to the picture or the sentence as a whole.
        """
        tokens, batch, _ = self.project_texts([text])
        cells, _ = self.image_project(self.vision_encoder(self.vision_encoder.preprocess([image])))
        parts = cells[0] @ tokens[0].T  # (cells, tokens)
        words = word_spans(text)
        grid = (self.vision_encoder.grid, self.vision_encoder.grid)
        rows = [parts[:, _inside(batch, span)].sum(1).view(grid) for span in words]
        size = (image.height, image.width)
        overall = parts[:, batch.mask[0]].sum(1).view(grid)
        return MatchMap(words, heat_maps(rows, size), heat_maps([overall], size)[0])


def _rows(parts: list[Tensor], width: int) -> np.ndarray:
    """Batches of vectors as one float32 array; none give (0, width)."""
    return torch.cat(parts).float().numpy() if parts else np.zeros((0, width), np.float32)


def _inside(batch: TextBatch, span: tuple[int, int]) -> list[int]:
    """Tokens of the first sentence that lie in a span of characters."""
    found = enumerate(batch.offsets[0])
    return [i for i, (a, b) in found if b > a and a < span[1] and b > span[0]]
