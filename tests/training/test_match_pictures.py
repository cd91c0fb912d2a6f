"""The picture side tuned alone: what it reads, what it changes, what its targets say."""

import json

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from tests import media
from training import match_pictures
from training.match_data import Captions, middle_features
from training.match_pictures import PictureTuning, tinted, tune_pictures, windowed
from training.match_stage import dev_scores


@pytest.fixture
def captions(tmp_path) -> Captions:
    pictures = []
    for i, mood in enumerate(("joy", "sadness", "neutral", "anger")):
        pictures.append(tmp_path / f"{i}.png")
        media.drawn_face(64, mood).save(pictures[-1])
    texts = (
        "happy friend",
        "so happy",
        "sad day",
        "so sad",
        "i am the",
        "you came",
        "hate",
        "angry",
    )
    return Captions(tuple(pictures), texts, torch.arange(4).repeat_interleave(2))


def test_only_pictures_and_the_space_are_tuned_and_the_log_tells_the_result(
    matcher, captions, tmp_path, monkeypatch
):
    monkeypatch.setattr(match_pictures, "BATCH", 2)
    monkeypatch.setattr(match_pictures, "EPOCHS", 4)
    before = {k: v.clone() for k, v in matcher.state_dict().items()}
    dev = middle_features(matcher.vision_encoder, captions, "whole", tmp_path / "dev.npy", 0)
    tuned = tune_pictures(matcher, captions, (captions, dev), tmp_path)
    changed = {k for k, v in tuned.state_dict().items() if not torch.equal(v, before[k])}
    trunk = tuple(f"vision_encoder.model.{p}" for p in ("blocks.5", "blocks.6", "conv_head", "bn2"))
    last = ("image_project.", "text_project.", *trunk)
    assert changed and all(name.startswith(last) for name in changed)
    assert {"text_project.weight", "image_project.attend.weight"} <= changed
    log = tmp_path / "match_log.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4] and all(row["loss"] > 0 for row in rows)
    scores = dev_scores(tuned, captions, dev)
    assert {k: rows[-1][k] for k in scores} == json.loads(json.dumps(scores))
    again = tune_pictures(tuned, captions, (captions, dev), tmp_path)  # all is done: nothing is
    assert len(log.read_text().splitlines()) == 4 and again is tuned


def test_the_loss_is_least_where_pictures_lie_at_their_own_captions(
    matcher, captions, tmp_path, monkeypatch
):
    monkeypatch.setattr(match_pictures, "BATCH", 2)
    texts = torch.eye(16)[[0, 0, 1, 1, 2, 2, 3, 3]]
    tuning = PictureTuning(matcher, captions, texts, tmp_path / "none.pt")
    rows = torch.tensor([2, 0, 3])
    right = torch.eye(16)[rows]
    assert tuning.loss(rows, right) < 0.5 * tuning.loss(rows, right.roll(1, 0))
    middling = normalize(right + 0.5 * right.roll(1, 0), dim=-1)
    assert tuning.loss(rows, right) < tuning.loss(rows, middling)


def test_a_windowed_picture_is_a_part_of_it_and_a_tinted_one_stays_in_range():
    torch.manual_seed(0)
    image = media.quadrants((80, 60))
    seen = [windowed(image) for _ in range(30)]
    assert all(0.7 * 80 < s.width <= 80 and 0.7 * 60 < s.height <= 60 for s in seen)
    assert len({s.tobytes() for s in seen}) > 20
    corners = {s.getpixel((0, 0)) for s in seen}
    assert corners == {image.getpixel((0, 0)), image.getpixel((79, 0))}
    pixels = torch.rand(8, 3, 4, 4) * 2 - 1
    tints = tinted(pixels)
    assert tints.abs().max() <= 1 and len({round(float(x), 3) for x in tints.mean((1, 2, 3))}) > 4
    np.testing.assert_array_less(0.01, (tints - pixels).abs().mean((1, 2, 3)).numpy())
