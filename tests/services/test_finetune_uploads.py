"""Uploads of every bad kind, seen from the service: a sentence each, nothing left behind, and
nothing of one visitor for another."""

from __future__ import annotations

import errno
import shutil
import stat
import zipfile
from dataclasses import replace

import pytest

from mmdemo.config import MB, Limits
from mmdemo.data.workspaces import Workspaces
from mmdemo.errors import DatasetError, MmdemoError, StorageError
from tests import media
from tests.services.teaching import left_in, sentences

CLEAN = media.csv_dataset(classes=3, per_class=4)


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted(path):
    """A zip whose one entry says that it is encrypted."""
    media.write_zip(path, {"data.csv": "text,label\na,b\n"})
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(raw)


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", "text,label\na,b\n")
        with archive.open("zeros.png", "w", force_zip64=True) as entry:
            for _ in range(24):
                entry.write(b"\0" * MB)


def many_entries(path):
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(300):
            archive.writestr(f"{n}.txt", "")


@pytest.mark.parametrize(
    ("make", "code", "told"),
    [
        (bomb, "zip_bomb", "as zip bombs do"),
        (encrypted, "zip_password", "protected by a password"),
        (many_entries, "zip_entries", "more than 200 entries"),
        (lambda p: media.write_zip(p, {"../up.csv": "text\n"}), "zip_path", "'../up.csv' points"),
        (lambda p: p.write_bytes(b"PK\x03\x04 no zip"), "zip_broken", "bad.zip is not a zip"),
        (lambda p: p.write_bytes(b""), "dataset_kind", "bad.zip is not a dataset"),
        (lambda p: media.write_zip(p, {"readme.txt": "hello"}), "dataset_empty", "bad"),
    ],
)  # fmt: skip
def test_an_upload_that_is_refused_leaves_nothing(teaching, workspace, tmp_path, make, code, told):
    teaching.settings = replace(teaching.settings, limits=Limits(zip_entries=200))
    path = tmp_path / "bad.zip"
    make(path)
    with pytest.raises(DatasetError) as caught:
        teaching.gather(workspace, path)
    assert caught.value.code == code
    assert told in str(caught.value)
    assert left_in(workspace) == []
    assert teaching.datasets(workspace) == ()


def test_bad_entries_and_rows_cost_themselves_only(teaching, workspace, tmp_path):
    good = [f"good {n},ok{n % 2}.png,{'xy'[n % 2]}" for n in range(17)]  # lines 2..18
    rows = [
        *good,
        '"broken quotes,ok0.png,x',
        "a program,program.jpg,x",
        "gone,missing.png,y",
        ",huge.png,x",
        "words and a cut picture,cut.jpg,y",
        "nested,inner.zip,x",
        "linked,link.png,y",
    ]
    entries = [
        ("data.csv", "text,image,label\n" + "\n".join(rows) + "\n"),
        ("ok0.png", media.picture_bytes()),
        ("ok1.png", media.picture_bytes((200, 0, 0))),
        ("program.jpg", b"MZ\x90\0" + b"\0" * 600),
        ("huge.png", media.bomb_png(tmp_path / "huge.png").read_bytes()),
        ("cut.jpg", media.truncated_photo(tmp_path / "cut.jpg").read_bytes()),
        ("inner.zip", media.write_zip(tmp_path / "inner.zip", CLEAN).read_bytes()),
        (link("link.png"), "/etc/passwd"),
    ]
    report = teaching.gather(workspace, media.write_zip(tmp_path / "a.zip", entries))
    told = sentences(report.problems)
    assert report.samples == 22  # four rows go on with their text alone
    assert "inner.zip: inner.zip is an archive inside the archive" in told
    assert "link.png is a link and not a file" in told
    assert "row 18 (line 19): A quotation mark is opened and not closed" in told
    assert "row 19 (line 20): The file program.jpg is not a picture or video" in told
    assert "it looks like a program" in told
    missing = "row 20 (line 21): The file missing.png is not in the dataset."
    assert f"{missing} The rest of the row is used. (fixed)" in told
    assert "row 21: huge.png has 100 megapixels; pictures may have up to 50" in told
    assert "row 22: cut.jpg is damaged or cut off" in told
    assert "The rest of the row is used. (fixed)" in told
    assert not list(workspace.folder.rglob("link.png"))


def test_a_text_column_that_is_empty_everywhere_is_said(teaching, workspace, tmp_path):
    entries = {f"{n}.png": media.picture_bytes((n, 0, 0)) for n in range(6)}
    entries["data.csv"] = "text,image,label\n" + "".join(
        f",{n}.png,{'ab'[n % 2]}\n" for n in range(6)
    )
    report = teaching.gather(workspace, media.write_zip(tmp_path / "a.zip", entries))
    assert report.modalities == {"image": 6}
    assert "no_text" in {note.code for note in report.warnings}


def test_links_in_an_uploaded_folder_are_not_followed(teaching, workspace, tmp_path):
    folder = media.write_folder(tmp_path / "set", media.class_folders())
    secret = tmp_path / "secret.png"
    media.photo(secret)
    (folder / "cat" / "link.png").symlink_to(secret)
    report = teaching.gather(workspace, folder)
    assert report.samples == 4
    assert "cat/link.png is a link and not a file" in sentences(report.problems)


def test_an_upload_that_does_not_fit_is_refused_before_it_is_unpacked(teaching, tmp_path):
    small = Workspaces(tmp_path / "small", 20_000, 0).open(None)
    entries = {**CLEAN, "noise.bin": bytes(range(256)) * 200}
    with pytest.raises(StorageError) as caught:
        teaching.gather(small, media.write_zip(tmp_path / "a.zip", entries))
    assert caught.value.code == "storage_quota"
    nearly_full = Workspaces(tmp_path / "full", 64 * MB, shutil.disk_usage(tmp_path).free + MB)
    with pytest.raises(StorageError) as caught:
        teaching.gather(nearly_full.open(None), tmp_path / "a.zip")
    assert caught.value.code == "storage_disk"


def test_a_disk_that_becomes_full_is_said_and_leaves_nothing(
    teaching, workspace, tmp_path, monkeypatch
):
    path = media.write_zip(tmp_path / "a.zip", CLEAN)

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mmdemo.services.finetune.gathering.write_samples", full)
    with pytest.raises(StorageError, match="could not be saved: the disk is full"):
        teaching.gather(workspace, path)
    assert left_in(workspace) == []


# -- isolation ------------------------------------------------------------------------------------


def test_nobody_sees_the_dataset_of_another(teaching, places, workspace, tmp_path):
    report = teaching.gather(workspace, media.write_zip(tmp_path / "a.zip", CLEAN))
    other = places.open(None)
    assert teaching.datasets(other) == ()
    stolen = f"../../{workspace.token}/datasets/{report.dataset_id}"
    for key in (report.dataset_id, stolen, "", "..", "\0"):
        with pytest.raises(MmdemoError) as caught:
            teaching.report(other, key)
        assert caught.value.code == "dataset_gone"
    teaching.remove_dataset(workspace, report.dataset_id)
    assert teaching.datasets(workspace) == ()
    assert left_in(workspace) == []
