"""Scores rid of hubs: the formula, what it does to a hub, what a checkpoint says of it."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmdemo.config import Limits
from mmdemo.models.balance import (
    EXTRA,
    LEVEL,
    LIKENESS,
    RECALL,
    TEMPERATURE,
    TEXT_SHARE,
    Balance,
)
from mmdemo.models.core import Core
from tests import media
from tests.models.tiny import write_tiny_matcher


def unit(*shape: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def filled(texts: torch.Tensor, images: torch.Tensor) -> Balance:
    balance = Balance(*texts.shape)
    balance.fill(texts, images)
    return balance


def soft_maximum(vector: torch.Tensor, references: torch.Tensor) -> float:
    powers = [math.exp(float(vector @ other) / TEMPERATURE) for other in references]
    return TEMPERATURE * math.log(sum(powers) / len(powers))


def recalling(query: torch.Tensor, texts: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Sentences with their part of the pictures whose captions are like them."""
    rows = []
    for vector in query:
        weights = [math.exp(float(vector @ text) / LIKENESS) for text in texts]
        recalled = sum(w * image for w, image in zip(weights, images, strict=True))
        rows.append(F.normalize(vector + RECALL * F.normalize(recalled, dim=0), dim=0))
    return torch.stack(rows)


def test_a_dot_product_is_the_cosine_less_what_each_side_says_to_all():
    texts, images, query, picture = (unit(5, 12, seed=i) for i in range(4))
    balance = filled(texts, images)
    asked, seen = balance.of_texts(query), balance.of_images(picture)
    assert asked.shape == seen.shape == (5, 12 + EXTRA)
    torch.testing.assert_close(asked.norm(dim=1), torch.ones(5))
    of_text, of_image = (float(x) for x in balance.middles)
    query = recalling(query, texts, images)
    for i in range(5):
        for j in range(5):
            b = TEXT_SHARE * (soft_maximum(query[i], images) - of_text)
            c = soft_maximum(picture[j], texts) - of_image
            lengths = [math.sqrt(1 + (x / LEVEL) ** 2 + LEVEL**2) for x in (b, c)]
            score = float(query[i] @ picture[j]) - b - c
            assert float(asked[i] @ seen[j]) == pytest.approx(score / math.prod(lengths), abs=1e-5)


def test_a_picture_that_is_near_to_every_sentence_no_longer_wins():
    """Sentences share a direction; the hub lies in it, the right picture near its sentence."""
    shared = unit(1, 32, seed=0)
    texts = F.normalize(shared + 0.7 * unit(200, 32, seed=1), dim=-1)
    query = F.normalize(shared + 0.7 * unit(1, 32, seed=2), dim=-1)
    right = F.normalize(query - 0.6 * shared + 0.3 * unit(1, 32, seed=3), dim=-1)
    pictures = torch.cat([shared, right])
    assert int((query @ pictures.T).argmax()) == 0
    balance = filled(texts, unit(200, 32, seed=4))
    assert int((balance.of_texts(query) @ balance.of_images(pictures).T).argmax()) == 1


def test_a_sentence_finds_what_the_pictures_of_sentences_like_it_show():
    """Pictures of captions like the sentence have something in common that no caption says."""
    said, shown, other = torch.eye(32)[:3, None]
    texts, images = unit(50, 32, seed=2), unit(50, 32, seed=3)
    texts[:5] = F.normalize(said + 0.3 * unit(5, 32, seed=4), dim=-1)
    images[:5] = F.normalize(said + shown, dim=-1)
    pictures = F.normalize(torch.cat([1.1 * said + other, said + shown]), dim=-1)
    assert int((said @ pictures.T).argmax()) == 0
    asked = filled(texts, images).of_texts(said)[:, :32]
    assert int((asked @ pictures.T).argmax()) == 1


def test_a_matcher_brings_its_balance_along(tmp_path):
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    for name, references in (("plain", 0), ("balanced", 6)):
        write_tiny_matcher(tmp_path / "checkpoints" / name, references=references)
    plain, balanced = core.matcher("plain"), core.matcher("balanced")
    assert balanced.width == plain.width + EXTRA
    vectors = {name: (m.encode_texts(["so sad", "a day"]), m.encode_images([media.quadrants()]))
               for name, m in (("plain", plain), ("balanced", balanced))}  # fmt: skip
    for ours, own, turned in zip(
        vectors["balanced"], vectors["plain"],
        (balanced.balance.of_texts, balanced.balance.of_images), strict=True,
    ):  # fmt: skip
        assert ours.shape[1] == balanced.width
        np.testing.assert_allclose(ours, turned(torch.from_numpy(own)).numpy(), atol=1e-5)
        assert np.abs(ours[:, plain.width : plain.width + 2]).min() > 0
