"""Gathering: what is said of a dataset, what is refused, and who can see it."""

from __future__ import annotations

import pytest

from mmdemo.errors import DatasetError
from tests import media
from tests.services.teaching import sentences, table

CLEAN = media.csv_dataset(classes=3, per_class=4)


# -- the report -----------------------------------------------------------------------------------


def test_a_zip_is_reported_and_found_again(teaching, workspace, tmp_path):
    report = teaching.gather(workspace, media.write_zip(tmp_path / "my pets.zip", CLEAN))
    assert (report.name, report.kind, report.samples, report.blocked) == (
        "my pets", "classify", 12, None,
    )  # fmt: skip
    assert sorted(report.classes.values()) == [4, 4, 4]
    assert report.modalities == {"text+image": 12}
    assert report.columns["label"] == "label"
    assert "split" in report.header
    assert len(report.previews) == 12
    first = [p.label for p in report.previews[:3]]
    assert len(set(first)) == 3, "classes take turns"
    assert all(path.stat().st_size for path in report.thumbnails.values())
    assert set(report.thumbnails) == {p.row for p in report.previews}
    assert teaching.datasets(workspace) == ((report.dataset_id, "my pets"),)
    assert teaching.report(workspace, report.dataset_id) == report


def test_several_files_and_a_folder_are_datasets_too(teaching, workspace, tmp_path):
    folder = media.write_folder(tmp_path / "set", CLEAN)
    rows = ["hello,a.png,x", "world,b.png,y", "again,c.png,x"]
    files = [table(tmp_path, *rows, header="text,image,label")]
    for name in "abc":
        files.append(media.photo(tmp_path / f"{name}.png"))
    several = teaching.gather(workspace, files, name="three")
    assert (several.name, several.samples, several.modalities) == ("three", 3, {"text+image": 3})
    whole = teaching.gather(workspace, folder)
    assert (whole.name, whole.samples) == ("set", 12)
    assert teaching.datasets(workspace)[0] == (whole.dataset_id, "set"), "the newest first"


def test_labels_empty_or_spelled_differently_each_get_a_sentence(teaching, workspace, tmp_path):
    rows = ["a,joy", "b, Joy ", "c,JOY", "d,", "e,anger|fear", "f,anger", "g,anger", ",joy"]
    report = teaching.gather(workspace, table(tmp_path, *rows))
    told = sentences(report.problems)
    assert report.classes == {"joy": 3, "anger": 2}
    assert "were taken as one label: 'joy'" in told
    assert "row 4: It has no label. (skipped)" in told
    assert "row 5: It has 2 labels (anger and fear); one is needed. (skipped)" in told
    assert "row 8 (line 9): It has neither a text nor a picture or video. (skipped)" in told


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        (["a,joy", "b,joy", "c,joy"], "one_class", 'All samples have the label "joy"'),
        (["a,joy", "b,joy", "c,anger"], "class_of_one", 'Too few samples for: "anger"'),
    ],
)
def test_what_cannot_be_trained_on_is_blocked_with_the_reason(
    teaching, workspace, tmp_path, rows, code, told
):
    report = teaching.gather(workspace, table(tmp_path, *rows))
    assert report.blocked.code == code
    assert told in report.blocked.text


def test_pairs_without_labels_are_for_the_matcher(teaching, workspace, tmp_path):
    entries = {f"{n}.png": media.picture_bytes((n, 0, 0)) for n in range(5)}
    entries["data.csv"] = "text,image\n" + "".join(f"number {n},{n}.png\n" for n in range(5))
    entries["data.csv"] += ",0.png\nlonely words,\n"
    report = teaching.gather(workspace, media.write_zip(tmp_path / "pairs.zip", entries))
    assert (report.kind, report.samples, report.classes, report.blocked) == ("match", 5, {}, None)
    told = sentences(report.problems)
    assert "row 6: It has no label and no text" in told
    assert "row 7: It has no label and no picture or video" in told


def test_duplicates_say_when_labels_contradict_and_splits_leak(teaching, workspace, tmp_path):
    same = media.picture_bytes((9, 9, 9))
    entries = {"a.png": same, "copy.png": same, "b.png": media.picture_bytes((200, 0, 0))}
    entries["data.csv"] = (
        "text,image,label,split\nhi,a.png,x,train\nhi,copy.png,y,dev\nother,b.png,y,train\n"
        "other,b.png,y,train\nhi,b.png,x,dev\n"
    )
    report = teaching.gather(workspace, media.write_zip(tmp_path / "a.zip", entries))
    found = {d.rows: d for d in report.duplicates}
    assert set(found) == {(1, 2), (3, 4)}
    assert (found[1, 2].labels, found[1, 2].splits) == (("x", "y"), ("train", "dev"))
    assert (found[3, 4].labels, found[3, 4].splits) == (("y",), ("train",))
    assert {"contradictions", "across_splits"} <= {note.code for note in report.warnings}


