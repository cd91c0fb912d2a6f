"""The cards of the Emotion tab: what is said of an answer, and what is not."""

from dataclasses import replace

import pytest
from PIL import Image

from mmdemo.types import VideoReading
from mmdemo.ui.answer import answer_card, compare_card
from mmdemo.ui.launch import page_styles
from mmdemo.ui.markup import file_name
from mmdemo.ui.picture_handlers import PictureHandlers
from mmdemo.ui.video_result import exports_card, overall_card
from mmdemo.ui.views import PictureView, VideoView
from mmdemo.ui.why import word_line


@pytest.fixture
def read(service):
    """read(text, picture) -> the view with its answer."""

    def answered(text, picture=None):
        *_, view = PictureHandlers(service).read(PictureView(), text, picture, None)
        return view

    return answered


def test_words_that_the_model_cannot_read_make_the_answer_a_guess(read, face_file):
    view = read("我很高兴", face_file)
    card = answer_card(view, "en")
    assert "Joy, a guess" in card and "fairly sure" not in card
    assert "mm-finding" not in card, "words that were not read disagree with nobody"
    assert "只是猜测" in answer_card(view, "zh")
    pinned = PictureHandlers.pin(None, view)
    assert "Joy, a guess" in compare_card(pinned, "en")


def test_the_answer_is_there_to_be_said_with_a_disagreement(read, face_file):
    assert 'data-said="Joy, fairly sure. "' in answer_card(read("so happy"), "en")
    card = answer_card(read("so sad", face_file), "en")
    said = card.split('data-said="')[1].split('"')[0]
    assert said.endswith("The words sound sad; the face smiles.")
    assert "data-said" not in answer_card(PictureView(working="out.working"), "en")


def test_what_was_not_read_of_a_sentence_is_shown_as_such(service, read):
    text = "so happy and this was beyond the window"
    view = PictureHandlers(service).explain(read(text))
    cut = replace(view.explanation, words=view.explanation.words[:2])
    line = word_line(replace(view, explanation=cut), cut, "en")
    assert line.count("<button") == 2
    assert "> and this was beyond the window</span>" in line and "Not read" in line


def test_a_video_in_which_nothing_was_read_offers_no_downloads(tmp_path):
    nothing = VideoReading(4.0, 1.0, (), None, (), ())
    view = VideoView(path=tmp_path / "a.mp4", reading=nothing)
    assert "No emotion could be read" in overall_card(view, "en")
    assert exports_card(view, "en") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("dog_in-snow.mp4", "dog_<wbr>in-<wbr>snow.<wbr>mp4"),
        ("<b>.jpg", "&lt;b&gt;.<wbr>jpg"),
        ("صورة.jpg", "صورة.<wbr>jpg"),
    ],
)
def test_a_file_name_wraps_at_its_joints_and_keeps_its_direction(name, shown):
    assert f">{shown}</bdi>" in file_name(name)


def test_uploads_speak_the_language_of_the_page():
    styles = page_styles()
    assert ':root:lang(en) { --mm-drop: "Drop it here, or click to choose"' in styles
    assert ':root:lang(zh) { --mm-drop: "拖放到这里，或点击选择"' in styles


def test_a_face_is_no_guess_without_words(read, tmp_path):
    Image.new("RGB", (120, 120), "peru").save(tmp_path / "face.png")
    assert "a guess" not in answer_card(read("", tmp_path / "face.png"), "en")
