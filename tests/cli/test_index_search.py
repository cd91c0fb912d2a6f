"""``index`` and ``search`` as a user types them."""

from __future__ import annotations

import csv

import pytest
from PIL import Image

from mmdemo.services.retrieval import service as retrieval
from tests.cli.setup import CommandLine
from tests.services.coloured import colour_clip, colour_picture
from tests.services.colours import ColourCore


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    colour_clip(folder / "a.mp4", "red", "blue")
    colour_picture(folder / "b.png", "green")
    return folder


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys) -> CommandLine:
    """Run commands in this process with a matcher that knows colours."""
    build = retrieval.RetrievalService
    monkeypatch.setattr(
        retrieval, "RetrievalService", lambda s, **more: build(s, ColourCore(), **more)
    )
    monkeypatch.setenv("MMDEMO_FREE_BYTES", "0")
    monkeypatch.setenv("MMDEMO_DATA_ROOT", str(tmp_path / "data-root"))
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys)


def test_index_and_search_as_objects(cli, files):
    made = cli("index", files, "--library", "lib", "--json")
    assert made.code == 0
    assert made.json == {
        "library": "lib",
        "indexed": 2,
        "known": 0,
        "skipped": 0,
        "items": 2,
        "frames": 3,
    }
    again = cli("index", files / "a.mp4", "--library", "lib", "--json")
    assert (again.json["indexed"], again.json["known"], again.json["items"]) == (0, 1, 2)
    assert "a.mp4 was already in the library" in again.err

    found = cli("search", "something red", "--library", "lib", "--json", "--top", "5")
    assert found.code == 0
    (moment,) = found.json["moments"]
    assert {key: moment[key] for key in ("video", "start_s", "end_s", "frame_s")} == {
        "video": "a.mp4",
        "start_s": 0.0,
        "end_s": 2.0,
        "frame_s": 0.0,
    }
    assert moment["score"] > 2 and found.json["fits"] is True


def test_index_and_search_for_people(cli, files, tmp_path):
    made = cli("index", files / "a.mp4", files / "b.png", "--library", "lib")
    assert (
        made.out
        == "2 indexed, 0 already known, 0 left out; the library holds 2 files with 3 frames\n"
    )
    found = cli("search", "something blue", "--library", "lib", "--csv", "out.csv")
    assert found.out.startswith("a.mp4  00:02 - 00:04  strong (")
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        assert [row["video"] for row in csv.DictReader(file)] == ["a.mp4"]
    refused = cli("search", "something blue", "--library", "lib", "--csv", "no/such/out.csv")
    assert refused.code == 2 and "the folder no/such does not exist" in refused.err
    nothing = cli("search", "nothing of the kind", "--library", "lib", "--top", "1")
    assert nothing.code == 0 and len(nothing.out.splitlines()) == 1
    assert "nothing here fits" in nothing.err
    without = cli("search", "green red", "--not", "red", "--library", "lib")
    assert without.out.splitlines()[0].startswith("b.png  picture  ")


def test_what_cannot_be_read_is_left_out_and_named(cli, files, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes((files / "a.mp4").read_bytes()[:300])
    made = cli("index", broken, files / "b.png", "--library", "lib", "--json")
    assert (made.code, made.json["indexed"], made.json["skipped"]) == (0, 1, 1)
    assert "broken.mp4" in made.err
    alone = cli("index", broken, "--library", "other")
    assert alone.code == 2 and alone.out == "" and "Nothing was indexed" in alone.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("index", "missing.mp4", "--library", "lib"), "no file or folder missing.mp4"),
        (("index", "files", "--library", "full"), "holds other files"),
        (("index", "files", "--library", "lib", "--model", "missing"), "no model"),
        (("index", "empty", "--library", "lib"), "no picture or video"),
        (("index", "files"), "--library"),
        (("search", "dog", "--library", "nowhere"), "no library in nowhere"),
        (("search", "dog", "--library", "full"), "holds other files"),
        (("search", " ", "--library", "lib"), "nothing to look for"),
        (("search", "dog", "--library", "lib", "--top", "0"), "--top 0"),
    ],
)
def test_mistakes_end_with_one_line_and_code_2(cli, files, tmp_path, arguments, said):
    (tmp_path / "files").symlink_to(files)
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("x")
    ended = cli(*arguments)
    assert (ended.code, ended.out) == (2, "")
    last = ended.err.strip().splitlines()[-1]
    assert last.startswith("mmdemo: ") and said in last
    assert not (tmp_path / "lib").exists() or "dog" in arguments or "empty" in arguments


def test_of_many_known_files_a_few_are_named(cli, tmp_path):
    (tmp_path / "many").mkdir()
    for n in range(7):
        Image.new("RGB", (9 + n, 9), "red").save(tmp_path / "many" / f"{n}.png")
    cli("index", "many", "--library", "lib")
    again = cli("index", "many", "--library", "lib", "--json")
    assert again.json["known"] == 7
    assert again.err.count("was already in the library") == 5
    assert "... and 2 more files were already in the library." in again.err
