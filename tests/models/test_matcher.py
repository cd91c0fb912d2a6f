"""The matcher and the dual encoders: shapes, lengths, word maps, identity, refusals."""

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.layers import Conv2dSame
from torch import nn
from transformers import (
    ChineseCLIPConfig,
    ChineseCLIPImageProcessor,
    ChineseCLIPModel,
    ChineseCLIPProcessor,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SiglipProcessor,
)

from mmdemo.config import Limits
from mmdemo.errors import CheckpointError, EmptyInputError, ModelNotFoundError
from mmdemo.models.core import Core
from mmdemo.models.encoders import EfficientNetEncoder
from tests.models.tiny import tiny_checkpoint, tiny_text_folder, write_tiny_matcher


def picture(seed: int, size=(120, 80)) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


@pytest.fixture(scope="module")
def core(tmp_path_factory) -> Core:
    folder = tmp_path_factory.mktemp("matchers")
    write_tiny_matcher(folder / "checkpoints" / "matcher-compact")
    return Core(folder / "checkpoints", folder / "cache", Limits())


def dual_encoder_folder(folder, kind: str):
    """A tiny random CLIP, Chinese-CLIP or SigLIP, saved as transformers saves it."""
    torch.manual_seed(0)
    from transformers import BertTokenizerFast

    tokenizer = BertTokenizerFast.from_pretrained(tiny_text_folder(folder.parent / "words"))
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
             "num_attention_heads": 2}  # fmt: skip
    text = {**tower, "vocab_size": len(tokenizer), "max_position_embeddings": 16,
            "eos_token_id": tokenizer.sep_token_id, "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.cls_token_id}  # fmt: skip
    vision = {**tower, "image_size": 32, "patch_size": 8}
    tokenizer.model_max_length = 16
    size = {"size": {"height": 32, "width": 32}}
    if kind == "clip":
        config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        model, images = CLIPModel(config), CLIPImageProcessor(**size, do_center_crop=False)
        processor = CLIPProcessor(images, tokenizer)
    elif kind == "chinese-clip":
        config = ChineseCLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        model = ChineseCLIPModel(config)
        images = ChineseCLIPImageProcessor(**size, do_center_crop=False)
        processor = ChineseCLIPProcessor(images, tokenizer)
    else:
        config = SiglipConfig(text_config=text, vision_config=vision)
        model, images = SiglipModel(config), SiglipImageProcessor(**size)
        processor = SiglipProcessor(images, tokenizer)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def test_vectors_have_unit_length_and_do_not_depend_on_the_batch(core):
    matcher = core.matcher("matcher-compact")
    pictures = [picture(i) for i in range(20)]
    together = matcher.encode_images(pictures)
    alone = np.concatenate([matcher.encode_images([one]) for one in pictures])
    assert together.shape == (20, matcher.width) and together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    texts = matcher.encode_texts(["a happy friend", "so sad ."])
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
    assert matcher.encode_images([]).shape == (0, matcher.width)


def test_word_contributions_add_up_to_the_score(core):
    """The cells' part of the score, word by word, is the score itself (without class names)."""
    matcher = core.matcher("matcher-compact")
    image, text = picture(3), "happy friend"
    tokens, batch, _ = matcher.project_texts([text])
    pixels = matcher.vision_encoder.preprocess([image])
    cells, _ = matcher.image_project(matcher.vision_encoder(pixels))
    parts = (cells[0] @ tokens[0].T)[:, batch.mask[0]]
    score = float(matcher.encode_texts([text])[0] @ matcher.encode_images([image])[0])
    lengths = cells[0].sum(0).norm() * tokens[0][batch.mask[0]].mean(0).norm()
    assert matcher.config.names == 0
    assert float(parts.sum() / batch.mask.sum() / lengths) == pytest.approx(score, abs=1e-4)


def test_word_maps_have_the_size_of_the_picture_and_a_word_each(core):
    found = core.matcher("matcher-compact").word_maps(picture(1, (90, 50)), "a sad, sad day")
    assert found.words == ((0, 1), (2, 5), (7, 10), (11, 14))
    assert found.maps.shape == (4, 50, 90) and found.overall.shape == (50, 90)
    assert found.maps.min() >= 0 and found.maps.max() <= 1 and found.overall.max() > 0


def test_no_vector_for_nothing(core):
    with pytest.raises(EmptyInputError, match="nothing to look for"):
        core.matcher("matcher-compact").encode_texts(["a dog", "  "])


def test_identity_follows_the_weights(tmp_path):
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    for name, seed in (("one", 0), ("same", 0), ("other", 1)):
        write_tiny_matcher(tmp_path / "checkpoints" / name, seed=seed)
    one, same, other = (core.matcher(name).identity for name in ("one", "same", "other"))
    assert one == same != other and len(one) == 24


@pytest.mark.parametrize("kind", ["clip", "chinese-clip", "siglip"])
def test_dual_encoders_go_the_same_way(kind, tmp_path):
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    matcher = core.matcher(str(dual_encoder_folder(tmp_path / kind, kind)))
    pictures = [picture(i) for i in range(3)]
    images, texts = matcher.encode_images(pictures), matcher.encode_texts(["so sad", "a day"])
    assert images.shape[1] == texts.shape[1] == matcher.width
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, atol=1e-5)
    again = matcher.encode_images(pictures[1:2])
    np.testing.assert_allclose(again, images[1:2], atol=1e-4)
    found = matcher.word_maps(pictures[0], "sad day")
    assert found.maps.shape == (2, 80, 120) and np.isfinite(found.maps).all()
    assert found.overall.max() > 0 and len(matcher.identity) == 24
    assert matcher.notes("so sad") == ()
    assert matcher.notes("so sad " * 20)[0].code == "long_query"


