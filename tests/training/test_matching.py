"""Training parts of the matcher: captions, views, batches, loss, what the checkpoint carries."""

import csv

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from mmdemo.models.encoders import EfficientNetEncoder, build_vision_encoder
from mmdemo.models.matcher import Matcher
from mmdemo.models.training_pairs import info_nce
from mmdemo.services.evaluation import retrieval_scores
from tests import media
from training import train_matcher
from training.match_data import VIEWS, middle_features, read_captions, seen
from training.match_stage import (
    all_image_vectors,
    balance,
    drawn_batches,
    fresh_features,
    image_vectors,
    thinned,
    varied,
)
from training.train_matcher import AS_PACKAGED, changed_tensors


@pytest.fixture
def flickr(tmp_path):
    """Three pictures with two captions each, one of them in dev."""
    rows = []
    for i, mood in enumerate(("joy", "sadness", "neutral")):
        media.drawn_face(64, mood).save(tmp_path / f"{i}.png")
        rows += [[f"{i}.png", f"{word} {i}", "dev" if i == 2 else "train"] for word in ("a", "the")]
    with open(tmp_path / "data.csv", "w", newline="") as handle:
        csv.writer(handle).writerows([["image", "text", "split"], *rows])
    return tmp_path


def test_captions_are_grouped_by_picture(flickr):
    train = read_captions(flickr, "train")
    assert [p.name for p in train.pictures] == ["0.png", "1.png"]
    assert train.texts == ("a 0", "the 0", "a 1", "the 1")
    assert train.of_picture == [[0, 1], [2, 3]]


def test_views_differ_and_the_whole_one_is_the_picture():
    image, generator = media.quadrants((80, 60)), torch.Generator().manual_seed(0)
    whole, cropped = (seen(image, view, generator) for view in VIEWS)
    assert whole.tobytes() == image.tobytes()
    assert 0.65 * 80 - 1 <= cropped.width <= 0.95 * 80 + 1
    assert cropped.height < image.height


def test_cached_features_are_those_of_the_encoder_and_survive_a_kill(flickr, tmp_path):
    encoder, train = build_vision_encoder(image_size=64), read_captions(flickr, "train")
    path = tmp_path / "view.npy"
    path.with_suffix(".part").write_bytes(b"what a killed run left")
    first = np.array(middle_features(encoder, train, "whole", path, 0))
    stamp = path.stat().st_mtime_ns
    again = middle_features(encoder, train, "whole", path, 0)
    assert first.shape == (2, 112, 4, 4) and path.stat().st_mtime_ns == stamp
    np.testing.assert_array_equal(first, again)
    assert not path.with_suffix(".part").exists()


def test_info_nce_is_least_for_true_pairs():
    vectors = F.normalize(torch.randn(8, 16, generator=torch.Generator().manual_seed(0)), dim=-1)
    right = info_nce(vectors, vectors, torch.tensor(20.0))
    wrong = info_nce(vectors, vectors.roll(1, 0), torch.tensor(20.0))
    assert right < 0.1 < 2 < wrong


def test_fresh_features_differ_from_draw_to_draw_and_follow_the_generator(flickr):
    encoder, train = build_vision_encoder(image_size=64), read_captions(flickr, "train")
    found = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        found.append(fresh_features(encoder, list(train.pictures)))
    assert found[0].shape == (2, 112, 4, 4) and not found[0].requires_grad
    torch.testing.assert_close(found[0], found[1])
    assert (found[0] - found[2]).abs().max() > 0.1


def test_a_batch_names_a_caption_of_its_own_picture(flickr):
    torch.manual_seed(0)
    train = read_captions(flickr, "train")
    many = type(train)(train.pictures * 8, train.texts * 8, torch.arange(16).repeat_interleave(2))
    batches = list(drawn_batches(many, 8))
    assert len(batches) == 2 and all(len(rows) == 8 for rows, _ in batches)
    assert sorted(r for rows, _ in batches for r in rows) == list(range(16))
    for rows, captions in batches:
        assert [int(many.owner[c]) for c in captions] == rows


