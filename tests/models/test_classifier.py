import math

import pytest
from PIL import Image, ImageOps

from mmdemo.errors import EmptyInputError
from mmdemo.models.classifier import modality_shares
from tests.models.tiny import tiny_classifier


@pytest.fixture(scope="module")
def face():
    return Image.effect_noise((70, 70), 90).convert("RGB")


def close(a, b):
    return all(math.isclose(a[k], b[k], abs_tol=1e-5) for k in a)


def test_a_batch_gives_what_each_sample_gives_alone(classifier, face):
    other = ImageOps.invert(face)
    samples = [("i am so happy", face), ("", other), ("sad day . sad day", None), ("hate", other)]
    batch = classifier.classify([t for t, _ in samples], [f for _, f in samples])
    for reading, (text, image) in zip(batch, samples, strict=True):
        alone = classifier.classify([text], [image])[0]
        assert close(reading.probabilities, alone.probabilities)
        assert reading.modalities.keys() == alone.modalities.keys()
        for name, probabilities in reading.modalities.items():
            assert close(probabilities, alone.modalities[name])


def test_what_stands_several_times_is_encoded_once(classifier, face, monkeypatch):
    other, texts = ImageOps.invert(face), ["hate", "i am so happy", "hate", ""]
    faces = [face, None, other, face]
    expected = [classifier.classify([t], [f])[0] for t, f in zip(texts, faces, strict=True)]
    seen, read, look = [], classifier.encode_text, classifier.vision_encoder.preprocess
    monkeypatch.setattr(classifier, "encode_text", lambda t: seen.append(tuple(t)) or read(t))
    monkeypatch.setattr(
        classifier.vision_encoder, "preprocess", lambda p: seen.append(len(p)) or look(p)
    )
    found = classifier.classify(texts, faces)
    assert seen == [("hate", "i am so happy", ""), 2]
    for a, b in zip(found, expected, strict=True):
        assert close(a.probabilities, b.probabilities)
        assert all(close(a.modalities[name], b.modalities[name]) for name in b.modalities)
    answers = classifier.predict_proba(texts, faces).tolist()
    for row, reading in zip(answers, found, strict=True):
        assert close(dict(zip(classifier.labels, row, strict=True)), reading.probabilities)


def test_probabilities_sum_to_one_and_each_modality_is_read_alone(classifier, face):
    reading = classifier.classify(["i am so happy"], [face])[0]
    text = classifier.classify(["i am so happy"], [None])[0]
    alone = classifier.classify([""], [face])[0]
    assert math.isclose(sum(reading.probabilities.values()), 1, abs_tol=1e-5)
    assert close(reading.modalities["text"], text.probabilities)
    assert close(reading.modalities["face"], alone.probabilities)
    assert not close(reading.probabilities, text.probabilities)


def test_a_face_and_its_mirror_image_read_the_same(classifier, face):
    a = classifier.classify([""], [face])[0].probabilities
    b = classifier.classify([""], [ImageOps.mirror(face)])[0].probabilities
    assert close(a, b)


def test_colour_does_not_move_a_grey_encoder(classifier, face):
    grey = classifier.classify([""], [face.convert("L").convert("RGB")])[0]
    assert close(classifier.classify([""], [face])[0].probabilities, grey.probabilities)


def test_temperature_and_thresholds_are_those_of_the_config(text_folder, face):
    thresholds = dict.fromkeys(tiny_classifier(text_folder).labels, 0.01)
    cool = tiny_classifier(
        text_folder,
        temperatures={"text": 1, "vision": 0.01, "text+vision": 1},
        thresholds=thresholds,
    )
    warm = tiny_classifier(text_folder)
    assert cool.classify([""], [face])[0].confidence > warm.classify([""], [face])[0].confidence
    assert close(
        cool.classify(["sad"], [None])[0].probabilities,
        warm.classify(["sad"], [None])[0].probabilities,
    )
    assert len(cool.classify(["sad"], [None])[0].present) == 7


def test_nothing_to_read_is_a_user_error(classifier):
    with pytest.raises(EmptyInputError, match="nothing to read"):
        classifier.classify(["i am", "  "], [None, None])


def test_unequal_lists_are_a_bug_of_the_caller(classifier):
    with pytest.raises(ValueError, match="1 texts for 2 faces"):
        classifier.classify(["i"], [None, None])


def test_long_and_unknown_text_is_said(classifier):
    codes = {n.code: n for n in classifier.notes("i am so happy " * 20)}
    assert codes["truncated_text"].values["read"] < 140
    assert [n.code for n in classifier.notes("我很高兴")] == ["unknown_words"]
    assert classifier.notes("i am so happy") == ()
    assert classifier.notes("") == ()


def test_long_flat_pictures_are_never_face_crops(text_folder, face):
    eager = tiny_classifier(text_folder, face_check=-1e9)
    assert eager.looks_like_face([face, face.resize((200, 50))]) == [True, False]
    assert tiny_classifier(text_folder, face_check=None).looks_like_face([face]) == [False]


def test_shares_are_signed_and_their_sizes_sum_to_one():
    fused = {"joy": 0.8, "anger": 0.2}
    shares = modality_shares(
        fused, {"text": {"joy": 0.9, "anger": 0.1}, "face": {"joy": 0.2, "anger": 0.8}}
    )
    # without the text joy falls from .8 to .2; without the face it rises to .9
    text, face = math.log(0.8 / 0.2), math.log(0.8 / 0.9)
    assert math.isclose(shares["text"], text / (text - face))
    assert math.isclose(shares["face"], face / (text - face))
    assert shares["face"] < 0 < shares["text"]
    assert math.isclose(sum(map(abs, shares.values())), 1)
    assert modality_shares(fused, {"text": fused}) == {"text": 1.0}
