"""BERT, VGG, BiLSTM, CNN and both towers of CLIP and SigLIP behind the one interface of encoders:
what a batch gives, gradients for explanations, and checkpoints that carry what they need.

With MMDEMO_TEST_HUB=1 (`make test-hub`) the same tests run over real weights, fetched before.
"""

import json
import os

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel

from mmdemo.config import Limits
from mmdemo.errors import CheckpointError, ModelNotFoundError
from mmdemo.models import hub
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.classifier import Classifier, ClassifierConfig
from mmdemo.models.core import Core
from mmdemo.models.encoders import build_text_encoder, build_vision_encoder
from mmdemo.models.encoders.lstm import BiLstmEncoder, build_vocabulary, pieces
from mmdemo.models.explain import explain
from tests.models.tiny import tiny_text_folder
from tests.models.tiny_classics import tiny_dual_folder, tiny_vgg_folder

TEXTS = ["i am so happy", "sad day . this is not love !", "angry"]
LABELS = ("joy", "anger", "sadness")
REAL = os.environ.get("MMDEMO_TEST_HUB") == "1"
SIGLIP = "google/siglip-base-patch16-224"
PAIRS = ("classic", "scratch", "clip", "siglip")


def picture(seed: int, size=(60, 40)) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Kind -> folder of a tiny model, or the name of a real one."""
    if REAL:
        return {"bert": "bert-base-cased", "vgg": "vgg16", "clip": "clip", "siglip": SIGLIP}
    root = tmp_path_factory.mktemp("classics")
    return {
        "bert": tiny_text_folder(root / "bert"), "vgg": tiny_vgg_folder(root / "vgg"),
        "clip": tiny_dual_folder(root / "clip"),
        "siglip": tiny_dual_folder(root / "siglip", "siglip"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def pairs(folders):
    """Text and vision encoder by name of the pair."""
    torch.manual_seed(0)
    own = {"vocabulary": build_vocabulary(TEXTS), "width": 16, "embedding": 8}
    named = {
        "classic": (
            build_text_encoder(str(folders["bert"])),
            build_vision_encoder(str(folders["vgg"])),
        ),
        "scratch": (
            build_text_encoder("bilstm", **own).eval(),
            build_vision_encoder("cnn", channels=[4, 8, 8], image_size=32),
        ),
    }
    for kind in ("clip", "siglip"):
        name = str(folders[kind])
        named[kind] = (build_text_encoder(name), build_vision_encoder(name))
    return named


def classifier_of(pair, fusion=None) -> Classifier:
    text, vision = pair
    config = {
        "labels": LABELS, "text_encoder": text.recipe, "vision_encoder": vision.recipe,
        "fusion": fusion or {"kind": "concat", "width": 8}, "crop": "none",
        "temperatures": {"text": 1.0, "vision": 1.0, "text+vision": 1.0},
        "thresholds": dict.fromkeys(LABELS, 0.5),
    }  # fmt: skip
    torch.manual_seed(1)
    return Classifier(ClassifierConfig.from_dict(config), text, vision).requires_grad_(False)


@pytest.mark.parametrize("name", PAIRS)
def test_a_text_gives_the_same_alone_and_in_a_batch(pairs, name):
    encoder = pairs[name][0]
    with torch.no_grad():
        batch = encoder.tokenize(TEXTS)
        tokens = encoder(batch.ids, batch.mask)
        assert tokens.features.shape == (3, batch.ids.shape[1], encoder.width)
        assert tokens.pooled.shape == (3, encoder.width)
        for i, text in enumerate(TEXTS):
            one = encoder.tokenize([text])
            alone = encoder(one.ids, one.mask).pooled[0]
            torch.testing.assert_close(tokens.pooled[i], alone, atol=1e-5, rtol=1e-4)
    for offsets, text in zip(batch.offsets, TEXTS, strict=True):
        spans = [text[a:b].strip() for a, b in offsets if b]
        assert "".join(spans) == text.replace(" ", "")


@pytest.mark.parametrize("name", PAIRS)
def test_pictures_give_a_grid_and_both_halves_make_the_whole(pairs, name):
    encoder = pairs[name][1]
    with torch.no_grad():
        pixels = encoder.preprocess([picture(i) for i in range(3)])
        tokens = encoder(pixels)
        assert tokens.features.shape == (3, encoder.grid**2, encoder.width)
        middle = encoder.middle(pixels)
        torch.testing.assert_close(encoder.tokens_of(middle).pooled, tokens.pooled)
        alone = encoder(encoder.preprocess([picture(1)])).pooled[0]
        torch.testing.assert_close(tokens.pooled[1], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_towers_pool_as_the_whole_model_does(folders, pairs, kind):
    text, vision = pairs[kind]
    source = hub.fetched(folders[kind]).folder if REAL else folders[kind]
    model = AutoModel.from_pretrained(source, dtype=torch.float32).eval()
    with torch.no_grad():
        batch = text.tokenize(["so happy"])
        seen = {} if kind == "siglip" else {"attention_mask": batch.mask.long()}
        whole = model.text_model(batch.ids, **seen).pooler_output
        torch.testing.assert_close(text(batch.ids, batch.mask).pooled, whole, atol=1e-5, rtol=1e-4)
        pixels = vision.preprocess([picture(0)])
        whole = model.vision_model(pixels).pooler_output
        torch.testing.assert_close(vision(pixels).pooled, whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("fusion", ["concat", "cross-attention"])
@pytest.mark.parametrize("name", PAIRS)
def test_explanations_have_words_and_heat(pairs, name, fusion):
    options = {"kind": fusion, "width": 8}
    if fusion == "cross-attention":
        options |= {"layers": 1, "heads": 2}
    classifier = classifier_of(pairs[name], options)
    for label in LABELS:
        found = explain(classifier, "i am so happy", picture(0), label)
        assert [(w.start, w.end) for w in found.words] == [(0, 1), (2, 4), (5, 7), (8, 13)]
        assert max(abs(w.weight) for w in found.words) == pytest.approx(1)
        assert found.heat.shape == (40, 60) and np.isfinite(found.heat).all()
        assert len(found.word_heat) == (4 if fusion == "cross-attention" else 0)
        assert sum(map(abs, found.shares.values())) == pytest.approx(1)
    assert any(explain(classifier, "", picture(0), x).heat.max() > 0 for x in LABELS)


@pytest.mark.parametrize("name", PAIRS)
def test_the_frames_of_a_video_are_explained_together(pairs, name):
    classifier = classifier_of(pairs[name])
    dark = Image.new("RGB", (60, 40))
    video = [dark, picture(1), picture(2, (30, 50)), dark]
    for label in LABELS:
        found = explain(classifier, "i am so happy", video, label)
        assert [m.shape for m in found.frame_heat] == [(40, 60), (40, 60), (50, 30), (40, 60)]
        peaks = [float(m.max()) for m in found.frame_heat]
        assert found.frame == int(np.argmax(peaks)) and max(peaks) in (0, pytest.approx(1))
        np.testing.assert_array_equal(found.heat, found.frame_heat[found.frame])
    still = explain(classifier, "", [picture(1), picture(1)])
    alone = explain(classifier, "", picture(1), still.label)
    np.testing.assert_allclose(still.heat, alone.heat, atol=1e-3)


def test_the_head_is_the_formula_of_the_field(pairs):
    """F = W_fc [tanh(W_t H_t); tanh(W_v V_v)]."""
    classifier = classifier_of(pairs["scratch"])
    text, vision = pairs["scratch"]
    with torch.no_grad():
        batch, pixels = text.tokenize(TEXTS[:1]), vision.preprocess([picture(0)])
        h, v = text(batch.ids, batch.mask).pooled[0], vision(pixels).pooled[0]
        weights = classifier.head.state_dict()
        joined = torch.cat([
            torch.tanh(weights["project.text.weight"] @ h),
            torch.tanh(weights["project.vision.weight"] @ v),
        ])  # fmt: skip
        expected = (weights["classify.weight"] @ joined).softmax(0)
    reading = classifier.classify(TEXTS[:1], [picture(0)])[0]
    assert list(reading.probabilities.values()) == pytest.approx(expected.tolist(), abs=1e-5)


def saved(folder, classifier, drop: str = "") -> Core:
    """A core over a checkpoint of every weight, less those whose key starts with ``drop``."""
    state = {k: v for k, v in classifier.state_dict().items() if not (drop and k.startswith(drop))}
    c = classifier.config
    config = {
        "title": "t", "labels": list(c.labels), "text_encoder": c.text_encoder,
        "vision_encoder": c.vision_encoder, "fusion": c.fusion, "crop": "none",
        "temperatures": c.temperatures, "thresholds": c.thresholds,
    }  # fmt: skip
    save_checkpoint(folder / "checkpoints" / "one", state, config, "# One\n")
    return Core(folder / "checkpoints", folder / "cache", Limits())


@pytest.mark.parametrize("name", PAIRS)
def test_a_checkpoint_carries_all_it_needs(pairs, name, tmp_path):
    """It is loaded where the folders that the encoders came from are unknown."""
    classifier = classifier_of(pairs[name])
    again = saved(tmp_path, classifier).classifier("one")
    content = (tmp_path / "checkpoints" / "one" / "config.json").read_text("utf-8")
    assert "classics" not in content  # the folder of the tiny models
    given = (TEXTS, [picture(i) for i in range(3)])
    for before, after in zip(classifier.classify(*given), again.classify(*given), strict=True):
        assert after.probabilities == pytest.approx(before.probabilities, abs=1e-5)
    video = [picture(i) for i in range(4)]
    before, after = (c.classify(["sad"], [video])[0] for c in (classifier, again))
    assert after.probabilities == pytest.approx(before.probabilities, abs=1e-5)
    assert again.notes("i am so happy " * 60)[0].code == "truncated_text"


@pytest.mark.parametrize("side", ["text_encoder.", "vision_encoder."])
@pytest.mark.parametrize("name", PAIRS)
def test_a_checkpoint_without_its_encoder_is_refused(pairs, name, side, tmp_path):
    """Else the answers would come from random weights. What a hub has may be left to it."""
    classifier = classifier_of(pairs[name])
    core = saved(tmp_path, classifier, drop=side)
    if not getattr(classifier, side.rstrip(".")).carried:
        reading = core.classifier("one").classify(TEXTS[:1], [picture(0)])[0]
        expected = classifier.classify(TEXTS[:1], [picture(0)])[0]
        assert reading.probabilities == pytest.approx(expected.probabilities, abs=1e-5)
        return
    with pytest.raises(CheckpointError, match=f"do not fit config.json .see {side}"):
        core.classifier("one")


def test_an_architecture_may_not_name_code(pairs, tmp_path):
    core = saved(tmp_path, classifier_of(pairs["classic"]))
    path = tmp_path / "checkpoints" / "one" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    config["text_encoder"]["architecture"]["auto_map"] = {"AutoModel": "evil--code.Model"}
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises(CheckpointError, match="and no code"):
        core.classifier("one")


def test_words_of_a_vocabulary_of_ones_own():
    assert [w for w, _, _ in pieces("Don't STOP, 我很 ok!")] == [
        "don't", "stop", ",", "我", "很", "ok", "!",
    ]  # fmt: skip
    assert build_vocabulary(["b a", "a"]) == ["a", "b"]
    assert build_vocabulary(["b a", "a"], most=1) == ["a"]
    encoder = BiLstmEncoder(["a", "b"], width=4, embedding=4, max_tokens=3)
    batch = encoder.tokenize(["a c b a", "", "b"])
    assert batch.ids.tolist() == [[2, 1, 3], [0, 0, 0], [3, 0, 0]]
    assert batch.truncated == (True, False, False)
    assert batch.unknown == pytest.approx((1 / 3, 0, 0))
    with torch.no_grad():
        tokens = encoder(batch.ids, batch.mask)
    assert tokens.pooled[1].abs().sum() == 0 and tokens.features.shape == (3, 3, 4)


def test_what_is_no_encoder_is_said(folders, tmp_path):
    with pytest.raises(ModelNotFoundError, match="not a vision encoder"):
        build_vision_encoder(str(folders["bert"]))
    for build in (build_text_encoder, build_vision_encoder):
        with pytest.raises(ModelNotFoundError, match=r"There is no \w+ encoder"):
            build("nothing")
        with pytest.raises(ModelNotFoundError, match="python -m mmdemo fetch some/model"):
            build("some/model")
