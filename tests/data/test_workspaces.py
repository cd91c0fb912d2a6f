"""A visitor's files: opened by the token alone, within a share of the disk."""

from __future__ import annotations

import os
import stat
import time

import pytest

from mmdemo.config import MB
from mmdemo.data import workspaces
from mmdemo.data.workspaces import Workspaces
from mmdemo.errors import StorageError


@pytest.fixture
def all_of_them(tmp_path) -> Workspaces:
    return Workspaces(tmp_path / "root", quota_bytes=2 * MB, free_bytes=0)


def test_the_token_opens_the_same_folder_again(all_of_them):
    mine = all_of_them.open(None)
    assert len(mine.token) == 32 and mine.folder.parent == all_of_them.root
    assert all_of_them.open(mine.token) == mine
    assert all_of_them.open(None).folder != mine.folder
    assert stat.S_IMODE(mine.folder.stat().st_mode) == 0o700, "for nobody else on this computer"
    assert {p.name for p in mine.folder.iterdir() if p.is_dir()} == set(workspaces.PARTS)


@pytest.mark.parametrize(
    "token", ["", "../../etc", "0" * 32, "A" * 32, "x" * 500, 7, "0" * 31 + "\n"]
)
def test_other_tokens_open_a_fresh_one(all_of_them, token):
    opened = all_of_them.open(token)
    assert opened.token != token and opened.folder.is_dir()
    assert [p.name for p in all_of_them.root.iterdir()] == [opened.token]


def test_uploads_are_kept_once_and_counted(all_of_them, tmp_path):
    mine = all_of_them.open(None)
    upload = tmp_path / "a.MP4"
    upload.write_bytes(bytes(MB))
    kept = mine.keep(upload)
    assert kept.parent == mine.folder / "media" and kept.suffix == ".mp4"
    assert mine.keep(upload.rename(tmp_path / "b.mp4")) == kept
    assert MB <= mine.used_bytes() < MB + 1000
    other = tmp_path / "c.mp4"
    other.write_bytes(b"c" * (MB + 1))
    with pytest.raises(StorageError, match=r"needs 1 MB, and 1 of your 2 MB are in use"):
        mine.keep(other)
    assert [p.name for p in kept.parent.iterdir()] == [kept.name]


def test_the_disk_is_never_filled(all_of_them, tmp_path, monkeypatch):
    mine = Workspaces(tmp_path / "root", 2 * MB, free_bytes=1 << 60).open(None)
    with pytest.raises(StorageError, match="disk is nearly full"):
        mine.require_room(10)
    upload = tmp_path / "a.mp4"
    upload.write_bytes(b"abc")

    def full(source, target):
        target.write_bytes(b"a")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspaces.shutil, "copyfile", full)
    opened = all_of_them.open(None)
    with pytest.raises(StorageError, match=r"a.mp4 could not be saved"):
        opened.keep(upload)
    assert not [*(opened.folder / "media").iterdir()]


def test_a_root_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="MMDEMO_DATA_ROOT"):
        Workspaces(tmp_path / "file" / "root", MB, 0).open(None)


def test_what_nobody_opened_for_long_is_swept_away(all_of_them):
    old, new = all_of_them.open(None), all_of_them.open(None)
    (all_of_them.root / "not a workspace").mkdir()
    long_ago = time.time() - 1000
    os.utime(old.folder / ".used", (long_ago, long_ago))
    assert all_of_them.sweep(500) == 1
    assert not old.folder.exists() and new.folder.exists()
    assert (all_of_them.root / "not a workspace").exists()
    assert all_of_them.open(old.token).token != old.token


def test_one_that_was_never_used_goes_after_a_day(all_of_them, tmp_path):
    empty, used, new = (all_of_them.open(None) for _ in range(3))
    upload = tmp_path / "a.png"
    upload.write_bytes(b"abc")
    used.keep(upload)
    yesterday = time.time() - workspaces.EMPTY_S - 60
    for one in (empty, used):
        os.utime(one.folder / ".used", (yesterday, yesterday))
    assert all_of_them.sweep(30 * workspaces.EMPTY_S) == 1
    assert not empty.folder.exists() and used.folder.exists() and new.folder.exists()
