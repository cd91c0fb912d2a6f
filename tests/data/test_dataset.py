"""read_dataset: the layout contract, and every oddity reported while the rest is used."""

from __future__ import annotations

import pytest

from tests import media
from tests.data.reading import PNG, folder, read, refused, report, table

# ---- zip, folder, CSV ---------------------------------------------------------------------------


@pytest.mark.parametrize("table_name", ["data.csv", "metadata.csv", "DATA.CSV"])
@pytest.mark.parametrize("wrapper", ["", "my set/", "a/b/"])
@pytest.mark.parametrize("packed", [True, False])
def test_table_at_the_top_or_in_a_wrapper(tmp_path, table_name, wrapper, packed):
    entries = media.csv_dataset()
    entries[table_name] = entries.pop("data.csv")
    entries = {wrapper + name: content for name, content in entries.items()}
    entries[".DS_Store"] = entries["__MACOSX/._x"] = entries[wrapper + "Thumbs.db"] = b"junk"
    if packed:
        dataset = read(media.write_zip(tmp_path / "toys.zip", entries), tmp_path)
        assert dataset.name == "toys"
    else:
        dataset = folder(tmp_path, entries)
        assert dataset.name == "set"
    assert dataset.problems == ()
    assert dataset.labels == ("class0", "class1")
    assert [s.row for s in dataset.samples] == [1, 2, 3, 4]
    assert [s.split for s in dataset.samples] == ["dev", "train"] * 2
    first = dataset.samples[0]
    assert first.text == "sentence 0 0"
    assert first.image_name == "images/0_0.png"
    assert first.image == dataset.root / "images/0_0.png"
    assert first.image.is_file()
    assert dataset.columns == {"text": "text", "image": "image", "label": "label", "split": "split"}


def test_a_csv_alone_with_media_beside_it(tmp_path):
    root = media.write_folder(tmp_path / "set", media.csv_dataset())
    (root / "data.csv").rename(root / "anything.csv")
    dataset = read(root / "anything.csv", tmp_path)
    assert len(dataset.samples) == 4
    assert dataset.name == "anything"
    assert not (tmp_path / "work").exists()


def test_a_zip_by_its_content_whatever_its_name(tmp_path):
    path = media.zip_dataset(tmp_path / "upload.bin")
    assert len(read(path, tmp_path).samples) == 4


