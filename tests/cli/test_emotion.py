"""``python -m mmdemo emotion``."""

import json

import pytest
from PIL import Image

from mmdemo.cli.explaining import words_page
from mmdemo.types import Explanation, WordWeight
from tests import media
from tests.models.tiny import LABELS


def test_a_sentence(cli):
    answer = cli("emotion", "--text", "I am so happy", "--json").json
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert set(answer["probabilities"]) == set(LABELS)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert list(answer["modalities"]) == ["text"]
    assert answer["faces"] == []


def test_a_sentence_and_a_face(cli, tmp_path):
    media.drawn_face(96).save(tmp_path / "face.png")
    answer = cli("emotion", "--text", "I am so sad", "--image", "face.png", "--json").json
    assert set(answer["modalities"]) == {"text", "face"}
    assert answer["faces"][0]["box"] == [0, 0, 96, 96]
    assert answer["faces"][0]["probabilities"] == answer["probabilities"]
    assert sum(abs(share) for share in answer["shares"].values()) == pytest.approx(1)


def test_without_a_face_the_text_decides_and_the_note_says_so(cli, tmp_path):
    Image.new("RGB", (120, 40), "green").save(tmp_path / "lawn.png")
    answer = cli("emotion", "--text", "I am so sad", "--image", "lawn.png", "--json").json
    assert list(answer["modalities"]) == ["text"]
    assert [note["code"] for note in answer["notes"]] == ["no_face"]
    alone = cli("emotion", "--image", "lawn.png", "--json")
    assert (alone.code, alone.out) == (2, "")
    assert "No face" in alone.err


def test_a_broken_picture_is_a_user_error(cli, tmp_path):
    media.broken_photo(tmp_path / "broken.jpg")
    outcome = cli("emotion", "--image", "broken.jpg", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "broken.jpg" in outcome.err


def test_for_people_it_prints_bars(cli):
    outcome = cli("emotion", "--text", "I am so happy")
    assert outcome.code == 0
    assert all(f"\n  {label} " in outcome.out for label in LABELS)
    assert "text alone: " in outcome.out


class TestExplain:
    def test_writes_what_it_says(self, cli, tmp_path):
        media.drawn_face(96).save(tmp_path / "face.png")
        answer = cli(
            *("emotion", "--text", "I am <so> happy", "--image", "face.png"),
            *("--explain", "why", "--json"),
        ).json
        assert [path.rsplit("/")[-1] for path in answer["explanation"]] == [
            *("explanation.json", "face.png", "heat.png", "words.html")
        ]
        told = json.loads((tmp_path / "why/explanation.json").read_text(encoding="utf-8"))
        assert told["label"] == answer["label"]
        assert [word["text"] for word in told["words"]][:2] == ["I", "am"]
        sizes = {Image.open(tmp_path / "why" / name).size for name in ("face.png", "heat.png")}
        assert len(sizes) == 1
        assert "&lt;" in (tmp_path / "why/words.html").read_text(encoding="utf-8")

    def test_another_label(self, cli, tmp_path):
        cli("emotion", "--text", "I am happy", "--explain", "why", "--why", "fear", "--json")
        assert json.loads((tmp_path / "why/explanation.json").read_text())["label"] == "fear"

    def test_a_label_that_is_none_is_a_user_error(self, cli):
        outcome = cli("emotion", "--text", "I am happy", "--explain", "why", "--why", "boredom")
        assert outcome.code == 2
        assert "boredom" in outcome.err

    def test_words_keep_their_text_and_their_sign(self):
        words = (WordWeight(0, 3, 1.0), WordWeight(4, 7, -0.5), WordWeight(8, 11, 0.0))
        page = words_page("not <b> yes!", Explanation("joy", words))
        assert page.count('solid"') == 1 and page.count('dashed"') == 1
        assert "&lt;b&gt;" in page and "yes</span>!" in page
