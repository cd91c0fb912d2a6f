import json
import os
import pickle
import shutil

import pytest
import torch
from PIL import Image

from mmdemo.config import Limits
from mmdemo.errors import CheckpointError, DatasetError, ModelNotFoundError
from mmdemo.models import checkpoints
from mmdemo.models.checkpoints import read_config, read_state, save_checkpoint
from mmdemo.models.core import Core
from tests.models.tiny import tiny_checkpoint, tiny_classifier, tiny_config


def core(tmp_path):
    return Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())


STATE = {"a.weight": torch.arange(6.0).view(2, 3), "b": torch.tensor([1, 2])}


def test_saved_then_loaded_gives_identical_logits(tmp_path, text_folder):
    tiny_checkpoint(tmp_path / "checkpoints")
    loaded = core(tmp_path).classifier("emotion-compact")
    fresh = tiny_classifier(tmp_path / "tiny-text")
    fresh.vision_encoder.for_inference()
    face = Image.effect_noise((60, 60), 90).convert("RGB")
    args = (["i am so happy", ""], [face, face])
    assert loaded.classify(*args) == fresh.classify(*args)
    assert loaded.looks_like_face([face]) == fresh.looks_like_face([face])


def test_half_precision_comes_back_as_float32(tmp_path):
    save_checkpoint(tmp_path / "c", {"w": torch.ones(3).half()}, {}, "card")
    assert read_state(tmp_path / "c")["w"].dtype == torch.float32


def test_a_checkpoint_is_three_plain_files(tmp_path):
    save_checkpoint(tmp_path / "c", STATE, {"labels": ["a"]}, "# Card")
    assert sorted(os.listdir(tmp_path / "c")) == ["README.md", "config.json", "model.safetensors"]
    assert (tmp_path / "c" / "README.md").read_text() == "# Card"
    assert os.listdir(tmp_path) == ["c"]


def test_large_ones_are_cut_into_shards_under_ten_megabytes(tmp_path):
    state = {f"layer{i}": torch.zeros(1_500_000) for i in range(4)}
    save_checkpoint(tmp_path / "c", state, {}, "card")
    sizes = [p.stat().st_size for p in (tmp_path / "c").glob("*.safetensors")]
    assert len(sizes) == 4
    assert max(sizes) < 10_000_000
    assert set(read_state(tmp_path / "c")) == set(state)


@pytest.mark.parametrize("step", ["save_torch_state_dict", "_sync", "_replace"])
def test_a_failure_at_any_step_keeps_the_old_checkpoint(tmp_path, monkeypatch, step):
    save_checkpoint(tmp_path / "c", STATE, {"note": "old"}, "card")

    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, step, fail)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(tmp_path / "c", STATE, {"note": "new"}, "card")
    assert read_config(tmp_path / "c")["note"] == "old"
    assert os.listdir(tmp_path) == ["c"]


def test_a_failed_rename_puts_the_old_checkpoint_back(tmp_path, monkeypatch):
    save_checkpoint(tmp_path / "c", STATE, {"note": "old"}, "card")
    rename, calls = os.rename, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    # where folders cannot change names in one step
    monkeypatch.setattr("mmdemo.models.checkpoints._exchange", lambda one, other: False)
    with pytest.raises(OSError, match="Input/output"):
        save_checkpoint(tmp_path / "c", STATE, {"note": "new"}, "card")
    assert read_config(tmp_path / "c")["note"] == "old"


def test_a_pickle_is_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "boom"),))

    save_checkpoint(tmp_path / "c", STATE, {}, "card")
    (tmp_path / "c" / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="damaged"):
        read_state(tmp_path / "c")
    assert not (tmp_path / "boom").exists()


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    state = {**STATE, "bad": torch.tensor([1.0, float("nan")])}
    save_checkpoint(tmp_path / "c", state, {}, "card")
    with pytest.raises(CheckpointError, match="some are no numbers"):
        read_state(tmp_path / "c")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "cross-attention", "width": 4096, "layers": 100, "heads": 2}, "far larger model"),
        ({"kind": "cross-attention", "width": 10**9, "layers": 1, "heads": 2}, "beyond all reason"),
    ],
)
def test_a_config_that_claims_more_memory_than_there_is_is_refused_at_once(tmp_path, change, said):
    folder = tiny_checkpoint(tmp_path / "checkpoints")
    config = {**read_config(folder), "fusion": change}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=said):
        core(tmp_path).classifier("emotion-compact")