def test_problems_of_the_zip_come_first_in_the_report(tmp_path):
    entries = {**media.csv_dataset(), "more.zip": "x"}
    dataset = read(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert [p.where for p in dataset.problems] == ["more.zip"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"PK\x03\x04 rest", "a.xlsx is a spreadsheet file. Save the table as CSV"),
        ("a.jsonl", b'{"text": "a"}', "a.jsonl is a JSON file. Save the table as CSV"),
        ("a.parquet", b"PAR1\0\1", "a.parquet is a Parquet file. Save the table as CSV"),
        ("a.tar.gz", b"\x1f\x8b rest", "it looks like a compressed archive. Give a zip file"),
        ("a.png", PNG, "a.png is not a dataset: it looks like a PNG picture."),
        ("a.zip", b"\x00\x01\x02", "a.zip is not a dataset"),
        ("a.zip", b"PK\x03\x04 cut", "a.zip is not a zip file that can be opened"),
        ("a.csv", b"", "a.csv is empty."),
    ],
)
def test_other_files(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert words in refused(read, tmp_path / name, tmp_path)


@pytest.mark.parametrize("name", ["a.csv", "a.zip"])
def test_a_spreadsheet_is_known_under_another_name(tmp_path, name):
    media.write_zip(tmp_path / name, {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    assert f"{name} is a spreadsheet file. Save the" in refused(read, tmp_path / name, tmp_path)


def test_tables_of_other_kinds_are_named_where_there_is_no_other(tmp_path):
    message = refused(folder, tmp_path, {"metadata.jsonl": "{}", "config.json": "{}"})
    assert message.startswith(
        "Nothing in set can be used (metadata.jsonl: metadata.jsonl is a JSON file, which is not "
        "read. Save it as data.csv.)"
    )


def test_nothing_there(tmp_path):
    assert "There is no nothing.zip at the place given" in refused(
        read, tmp_path / "nothing.zip", tmp_path
    )
    (tmp_path / "empty").mkdir()
    assert refused(read, tmp_path / "empty", tmp_path).startswith("empty has no samples. A dataset")


def test_another_table_name_is_used_when_it_is_the_only_one(tmp_path):
    dataset = folder(tmp_path, {"my list.csv": "text,label\na,joy\n", "README.md": "hello"})
    assert len(dataset.samples) == 1
    assert [(p.where, p.outcome) for p in dataset.problems] == [("my list.csv", "fixed")]


def test_several_unknown_tables(tmp_path):
    message = refused(folder, tmp_path, {"a.csv": "text\nx", "b.csv": "text\ny"})
    assert "several other tables: a.csv, b.csv. Rename the one to read to data.csv." in message


def test_data_csv_wins_over_metadata_csv_and_says_so(tmp_path):
    dataset = folder(tmp_path, {"data.csv": "text\nx\n", "metadata.csv": "text\ny\n"})
    assert dataset.samples[0].text == "x"
    assert report(dataset) == [
        ("metadata.csv", "It was not read, because there is a data.csv.", "skipped")
    ]


# ---- columns ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["text", "Sentence", "CAPTION", " description "])
@pytest.mark.parametrize("image", ["image", "image_path", "File_Name", "path"])
@pytest.mark.parametrize("label", ["label", "Target", "class", "emotion"])
def test_columns_by_alias(tmp_path, text, image, label):
    dataset = table(tmp_path, f"{label},{image},{text}\njoy,a.png,hello\n", ["a.png"])
    (sample,) = dataset.samples
    assert (sample.text, sample.image_name, sample.labels) == ("hello", "a.png", ("joy",))
    assert dataset.columns == {"text": text.strip(), "image": image, "label": label}


def test_the_first_alias_wins(tmp_path):
    assert table(tmp_path, "caption,text\nno,yes\n").samples[0].text == "yes"


def test_chosen_columns_override(tmp_path):
    content = "text,message,mood,label\na,b,joy,x\n"
    dataset = table(tmp_path, content, columns={"text": "Message", "label": "mood"})
    assert dataset.samples[0].text == "b"
    assert dataset.labels == ("joy",)
    assert dataset.columns == {"text": "message", "label": "mood"}


def test_a_role_can_be_switched_off(tmp_path):
    assert table(tmp_path, "text,label\na,joy\n", columns={"label": ""}).labels == ()


def test_a_chosen_column_that_is_not_there(tmp_path):
    assert refused(table, tmp_path, "text,label\na,b\n", columns={"text": "words"}) == (
        "There is no column 'words' to use as text. Found: 'text', 'label'."
    )


def test_no_known_column(tmp_path):
    message = refused(table, tmp_path, "foo,bar\n1,2\n")
    assert "Found: 'foo', 'bar'. Expected one of: 'text', 'sentence'" in message


# ---- rows ---------------------------------------------------------------------------------------


def test_text_or_media_may_be_empty_but_not_both(tmp_path):
    content = "text,image,label\nhello,,joy\n,a.png,joy\n,,joy\n,,\n,,\n"
    dataset = table(tmp_path, content, ["a.png"])
    assert [s.row for s in dataset.samples] == [1, 2]
    what = "It has neither a text nor a picture or video."
    assert report(dataset) == [("row 3 (line 4)", what, "skipped")]  # empty rows at the end: junk


def test_labels_are_split_and_trimmed(tmp_path):
    dataset = table(tmp_path, "text,label\na, joy | anger |\nb,anger\nc,joy|joy\n")
    assert [s.labels for s in dataset.samples] == [("joy", "anger"), ("anger",), ("joy",)]


def test_spellings_of_one_label_are_merged_and_reported(tmp_path):
    content = "text,label\na,Joy\nb,joy\nc,joy\nd,very  sad\ne,Very sad\nf,very  sad\n"
    dataset = table(tmp_path, content)
    assert dataset.labels == ("joy", "very sad")
    assert report(dataset) == [
        ("data.csv", "The labels 'Joy', 'joy' were taken as one label: 'joy'.", "fixed"),
        (
            "data.csv",
            "The labels 'very  sad', 'Very sad' were taken as one label: 'very sad'.",
            "fixed",
        ),
    ]


def test_splits(tmp_path):
    content = "text,split\na,Train\nb,validation\nc,test\nd,\ne,holdout\nf,holdout\n"
    dataset = table(tmp_path, content)
    assert [s.split for s in dataset.samples] == ["train", "dev", "test", "", "", ""]
    what = "'holdout' is not one of train, dev, test; 2 rows are used without a split."
    assert report(dataset) == [("column split", what, "fixed")]


def test_a_long_text_is_cut_and_reported(tmp_path):
    dataset = table(tmp_path, "text\n" + "x" * 100_000 + "\n")
    assert len(dataset.samples[0].text) == 10_000
    what = "Its text has 100,000 characters; the first 10,000 are used."
    assert report(dataset) == [("row 1 (line 2)", what, "fixed")]


def test_bad_rows_are_listed_in_order_and_the_rest_is_used(tmp_path):
    content = 'text,image,label\n,gone.png,x\nb,x\n"c,a.png,x\nd,a.png,x\n,,x\ne,a.png,x\n'
    dataset = table(tmp_path, content, ["a.png"])
    assert [s.text for s in dataset.samples] == ["d", "e"]
    assert [s.row for s in dataset.samples] == [4, 6]
    assert [p.where for p in dataset.problems] == [
        "row 1 (line 2)", "row 2 (line 3)", "row 3 (line 4)", "row 5 (line 6)",
    ]  # fmt: skip


def test_when_no_row_is_usable_the_error_says_why(tmp_path):
    message = refused(table, tmp_path, "image\na.png\nb.png\n")
    assert message.startswith(
        "Nothing in set can be used (row 1 (line 2): The file a.png is not in the dataset.;"
    )
