import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mmdemo.models.classifier import Classifier, ClassifierConfig
from mmdemo.models.encoders import TextBatch, Tokens
from mmdemo.models.encoders.base import full_mask, masked_mean
from mmdemo.models.explain import activation_map, explain, relevance_rollout, words_of
from tests.models.tiny import tiny_config


def test_rollout_follows_the_paper_by_hand():
    # one head, two tokens, two layers; eq. 5 keeps positive products, eq. 6 adds A_bar R
    a1, g1 = torch.tensor([[0.5, 0.5], [0.2, 0.8]]), torch.tensor([[2.0, -1.0], [1.0, 1.0]])
    a2, g2 = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    first = torch.eye(2) + torch.tensor([[1.0, 0.0], [0.2, 0.8]])
    second = first + torch.tensor([[1.0, 0.0], [1.0, 0.0]]) @ first
    got = relevance_rollout([a1[None, None], a2[None, None]], [g1[None, None], g2[None, None]])
    torch.testing.assert_close(got, second)


def test_activation_map_sums_channels_and_drops_negative_evidence():
    activation = torch.tensor([[[[1.0, 2.0]], [[3.0, 1.0]]]])
    gradient = torch.tensor([[[[1.0, -2.0]], [[1.0, 1.0]]]])
    torch.testing.assert_close(activation_map(activation, gradient), torch.tensor([[4.0, 0.0]]))


def test_words_are_what_people_see():
    text = "I'm SO  happy! 我很高"
    assert [text[a:b] for a, b in words_of(text)] == ["I'm", "SO", "happy!", "我", "很", "高"]


class PlantedText(nn.Module):
    """Every word becomes a vector: [1, 0] for "happy", [0, 1] for "sad", zero otherwise."""

    name, width, max_tokens = "planted", 2, 16

    def tokenize(self, texts):
        spans = [words_of(t) for t in texts]
        longest = max(1, *map(len, spans))
        ids, mask = (
            torch.zeros(len(texts), longest, dtype=torch.long),
            torch.zeros(len(texts), longest),
        )
        for i, (text, words) in enumerate(zip(texts, spans, strict=True)):
            for j, (a, b) in enumerate(words):
                ids[i, j] = {"happy": 1, "sad": 2}.get(text[a:b], 0)
                mask[i, j] = 1
        offsets = tuple(tuple(w) + ((0, 0),) * (longest - len(w)) for w in spans)
        return TextBatch(ids, mask.bool(), offsets, (False,) * len(texts), (0.0,) * len(texts))

    def forward(self, ids, mask, attention=False):
        table = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        features = table[ids].requires_grad_(attention)
        return Tokens(features, mask, masked_mean(features, mask))


class PlantedVision(nn.Module):
    """An 8x8 grid of [brightness, darkness]; nothing else is seen."""

    name, width, image_size, grid, middle_width = "planted", 2, 8, 8, 2

    def preprocess(self, images):
        small = [np.asarray(i.convert("L").resize((8, 8), Image.Resampling.BOX)) for i in images]
        return torch.from_numpy(np.stack(small)).float()[:, None] / 255

    def middle(self, pixels):
        return torch.cat([pixels, 1 - pixels], 1)

    def tokens_of(self, middle):
        features = middle.flatten(2).transpose(1, 2)
        return Tokens(features, full_mask(features), features.mean(1))

    def forward(self, pixels):
        return self.tokens_of(self.middle(pixels))


@pytest.fixture(scope="module")
def planted():
    """joy = "happy" or brightness, sadness = "sad" or darkness, by weights set by hand."""
    config = tiny_config("none", labels=["joy", "sadness"], thresholds={"joy": 0.5, "sadness": 0.5},
                         fusion={"kind": "concat", "width": 2}, face_check=None)  # fmt: skip
    model = Classifier(ClassifierConfig.from_dict(config), PlantedText(), PlantedVision())
    eye = torch.eye(2)
    model.head.project["text"].weight.data = eye
    model.head.project["vision"].weight.data = eye
    model.head.classify.weight.data = torch.cat([eye, eye], 1) * 4
    return model.requires_grad_(False)


def bright_square():
    image = Image.new("RGB", (80, 80))
    image.paste((255, 255, 255), (50, 10, 70, 30))
    return image


def test_the_planted_word_gets_the_weight(planted):
    text = "today i am happy again"
    found = explain(planted, text, None)
    assert found.label == "joy"
    weights = {text[w.start : w.end]: w.weight for w in found.words}
    assert weights == {"today": 0, "i": 0, "am": 0, "happy": 1, "again": 0}


def test_another_label_is_explained_by_its_own_words(planted):
    text = "happy happy sad"
    assert explain(planted, text, None).label == "joy"
    weights = [w.weight for w in explain(planted, text, None, "sadness").words]
    assert weights[2] == max(weights) == 1


def test_the_heat_lies_on_the_planted_patch_and_has_the_picture_s_size(planted):
    image = bright_square().resize((160, 80))
    heat = explain(planted, "", image, "joy").heat
    assert heat.shape == (80, 160)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() == 1
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 10 <= row < 30
    assert 100 <= column < 140
    inside = heat[10:30, 100:140].sum() / heat.sum()
    assert inside > 0.7


def test_a_real_head_gives_one_map_per_word(classifier):
    image = Image.effect_noise((64, 48), 90).convert("RGB")
    text = "i am so happy!"
    found = explain(classifier, text, image, "fear")
    assert found.label == "fear"
    assert [text[w.start : w.end] for w in found.words] == ["i", "am", "so", "happy!"]
    assert len(found.word_heat) == 4
    assert all(m.shape == (48, 64) and m.min() >= 0 and m.max() <= 1 for m in found.word_heat)
    assert max(abs(w.weight) for w in found.words) == pytest.approx(1)
    assert sum(map(abs, found.shares.values())) == pytest.approx(1)


def test_explaining_leaves_the_model_as_it_was(classifier):
    image = Image.effect_noise((64, 48), 90).convert("RGB")
    before = classifier.classify(["i am so happy"], [image])
    explain(classifier, "i am so happy", image)
    assert classifier.classify(["i am so happy"], [image]) == before
    assert all(p.grad is None for p in classifier.parameters())


def test_an_unknown_label_is_refused(classifier):
    with pytest.raises(ValueError, match='"glee" is not one of anger'):
        explain(classifier, "i", None, "glee")


def test_of_a_long_text_the_words_that_said_most_are_taken_out_and_coloured(
    classifier, monkeypatch
):
    text = " ".join(["happy", "sad", "i", "day"] * 500)
    whole = explain(classifier, text, None)
    offsets = classifier.text_encoder.tokenize([text]).offsets[0]
    assert whole.words[-1].end == max(end for _, end in offsets) < len(text)

    sizes, real = [], Classifier.predict_proba
    monkeypatch.setattr("mmdemo.models.explain.MOST_TAKEN_OUT", 5)
    monkeypatch.setattr(
        Classifier, "predict_proba", lambda me, t, f: sizes.append(len(t)) or real(me, t, f)
    )
    found = explain(classifier, text, None)
    assert sizes == [5]
    assert len(found.words) == len(whole.words) > 5
    strongest = sorted(whole.words, key=lambda word: abs(word.weight), reverse=True)[:5]
    assert {word.start for word in found.words if word.weight} == {w.start for w in strongest}
    assert all(word in whole.words for word in found.words if word.weight)