def test_warnings_about_small_classes_imbalance_and_language(teaching, workspace, tmp_path):
    rows = [f"Das ist der Satz Nummer {n} und er ist deutsch,viel" for n in range(40)]
    rows += [f"Und dieser Satz {n} ist ebenfalls deutsch,wenig" for n in range(3)]
    report = teaching.gather(workspace, table(tmp_path, *rows))
    codes = " ".join(note.code for note in report.warnings)
    assert "small_class" in codes
    assert "imbalance" in codes
    assert "foreign" in codes
    assert "no_media" in codes


def test_columns_are_chosen_by_hand_when_no_name_is_known(teaching, workspace, tmp_path):
    path = table(tmp_path, "fine day,good", "bad day,bad", "ok,good", "no,bad", header="msg;said")
    path.write_text(path.read_text().replace(",", ";"))
    report = teaching.gather(workspace, path)
    assert (report.samples, report.header, report.blocked.code) == (0, ("msg", "said"), "columns")
    with pytest.raises(DatasetError, match="There is no column 'nope'"):
        teaching.recolumn(workspace, report.dataset_id, {"text": "nope"})
    again = teaching.recolumn(workspace, report.dataset_id, {"text": "msg", "label": "said"})
    assert (again.samples, again.classes, again.blocked) == (4, {"good": 2, "bad": 2}, None)
    assert teaching.report(workspace, report.dataset_id) == again


# -- corrections ----------------------------------------------------------------------------------


def test_corrections_lie_beside_the_upload_and_change_the_report(teaching, workspace, tmp_path):
    report = teaching.gather(workspace, table(tmp_path, "a,joy", "b,joy", "c,anger", "d,anger"))
    key = report.dataset_id
    before = next(workspace.folder.rglob("data.csv")).read_bytes()
    teaching.relabel(workspace, key, {2: " ANGER "})
    teaching.relabel(workspace, key, {1: "fear"})
    now = teaching.report(workspace, key)
    assert now.classes == {"anger": 3, "fear": 1}, "a spelling of a known label is that label"
    assert now.corrected == {1: "fear", 2: "ANGER"}
    assert now.blocked.code == "class_of_one"
    teaching.relabel(workspace, key, {1: "joy"})  # what the upload says: no correction any more
    assert teaching.report(workspace, key).corrected == {2: "ANGER"}
    assert next(workspace.folder.rglob("data.csv")).read_bytes() == before


def test_other_columns_keep_corrections_only_of_the_same_labels(teaching, workspace, tmp_path):
    entries = {f"{n}.png": media.picture_bytes((50 * n, 0, 0)) for n in range(4)}
    entries["data.csv"] = "text,note,image,other,label,kind\n" + "".join(
        f"t{n},n{n},{n}.png,{3 - n}.png,{'ab'[n % 2]},{'xy'[n % 2]}\n" for n in range(4)
    )
    report = teaching.gather(workspace, media.write_zip(tmp_path / "a.zip", entries))
    key, before = report.dataset_id, report.thumbnails[1].read_bytes()
    teaching.relabel(workspace, key, {1: "b"})
    other = teaching.recolumn(workspace, key, {"text": "note", "image": "other"})
    assert other.corrected == {1: "b"}
    assert other.thumbnails[1].read_bytes() != before, "row 1 has another picture now"
    other = teaching.recolumn(workspace, key, {"label": "kind"})
    assert (other.corrected, other.classes) == ({}, {"x": 2, "y": 2})


@pytest.mark.parametrize(
    ("row", "label", "code"),
    [(9, "joy", "row_unknown"), (1, "  ", "label_empty"), (1, "a|b", "label_unusable"),
     (1, "x" * 101, "label_unusable")],
)  # fmt: skip
def test_a_correction_that_makes_no_sense_is_refused(
    teaching, workspace, tmp_path, row, label, code
):
    report = teaching.gather(workspace, table(tmp_path, "a,joy", "b,joy", "c,anger", "d,anger"))
    with pytest.raises(DatasetError) as caught:
        teaching.relabel(workspace, report.dataset_id, {row: label})
    assert caught.value.code == code
    assert teaching.report(workspace, report.dataset_id).corrected == {}
