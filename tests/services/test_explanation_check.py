import numpy as np
import pytest
from PIL import Image

from mmdemo.errors import DatasetError
from mmdemo.services import explanation_check
from mmdemo.services.explanation_check import CheckSample, check_explanations
from mmdemo.types import Explanation, Reading, WordWeight

TEXT = "one two key four five six"


class PlantedClassifier:
    """joy is sure while the top left corner is bright and the word "key" is there."""

    def classify(self, texts, faces):
        return [self._read(t, f) for t, f in zip(texts, faces, strict=True)]

    def _read(self, text, face):
        corner = 1.0 if face is None else np.asarray(face)[:16, :16].mean() / 255
        joy = 0.1 + 0.4 * ("key" in text) + 0.4 * corner
        return Reading({"joy": joy, "anger": 1 - joy}, {}, ())


def planted_face():
    face = Image.new("RGB", (64, 64))
    face.paste((255, 255, 255), (0, 0, 16, 16))
    return face


def planted_explanation(good):
    def explain(classifier, text, face):
        heat = np.full((64, 64), 0.0 if good else 1.0, np.float32)
        heat[:16, :16] = 1.0 if good else 0.0
        words, at = [], 0
        for word in text.split():
            weight = 1.0 if (word == "key") == good else 0.0
            words.append(WordWeight(at, at + len(word), weight))
            at += len(word) + 1
        return Explanation("joy", tuple(words), heat)

    return explain


@pytest.fixture
def samples():
    return [CheckSample(TEXT, planted_face()) for _ in range(6)]


def test_a_right_explanation_beats_random_on_every_metric(monkeypatch, samples):
    monkeypatch.setattr(explanation_check, "explain", planted_explanation(good=True))
    found = check_explanations(PlantedClassifier(), samples)
    for name in ("deletion", "insertion", "comprehensiveness", "sufficiency"):
        assert found[name]["beats_random"], name
        assert found[name]["n"] == 6
        assert len(found[name]["random_seeds"]) == 5


def test_a_wrong_explanation_beats_nothing(monkeypatch, samples):
    monkeypatch.setattr(explanation_check, "explain", planted_explanation(good=False))
    found = check_explanations(PlantedClassifier(), samples)
    for name in ("deletion", "insertion", "comprehensiveness", "sufficiency"):
        assert not found[name]["beats_random"], name


def test_comprehensiveness_is_what_the_words_were_worth(monkeypatch):
    monkeypatch.setattr(explanation_check, "explain", planted_explanation(good=True))
    found = check_explanations(PlantedClassifier(), [CheckSample(TEXT, None)])
    # the key word goes first at every share: .4 is lost without it, nothing with it alone
    assert found["comprehensiveness"]["method"] == pytest.approx(0.4)
    assert found["sufficiency"]["method"] == pytest.approx(0.0)
    assert "deletion" not in found


def test_a_real_model_is_measured_from_end_to_end(monkeypatch, tmp_path):
    from tests.models.tiny import tiny_classifier, tiny_text_folder

    classifier = tiny_classifier(tiny_text_folder(tmp_path / "text"))
    face = Image.effect_noise((48, 48), 90).convert("RGB")
    seen = []
    found = check_explanations(
        classifier, [CheckSample("i am so happy", face)], lambda done, what: seen.append(done)
    )
    assert set(found) >= {"deletion", "insertion", "comprehensiveness", "sufficiency"}
    assert seen == [1.0]


def test_nothing_to_measure_is_said():
    with pytest.raises(DatasetError, match="nothing was measured"):
        check_explanations(PlantedClassifier(), [])