def test_an_index_cannot_point_outside(tmp_path):
    save_checkpoint(tmp_path / "c", STATE, {}, "card")
    index = {"weight_map": {"a": "../other/model.safetensors"}}
    (tmp_path / "c" / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match="damaged"):
        read_state(tmp_path / "c")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "has no config.json"),
        ("{", "is damaged"),
        ("[]", "was not made by mmdemo"),
        ('{"format": "other"}', "was not made by mmdemo"),
        ('{"format": "mmdemo-classifier", "version": 99}', "version 99"),
    ],
)
def test_a_bad_config_is_refused_in_plain_words(tmp_path, content, says):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(CheckpointError, match=says):
        read_config(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": ["joy"]},
        {"labels": ["joy", "joy"]},
        {"temperatures": {"text": 0}},
        {"thresholds": {}},
        {"crop": "hand"},
        {"fusion": {"kind": "sum"}},
        {"fusion": {"kind": "concat", "width": 3}},
    ],
)
def test_a_config_that_does_not_fit_is_refused(tmp_path, change):
    folder = tiny_checkpoint(tmp_path / "checkpoints")
    config = {**read_config(folder), **change}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError):
        core(tmp_path).classifier("emotion-compact")


def test_a_checkpoint_that_lacks_weights_is_refused(tmp_path):
    folder = tiny_checkpoint(tmp_path / "checkpoints")
    config = tiny_config(tmp_path / "tiny-text")
    save_checkpoint(folder, {"head.cls": torch.zeros(32)}, config, "card")
    with pytest.raises(CheckpointError, match=r"do not fit config\.json"):
        core(tmp_path).classifier("emotion-compact")


def test_a_zip_of_a_checkpoint_is_a_model_too(tmp_path):
    folder = tiny_checkpoint(tmp_path / "checkpoints")
    flat = shutil.make_archive(str(tmp_path / "flat"), "zip", folder)
    wrapped = shutil.make_archive(str(tmp_path / "wrapped"), "zip", folder.parent, folder.name)
    own = core(tmp_path)
    bundled = own.classifier("emotion-compact").classify(["i am so happy"], [None])
    for path in (flat, wrapped):
        assert own.classifier(path).classify(["i am so happy"], [None]) == bundled
    assert own.resolve(flat) == own.resolve(flat)


def test_a_zip_without_a_checkpoint_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("hello")
    path = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path / "other")
    with pytest.raises(ModelNotFoundError, match=r"other\.zip holds no checkpoint"):
        core(tmp_path).resolve(path)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(DatasetError, match=r"broken\.zip is not a zip"):
        core(tmp_path).resolve(str(tmp_path / "broken.zip"))


@pytest.mark.parametrize("name", ["", "..", "no-such-model", "../../etc"])
def test_an_unknown_model_is_named_with_the_known_ones(tmp_path, name):
    tiny_checkpoint(tmp_path / "checkpoints")
    with pytest.raises(ModelNotFoundError, match=r"Bundled: emotion-compact"):
        core(tmp_path).resolve(name)


def test_word_embeddings_are_in_memory_once(tmp_path):
    tiny_checkpoint(tmp_path / "checkpoints", "first")
    tiny_checkpoint(tmp_path / "checkpoints", "second")
    own = core(tmp_path)
    first, second = (own.classifier(name).text_encoder.model for name in ("first", "second"))
    assert first.embeddings is second.embeddings
    assert first.encoder is not second.encoder