def test_the_checkpoint_carries_what_the_packages_lack(matcher):
    """Loading over freshly packaged encoders gives the very vectors that were trained."""
    trained, config, text = matcher, matcher.config, matcher.text_encoder
    with torch.no_grad():
        for name, parameter in trained.named_parameters():
            if not name.startswith(AS_PACKAGED):
                parameter.add_(torch.randn_like(parameter) * 0.01)
    state = {k: v.float() if v.is_floating_point() else v
             for k, v in changed_tensors(trained).items()}  # fmt: skip
    fresh = Matcher(config, text, build_vision_encoder(image_size=64))
    fresh.load_state_dict(state, strict=False)
    image = [media.quadrants()]
    np.testing.assert_allclose(fresh.encode_images(image), trained.encode_images(image), atol=5e-3)
    random = Matcher(config, text, EfficientNetEncoder(image_size=64))
    random.load_state_dict(state, strict=False)
    assert np.abs(random.encode_images(image) - trained.encode_images(image)).max() > 0.02


def test_cached_features_give_the_vectors_of_the_picture(matcher, flickr, tmp_path):
    train = read_captions(flickr, "train")
    middle = middle_features(matcher.vision_encoder, train, "whole", tmp_path / "w.npy", 0)
    with torch.inference_mode():
        vectors = image_vectors(matcher, middle, [0, 1]).numpy()
    whole = matcher.encode_images([Image.open(p) for p in train.pictures])
    np.testing.assert_allclose(vectors, whole, atol=5e-3)


def test_scores_are_balanced_by_every_picture_and_its_first_caption(matcher, flickr, tmp_path):
    train = read_captions(flickr, "train")
    middle = middle_features(matcher.vision_encoder, train, "whole", tmp_path / "w.npy", 0)
    plain = matcher.encode_texts(["a 0", "a 1"])
    balanced = balance(matcher, train, middle)
    assert balanced.config.references == 2 and balanced.width == 24
    np.testing.assert_allclose(balanced.balance.texts.numpy(), plain, atol=1e-5)
    torch.testing.assert_close(balanced.balance.images, all_image_vectors(matcher, middle))
    assert {"balance.texts", "balance.images", "balance.middles"} <= changed_tensors(matcher).keys()


def test_pictures_are_seen_larger_once_all_is_tuned(matcher, flickr, tmp_path, monkeypatch):
    """The figures are those of the matcher as a checkpoint will give it, at its own size."""
    sides = []

    def tune(matcher, train, dev, *rest):
        sides.append(dev[1].shape[-1] * 16)

    for name in ("tune_both", "tune_pictures"):
        monkeypatch.setattr(train_matcher, name, tune)
    monkeypatch.setattr(train_matcher, "build_start", lambda: matcher)
    monkeypatch.setattr(train_matcher, "SEEN_SIZE", 96)
    made, figures = train_matcher.train_matcher(flickr, tmp_path)
    assert sides == [64, 64] and made.vision_encoder.grid == 3
    dev = read_captions(flickr, "dev")
    cosines = made.encode_texts(dev.texts) @ made.encode_images([Image.open(dev.pictures[0])]).T
    assert figures == retrieval_scores(cosines, dev.owner.tolist())


def test_a_varied_picture_is_a_window_of_it_perhaps_mirrored():
    torch.manual_seed(0)
    middle = torch.arange(2 * 14 * 14.0).view(2, 1, 14, 14)
    sides, mirrored = set(), set()
    for _ in range(20):
        for whole, window in zip(middle, varied(middle), strict=True):
            side, rising = window.shape[-1], bool(window[0, 0, 0] < window[0, 0, 1])
            upright = window if rising else window.flip(-1)
            row, column = divmod(int(upright[0, 0, 0] - whole[0, 0, 0]), 14)
            assert torch.equal(upright, whole[:, row : row + side, column : column + side])
            sides.add(side)
            mirrored.add(not rising)
    assert sides == {10, 12, 14} and mirrored == {True, False}


def test_a_thinned_caption_keeps_its_order_and_some_word():
    torch.manual_seed(0)
    text = "a brown dog runs through the snow"
    thin = {thinned(text) for _ in range(50)}
    words = iter(text.split())
    assert len(thin) > 5 and all(t for t in thin)
    assert all(word in words for word in min(thin, key=len).split())
    assert {thinned("dog") for _ in range(50)} == {"dog"}
