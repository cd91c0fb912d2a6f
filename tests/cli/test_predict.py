"""``python -m mmdemo predict``."""

import pytest
from PIL import Image

from mmdemo.cli.predict import COLUMNS, column_names, safe_cell, write_then_rename
from mmdemo.errors import MmdemoError
from mmdemo.services.emotion import batch
from tests import media
from tests.cli.setup import read_rows, write_table
from tests.models.tiny import LABELS


def mixed_dataset(folder):
    """Text; face; both; text and a picture cut short; that picture alone; a picture of no face."""
    media.drawn_face(48).save(folder / "face.png")
    media.drawn_face(300).save(folder / "large.png")
    media.truncated_photo(folder / "short.jpg")
    Image.new("RGB", (120, 40), "green").save(folder / "lawn.png")
    return write_table(
        folder / "data.csv",
        "text,image",
        ["I am happy", ""],
        ["", "face.png"],
        ["you came", "large.png"],
        ["so sad", "short.jpg"],
        ["", "short.jpg"],
        ["", "lawn.png"],
    )


def test_every_row_in_order_with_a_column_per_label(cli, tmp_path):
    outcome = cli("predict", mixed_dataset(tmp_path), "--output", "out.csv")
    assert (outcome.code, outcome.out) == (0, "")
    rows = read_rows(tmp_path / "out.csv")
    assert tuple(rows[0]) == (*COLUMNS, *LABELS)
    assert [row["row"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert [row["text"] for row in rows] == ["I am happy", "", "you came", "so sad", "", ""]
    for row in rows[:4]:
        numbers = {label: float(row[label]) for label in LABELS}
        assert row["predicted"] == max(numbers, key=numbers.get)
        assert sum(numbers.values()) == pytest.approx(1, abs=1e-5)


def test_what_cannot_be_read_is_named_and_stays_empty(cli, tmp_path):
    outcome = cli("predict", mixed_dataset(tmp_path), "--output", "out.csv")
    rows = read_rows(tmp_path / "out.csv")
    for row in rows[4:]:
        assert (row["predicted"], row["joy"]) == ("", "")
    assert "row 4 (short.jpg)" in outcome.err and "read by its text alone" in outcome.err
    assert "row 5 (short.jpg)" in outcome.err
    assert "row 6 (lawn.png): No face was found in the picture. (no answer)" in outcome.err
    assert "6 rows written to out.csv, 2 of them without an answer" in outcome.err


def test_windows_and_passes_do_not_change_the_answers(cli, tmp_path, monkeypatch):
    path = mixed_dataset(tmp_path)
    cli("predict", path, "--output", "large.csv")
    monkeypatch.setattr(batch, "WINDOW", 2)
    monkeypatch.setattr(batch, "BATCH", 1)
    cli("predict", path, "--output", "small.csv")
    large, small = read_rows(tmp_path / "large.csv"), read_rows(tmp_path / "small.csv")
    assert [row["predicted"] for row in large] == [row["predicted"] for row in small]
    for one, other in zip(large[:4], small, strict=False):
        assert float(one["joy"]) == pytest.approx(float(other["joy"]), abs=1e-4)


def test_a_zip_and_a_split(cli, tmp_path):
    path = media.zip_dataset(tmp_path / "set.zip")
    assert cli("predict", path, "--output", "all.csv").code == 0
    splits = cli("predict", path, "--split", "nonsense", "--output", "none.csv")
    assert splits.code == 2
    assert "nonsense" in splits.err
    assert not (tmp_path / "none.csv").exists()
    assert len(read_rows(tmp_path / "all.csv")) == 4
    assert not list((tmp_path / "data-root").iterdir()), "unpacked files must go"


class TestOutputFile:
    def test_appears_only_when_complete(self, tmp_path):
        target = tmp_path / "out.csv"
        target.write_text("old")
        with pytest.raises(KeyboardInterrupt), write_then_rename(target) as file:
            file.write("half")
            raise KeyboardInterrupt
        assert target.read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
        with write_then_rename(target) as file:
            file.write("new")
        assert target.read_text() == "new"

    def test_a_full_disk_is_a_user_error(self, tmp_path):
        with (
            pytest.raises(MmdemoError, match="No space left"),
            write_then_rename(tmp_path / "out.csv"),
        ):
            raise OSError(28, "No space left on device")
        assert not list(tmp_path.iterdir())


class TestFormulas:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1"])
    def test_are_disarmed(self, text):
        assert safe_cell(text) == "'" + text

    @pytest.mark.parametrize("text", ["", "a=1", "joy, -no", "'quoted'", " plain", "5 > 3"])
    def test_other_text_is_left_as_it_is(self, text):
        assert safe_cell(text) == text

    def test_in_the_file_too(self, cli, tmp_path):
        path = write_table(tmp_path / "d.csv", "text", ["=cmd|' /C calc'!A0"], ["two\nlines, one"])
        cli("predict", path, "--output", "out.csv")
        assert [row["text"] for row in read_rows(tmp_path / "out.csv")] == [
            "'=cmd|' /C calc'!A0",
            "two\nlines, one",
        ]


def test_a_label_named_like_a_column_keeps_its_own_column():
    assert column_names(["joy", "text"]) == ["joy", "text (probability)"]
