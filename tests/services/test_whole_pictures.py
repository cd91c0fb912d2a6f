"""Models that read whole pictures, not faces, are read so everywhere; a workspace's own models."""

import numpy as np
import pytest
from PIL import Image

from mmdemo.config import Settings
from mmdemo.models.explain import explain
from mmdemo.services.emotion.batch import BatchReader
from mmdemo.services.emotion.service import EmotionService
from mmdemo.types import Sample
from tests.models.tiny import tiny_checkpoint, write_tiny_matcher
from tests.video_media import clip_of

WHOLE = {
    "fusion": {"kind": "pooled"}, "crop": "none", "face_check": None,
    "vision_encoder": {"name": "efficientnet-lite0", "image_size": 64},
}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    home = tmp_path_factory.mktemp("whole")
    tiny_checkpoint(home / "checkpoints", **WHOLE)
    return EmotionService(Settings(checkpoints=home / "checkpoints", data_root=home / "data"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds of noise, then two of another noise; no face anywhere."""
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 255, (96, 128, 3), np.uint8)) for _ in range(2)]
    path = tmp_path_factory.mktemp("clip") / "noise.mp4"
    return clip_of([pictures[0]] * 20 + [pictures[1]] * 20, path)


def test_a_picture_without_a_face_is_read_as_a_whole(service, tmp_path):
    path = tmp_path / "wide.png"
    Image.new("RGB", (600, 300), (200, 30, 30)).save(path)
    result = service.read("", path)
    assert [face.box for face in result.faces] == [(0, 0, 600, 300)]
    assert result.faces[0].crop.size == (256, 128)  # as small as in training, and not squeezed


def test_a_video_is_read_as_the_mean_of_its_frames(service, clip):
    classifier = service.classifier()
    (one,) = BatchReader(service).read([Sample(1, "i am happy", video=clip)])
    assert one.problem == ""
    curve = service.read_video(clip, text="i am happy")
    assert len(curve.points) == 4
    assert all(point.face for point in curve.points)
    assert curve.overall.probabilities == pytest.approx(one.reading.probabilities, abs=1e-5)
    assert {note.code for note in curve.notes} == set()
    # a pooled head is linear: the mean of the vectors gives the mean of the logits
    start, end = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "navy")
    whole, first, last = (
        np.log(list(reading.probabilities.values()))
        for reading in classifier.classify([""] * 3, [[start, end], start, end])
    )
    middle = (first + last) / 2
    assert whole - whole.mean() == pytest.approx(middle - middle.mean(), abs=1e-4)


def test_a_pooled_head_explains_words_and_regions(service):
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 140, 3), np.uint8))
    found = explain(service.classifier(), "i am so happy", picture, "fear")
    assert found.label == "fear"
    assert max(abs(word.weight) for word in found.words) == pytest.approx(1)
    assert found.heat.shape == (90, 140)
    assert 0 < found.heat.max() <= 1
    assert set(found.shares) == {"text", "face"}


def test_a_workspace_sees_its_own_models_below_the_built_in_ones(service, tmp_path):
    models = tmp_path / "models"
    mine = tiny_checkpoint(models, "mine", **WHOLE, title="My title")
    write_tiny_matcher(models / "pairs")
    tiny_checkpoint(models, ".half.new-1", **WHOLE)
    found = service.models(models)
    assert [(m.name, m.title) for m in found] == [
        ("emotion-compact", "Tiny"), (str(mine), "My title"),
    ]  # fmt: skip
    assert [m.name for m in service.models()] == ["emotion-compact"]
    assert service.read("i am so happy", None, str(mine)).readings
