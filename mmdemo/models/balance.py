"""Scores rid of hubs, what each side says to everything is taken off; and sentences that recall
the pictures of their like.

In a space of hundreds of dimensions some pictures are near to every sentence and come up for
queries that others answer (hubs: Radovanovic et al., JMLR 2010). So a score is a cosine less how
well the picture fits any sentence of the training set, and less a part of how well the sentence
fits any picture of it, both as soft maxima (after querybank normalisation, Bogolin et al., CVPR
2022, but without the other queries of a test). Both depend on one side alone. So each vector
carries its own beside a constant that meets the other's, and a plain dot product does the rest.

Before that a sentence moves a little towards the training pictures whose captions are like it: what
those look like is surer than what the text encoder makes of one wording.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEMPERATURE = 0.06
"""Of the soft maximum; chosen on Flickr8k dev, where 0.04 to 0.07 do."""
LEVEL = 0.3
"""The constant. Small: it makes all vectors of one side more alike."""
TEXT_SHARE = 0.5
"""Of its own nearness, that is taken off a sentence. All of it would rank sentences a little better
(``training/RESULTS.md``), but make strong answers to ordinary queries look weak."""
RECALL, LIKENESS = 0.15, 0.05
"""How far a sentence moves, and the temperature of how alike captions are; 0.1 to 0.2 and 0.02 to
0.08 do as well on Flickr8k dev."""
EXTRA = 8
"""Numbers that a vector gains: two are needed, the library's index wants multiples of eight."""


class Balance(nn.Module):
    """Vectors of the joint space -> vectors, ``EXTRA`` longer, whose cosine is free of hubs."""

    def __init__(self, references: int, width: int) -> None:
        super().__init__()
        self.register_buffer("texts", torch.zeros(references, width))
        self.register_buffer("images", torch.zeros(references, width))
        self.register_buffer("middles", torch.zeros(2))

    def fill(self, texts: Tensor, images: Tensor) -> None:
        """Take unit vectors (references, width) of training texts and of training pictures."""
        self.texts.copy_(texts)
        self.images.copy_(images)
        of_texts, of_images = _nearness(texts, images), _nearness(images, texts)
        self.middles.copy_(torch.stack([of_texts.mean(), of_images.mean()]))

    def of_texts(self, vectors: Tensor) -> Tensor:
        """(n, width) unit vectors of sentences -> (n, width + EXTRA) unit vectors."""
        vectors = self._recalling(vectors)
        own = TEXT_SHARE * (_nearness(vectors, self.images) - self.middles[0])
        return _extended(vectors, torch.full_like(own, LEVEL), -own / LEVEL)

    def of_images(self, vectors: Tensor) -> Tensor:
        """(n, width) unit vectors of pictures -> (n, width + EXTRA) unit vectors."""
        own = _nearness(vectors, self.texts) - self.middles[1]
        return _extended(vectors, -own / LEVEL, torch.full_like(own, LEVEL))

    def _recalling(self, vectors: Tensor) -> Tensor:
        """(n, width) unit vectors, moved towards the pictures of captions like these sentences."""
        likeness = (vectors @ self.texts.T / LIKENESS).softmax(1)  # (n, references)
        recalled = F.normalize(likeness @ self.images, dim=-1)
        return F.normalize(vectors + RECALL * recalled, dim=-1)


def _nearness(vectors: Tensor, references: Tensor) -> Tensor:
    """(n,) soft maximum of each vector's cosines with all references."""
    found = torch.logsumexp(vectors @ references.T / TEMPERATURE, 1)
    return TEMPERATURE * (found - math.log(len(references)))


def _extended(vectors: Tensor, meets_texts: Tensor, meets_images: Tensor) -> Tensor:
    extra = torch.stack([meets_texts, meets_images], 1)
    return F.normalize(torch.cat([vectors, F.pad(extra, (0, EXTRA - 2))], 1), dim=-1)
