"""Media of a dataset: cells that name files, class folders, and what is no medium."""

from __future__ import annotations

import time

import pytest

from tests import media
from tests.data.reading import PNG, folder, read, refused, report, table


def test_missing_media_name_row_and_file_and_the_rest_of_the_row_is_used(tmp_path):
    content = "text,image,video\na,gone.png,\n,gone.png,\n,a.png,gone.mp4\nb,a.png,\n"
    dataset = table(tmp_path, content, ["a.png"])
    assert [(s.row, s.text, bool(s.image)) for s in dataset.samples] == [
        (1, "a", False), (3, "", True), (4, "b", True),
    ]  # fmt: skip
    rest = " The rest of the row is used."
    assert report(dataset) == [
        ("row 1 (line 2)", "The file gone.png is not in the dataset." + rest, "fixed"),
        ("row 2 (line 3)", "The file gone.png is not in the dataset.", "skipped"),
        ("row 3 (line 4)", "The file gone.mp4 is not in the dataset." + rest, "fixed"),
    ]


@pytest.mark.parametrize("cell", ["IMAGES/A.PNG", "images/a.png", "images\\A.png", "a.PNG"])
def test_media_in_other_case_or_one_folder_further(tmp_path, cell):
    dataset = table(tmp_path, f"text,image\nx,{cell}\n", ["images/A.png"])
    (sample,) = dataset.samples
    assert sample.image.name == "A.png"
    assert sample.image_name == cell
    exact = cell == "images\\A.png"
    assert [p.outcome for p in dataset.problems] == ([] if exact else ["fixed"])


def test_names_in_another_unicode_form(tmp_path):
    dataset = table(tmp_path, "image\ncaf\u00e9.png\n", ["cafe\u0301.png"])
    assert len(dataset.samples) == 1


@pytest.mark.parametrize(
    "cell",
    ["../secret.png", "/etc/passwd", "C:\\secret.png", "a/../../secret.png", "~/secret.png", "\\x"],
)
def test_paths_out_of_the_dataset_are_refused(tmp_path, cell):
    (tmp_path / "secret.png").write_bytes(PNG)
    dataset = table(tmp_path, f"text,image\nx,{cell}\nok,\n")
    assert [s.image for s in dataset.samples] == [None, None]
    assert "points outside the dataset" in dataset.problems[0].what


@pytest.mark.parametrize("start", ["/home/me/set/", "C:\\Users\\me\\", "\\\\server\\share\\"])
def test_full_paths_are_found_by_their_end_inside_the_dataset(tmp_path, start):
    content = f"image,label\n{start}images/a.png,x\n{start}images/b.png,y\n{start}c.png,y\n"
    dataset = table(tmp_path, content, ["images/a.png", "images/b.png", "a.png"])
    assert [s.image.relative_to(dataset.root).as_posix() for s in dataset.samples] == [
        "images/a.png", "images/b.png",
    ]  # fmt: skip
    told = {where: what for where, what, _ in report(dataset)}
    assert "2 were found by the end of the path" in told["column image"]
    assert "points outside the dataset" in told["row 3 (line 4)"]


def test_two_full_paths_never_mean_one_file(tmp_path):
    dataset = table(tmp_path, "image,label\n/x/cat/1.png,cat\n/x/dog/1.png,dog\n", ["1.png"])
    assert [s.labels for s in dataset.samples] == [("cat",)]


def test_web_addresses_are_refused(tmp_path):
    dataset = table(tmp_path, "text,image\nx,https://example.org/a.png\nok,\n")
    assert "is a web address; put the file itself" in dataset.problems[0].what


def test_pictures_and_videos_go_where_they_belong(tmp_path):
    files = {"a.png": PNG, "b.MP4": media.VIDEO_HEADER, "c.jpg": media.VIDEO_HEADER}
    content = "video,file_name\na.png,b.MP4\n,c.jpg\n"
    dataset = folder(tmp_path, {"data.csv": content, **files})
    first, second = dataset.samples
    assert (first.image_name, first.video_name) == ("a.png", "b.MP4")
    assert first.image.name == "a.png"
    assert first.video.name == "b.MP4"
    assert (second.image, second.video_name) == (None, "c.jpg")
    assert sorted(p.what for p in dataset.problems) == [
        "The column 'file_name' names 2 videos, used as such.",
        "The column 'video' names 1 picture, used as such.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file x.png is empty."),
        (b"\x01\x02\x03\x00", "The file x.png is damaged: it does not start like a picture."),
        (b"<html></html>", "it looks like a web page."),
        (b"MZ\x00\x00", "it looks like a program."),
    ],
)
def test_media_that_are_none(tmp_path, content, words):
    dataset = folder(tmp_path, {"data.csv": "text,image\n,x.png\nb,\n", "x.png": content})
    assert len(dataset.samples) == 1
    assert words in dataset.problems[0].what
    assert dataset.problems[0].outcome == "skipped"


