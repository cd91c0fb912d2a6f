import time
from dataclasses import replace

import pytest
from PIL import Image

from mmdemo.config import Settings
from mmdemo.errors import EmptyInputError, MediaError, NoFaceError
from mmdemo.services.classifier_input import CROP_SIDE
from mmdemo.services.emotion.service import EmotionService
from tests import media
from tests.models.tiny import tiny_checkpoint
from tests.video_media import clip_of


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    home = tmp_path_factory.mktemp("service")
    tiny_checkpoint(home / "checkpoints", face_check=1e6)  # nothing is a face crop already
    tiny_checkpoint(home / "checkpoints", "eager", face_check=-1e6, title="Eager")
    return Settings(checkpoints=home / "checkpoints", data_root=home / "data")


@pytest.fixture(scope="module")
def service(settings):
    return EmotionService(settings)


def wait_until_loaded(service):
    deadline = time.monotonic() + 30
    while service.status().state == "loading" and time.monotonic() < deadline:
        time.sleep(0.05)
    return service.status()


def codes(result):
    return [note.code for note in result.notes]


def test_a_sentence_alone_is_read(service):
    result = service.read("  i am so happy ", None)
    assert result.text == "i am so happy"
    assert result.faces == ()
    assert len(result.readings) == 1
    assert set(result.readings[0].modalities) == {"text"}


def test_a_portrait_is_found_and_read_with_the_sentence(service, tmp_path):
    result = service.read("i am so happy", media.portrait(tmp_path / "portrait.png"))
    assert len(result.faces) == len(result.readings) == 1
    assert set(result.readings[0].modalities) == {"text", "face"}
    assert result.faces[0].crop.width == result.faces[0].crop.height


def test_every_face_gets_its_own_reading_largest_first(service, tmp_path):
    media.two_portraits_image().save(tmp_path / "two.png")
    result = service.read("", tmp_path / "two.png")
    assert len(result.readings) == 2
    widths = [box[2] - box[0] for box in (face.box for face in result.faces)]
    assert widths[0] > widths[1]
    assert result.readings[0].probabilities != result.readings[1].probabilities


def test_without_a_face_the_text_decides_alone_and_it_is_said(service, tmp_path):
    result = service.read("i am so happy", media.photo(tmp_path / "scene.png", (300, 200)))
    assert codes(result) == ["no_face"]
    assert set(result.readings[0].modalities) == {"text"}
    assert result.readings == service.read("i am so happy", None).readings


def test_without_a_face_and_without_text_nothing_is_guessed(service, tmp_path):
    with pytest.raises(NoFaceError, match="No face was found"):
        service.read("", media.photo(tmp_path / "scene.png", (300, 200)))


@pytest.mark.parametrize("side", [48, CROP_SIDE + 50])
def test_a_picture_that_already_is_a_face_crop_is_read_whole(service, tmp_path, side):
    path = media.grey_photo(tmp_path / "crop.png", (side, side))
    result = service.read("", path, model="eager")
    assert [face.box for face in result.faces] == [(0, 0, side, side)]


def test_nothing_given_is_said(service):
    with pytest.raises(EmptyInputError, match="nothing to read yet"):
        service.read("   ", None)


def test_a_broken_picture_is_named(service, tmp_path):
    with pytest.raises(MediaError, match=r"broken\.jpg"):
        service.read("i am", media.broken_photo(tmp_path / "broken.jpg"))


def test_a_very_long_text_is_cut_twice_and_both_are_said(service):
    result = service.read("happy " * 20_000, None)
    assert codes(result) == ["long_text", "truncated_text"]
    assert len(result.text) == service.settings.limits.text_characters


def test_another_language_is_said_beside_the_answer(service):
    assert codes(service.read("我今天非常高兴，谢谢你来看我", None))[0] == "foreign_language"


def test_subtitles_in_another_language_and_broken_ones_are_said(service, tmp_path):
    clip = clip_of([Image.new("RGB", (64, 48), "grey")] * 2, tmp_path / "a.mp4", "1")
    srt = tmp_path / "a.srt"
    times = "00:00:00,000 --> 00:00:02,000"
    srt.write_text(f"{times}\n我今天非常高兴，谢谢你来看我\n\n00:00:09,000 -> ?\nlost\n", "utf-8")
    found = service.read_video(clip, subtitles=srt)
    assert [note.code for note in found.notes][:2] == ["foreign_language", "subtitles_skipped"]
    srt.write_text(f"{times}\nI am so happy that you came to see me today\n", "utf-8")
    assert [n.code for n in service.read_video(clip, subtitles=srt).notes] == ["video_no_face"]


def test_what_if_a_word_goes(service):
    text = "i am so happy"
    assert service.what_if(text, None, remove=(8, 13)) == service.read("i am so", None).readings[0]


def test_what_if_a_region_is_hidden(service, tmp_path):
    face = service.read("", media.portrait(tmp_path / "p.png")).faces[0].crop
    hidden = service.what_if("", face, hide=(0, 0, face.width // 2, face.height))
    assert hidden.probabilities != service.what_if("", face).probabilities


def test_an_explanation_has_the_size_of_the_face(service, tmp_path):
    face = service.read("", media.portrait(tmp_path / "p.png")).faces[0].crop
    found = service.explain("i am so happy", face, "fear")
    assert found.label == "fear"
    assert found.heat.shape == (face.height, face.width)


def test_the_model_loads_in_the_background(settings):
    service = EmotionService(settings)
    assert service.status().state == "loading"
    service.start_loading()
    assert wait_until_loaded(service).state == "ready"


def test_a_missing_model_is_said_in_the_status(settings):
    service = EmotionService(replace(settings, emotion_model="gone"))
    service.start_loading()
    status = wait_until_loaded(service)
    assert status.state == "failed"
    assert 'no model "gone"' in status.message


def test_models_are_listed_default_first_without_damaged_ones(settings):
    broken = settings.checkpoints / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{")
    found = EmotionService(settings).models()
    assert [m.name for m in found] == ["emotion-compact", "eager"]
    assert found[1].title == "Eager"
    assert found[0].size_bytes > 1_000_000