def _without(*words):
    return lambda state: {k: v for k, v in state.items() if not any(w in k for w in words)}


def _cut(state):
    return {k: v[:5].contiguous() if v.dim() > 1 else v for k, v in state.items()}


def _nan(state):
    return {k: torch.full_like(v, float("nan")) for k, v in state.items()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without("text_projection", "layers.1"), "is not whole: its file lacks 33 of the weights"),
        (_cut, "other sizes than its config.json says"),
        (_nan, "some are no numbers"),
        (None, "could not be loaded"),
    ],
)
def test_a_dual_encoder_that_is_not_whole_is_refused(tmp_path, change, said):
    """transformers itself fills what is missing with random numbers."""
    folder = dual_encoder_folder(tmp_path / "clip", "clip")
    weights = folder / "model.safetensors"
    if change is None:
        weights.write_bytes(weights.read_bytes()[:2000])
    else:
        save_file(change(load_file(weights)), weights, metadata={"format": "pt"})
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    with pytest.raises(ModelNotFoundError, match=said):
        core.matcher(str(folder))


def test_a_dual_encoder_without_a_vocabulary_is_refused(tmp_path):
    folder = dual_encoder_folder(tmp_path / "clip", "clip")
    for path in folder.glob("token*"):
        path.unlink()
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    with pytest.raises(ModelNotFoundError, match="has no vocabulary"):
        core.matcher(str(folder))


def test_a_classifier_is_no_matcher(tmp_path):
    tiny_checkpoint(tmp_path / "checkpoints", "emotion-compact")
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    with pytest.raises(CheckpointError, match="classifier, and a matcher is needed"):
        core.matcher("emotion-compact")
    with pytest.raises(ModelNotFoundError):
        core.matcher("no such model")


def test_a_text_model_has_no_common_space(tmp_path):
    folder = tiny_text_folder(tmp_path / "text-only")
    core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
    with pytest.raises(ModelNotFoundError, match="text-only"):
        core.matcher(str(folder))


@pytest.mark.parametrize("side", [64, 96])  # maps of 3 x 3 and of 2 x 2 in the end
def test_the_form_for_inference_is_the_same_function(side):
    encoder = EfficientNetEncoder(image_size=side).eval()
    torch.manual_seed(0)
    for norm in (m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)):
        for tensor in (norm.weight.data, norm.running_var):
            tensor.uniform_(0.5, 1.5)
        for tensor in (norm.bias.data, norm.running_mean):
            tensor.uniform_(-0.2, 0.2)
    pixels = torch.randn(2, 3, side, side)
    with torch.inference_mode():
        before = encoder(pixels).features
        after = encoder.for_inference()(pixels).features
    assert not any(isinstance(m, nn.BatchNorm2d | Conv2dSame) for m in encoder.modules())
    assert before.abs().max() > 0.1 and torch.allclose(before, after, rtol=1e-3, atol=1e-4)


def test_a_large_batch_goes_through_in_parts_unless_its_norms_are_tuned(monkeypatch):
    encoder = EfficientNetEncoder(image_size=64)
    pixels, sizes, first = torch.randn(5, 3, 64, 64), [], encoder._first
    monkeypatch.setattr(encoder, "_first", lambda part: sizes.append(len(part)) or first(part))
    with torch.inference_mode():
        whole = encoder.eval().middle(pixels)
        monkeypatch.setattr("mmdemo.models.encoders.vision.CACHED", 2 * 64 * 64)
        parts = encoder.middle(pixels)
        assert sizes == [5, 2, 2, 1] and torch.allclose(whole, parts, rtol=1e-4, atol=1e-5)
        encoder.train().middle(pixels)
    assert sizes[4:] == [5]


def test_whoever_tunes_a_matcher_gets_it_with_its_norms(core):
    name = "matcher-compact"
    own, kept = core.matcher_to_tune(name), core.matcher(name)
    assert any(isinstance(m, nn.BatchNorm2d) for m in own.vision_encoder.modules())
    assert not any(isinstance(m, nn.BatchNorm2d) for m in kept.vision_encoder.modules())
    assert core.matcher(name) is kept and core.matcher_to_tune(name) is not own