@pytest.mark.parametrize("cell", [".", "images", "x" * 5000, "a\x00b.png", "images/"])
def test_cells_that_are_no_file_names(tmp_path, cell):
    dataset = table(tmp_path, f"text,image\n,{cell}\nb,\n", ["images/a.png"])
    assert [s.text for s in dataset.samples] == ["b"]


def test_names_are_fit_for_a_sentence(tmp_path):
    long, escape = "x" * 5000, "a\x1b[31m.png"
    dataset = table(tmp_path, f"text,image\n,{long}\n,{escape}\nc,\n")
    assert [p.what for p in dataset.problems] == [
        f"The file {'x' * 80}...{'x' * 37} is not in the dataset.",
        "The file a\ufffd[31m.png is not in the dataset.",
    ]


# ---- a folder per class -------------------------------------------------------------------------


@pytest.mark.parametrize("wrapper", ["", "pets/"])
def test_a_folder_per_class(tmp_path, wrapper):
    entries = {wrapper + name: body for name, body in media.class_folders().items()}
    entries[wrapper + "cat/0.txt"] = "a sleepy cat"
    entries[wrapper + "cat/3.JPEG"] = media.picture_bytes(kind="JPEG")
    entries[wrapper + "dog/clip.mov"] = media.VIDEO_HEADER
    entries[wrapper + "README.md"] = "about"
    entries[wrapper + "cat/.DS_Store"] = "x"
    dataset = read(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert dataset.labels == ("cat", "dog")
    assert dataset.problems == ()
    assert [(s.row, s.image_name or s.video_name, s.text) for s in dataset.samples] == [
        (1, "cat/0.png", "a sleepy cat"),
        (2, "cat/1.png", ""),
        (3, "cat/3.JPEG", ""),
        (4, "dog/0.png", ""),
        (5, "dog/1.png", ""),
        (6, "dog/clip.mov", ""),
    ]


@pytest.mark.parametrize("names", [("train", "dev", "test"), ("Train", "val", "TEST"), ("train",)])
def test_splits_as_top_folders(tmp_path, names):
    entries = {f"set/{n}/{k}": v for n in names for k, v in media.class_folders().items()}
    dataset = read(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert dataset.labels == ("cat", "dog")
    assert {s.split for s in dataset.samples} == set(("train", "dev", "test")[: len(names)])
    assert len(dataset.samples) == 4 * len(names)


def test_leftovers_in_class_folders_are_listed(tmp_path):
    entries = {
        **media.class_folders(),
        "cat/notes.txt": "no picture of this name",
        "cat/paper.pdf": b"%PDF-1.7",
        "loose.png": PNG,
    }
    dataset = folder(tmp_path, entries)
    assert len(dataset.samples) == 4
    assert report(dataset) == [
        ("loose.png", "loose.png lies outside the class folders, so it has no label.", "skipped"),
        (
            "cat/paper.pdf",
            "The file cat/paper.pdf is not a picture or video that is read here: "
            "it looks like a PDF document.",
            "skipped",
        ),
        ("cat/notes.txt", "notes.txt has no picture or video of the same name.", "skipped"),
    ]


def test_class_folders_of_texts_alone(tmp_path):
    dataset = folder(tmp_path, {"good/1.txt": "lovely", "bad/1.txt": "awful", "bad/2.txt": ""})
    assert [(s.text, s.labels) for s in dataset.samples] == [
        ("awful", ("bad",)),
        ("lovely", ("good",)),
    ]
    assert report(dataset) == [("bad/2.txt", "2.txt is empty.", "skipped")]


def test_pictures_without_table_and_classes(tmp_path):
    message = refused(folder, tmp_path, {"a.png": PNG, "b.png": PNG})
    assert "a.png lies outside the class folders" in message
    assert "A dataset is a table data.csv" in message


def test_class_folders_that_differ_by_case_are_one_label(tmp_path):
    entries = {"Joy/1.png": PNG, "joy/2.png": PNG, "joy/3.png": PNG, "sad/1.png": PNG}
    dataset = folder(tmp_path, entries)
    assert dataset.labels == ("joy", "sad")
    assert [p.outcome for p in dataset.problems] == ["fixed"]


def test_thirty_thousand_rows_with_media_take_seconds(tmp_path):
    rows = "".join(f"images/{i % 50}.png,joy,train\n" for i in range(28_709))
    start = time.process_time()
    dataset = table(tmp_path, "image,label,split\n" + rows, [f"images/{i}.png" for i in range(50)])
    assert len(dataset.samples) == 28_709
    assert time.process_time() - start < 6
