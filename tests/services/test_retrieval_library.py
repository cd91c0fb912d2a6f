"""Indexing: what is known costs nothing, what is stopped or killed goes on, nothing is lost."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mmdemo.config import ROOT
from mmdemo.data.library import Library
from mmdemo.errors import EmptyInputError, LibraryError
from mmdemo.services.retrieval import indexing
from mmdemo.services.retrieval.waiting import left_behind
from tests.services.coloured import (
    colour_clip,
    colour_picture,
    indexed,
    moving_clip,
    plain,
    service,
)
from tests.services.colours import ColourMatcher


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """A folder with two clips and a picture; tests copy what they change."""
    folder = tmp_path_factory.mktemp("files")
    colour_clip(folder / "a.mp4", "red", "blue")
    moving_clip(folder / "b.mp4", 12)
    colour_picture(folder / "c.png", "green")
    return folder


@pytest.fixture
def library(tmp_path) -> Path:
    """Where a test's library goes."""
    return tmp_path / "library"


def names(own, library: Path) -> list[str]:
    """Names of what a library holds, in order."""
    return [item.name for item in own.contents(library).items]


def stored_rows(library: Path, identity: str) -> int:
    """All rows of a model's table, those that do not count included."""
    return Library.open(library)._table(identity).count()


def test_a_folder_is_indexed_once(files, library):
    own = service()
    job = indexed(own, library, [files])
    assert (job.state, job.done, job.total, job.fraction) == ("done", 3, 3, 1.0)
    assert not job.problems and not job.notes
    view = own.contents(library)
    assert [(i.name, i.kind, i.state) for i in view.items] == [
        ("a.mp4", "video", "ready"),
        ("b.mp4", "video", "ready"),
        ("c.png", "picture", "ready"),
    ]
    red_blue, moving, picture = view.items
    assert (red_blue.frames, moving.frames, picture.frames) == (2, 12, 1)  # 2 s a colour, kept once
    assert red_blue.duration_s == 4 and picture.duration_s == 0
    assert all(item.thumbnail.stat().st_size > 200 and item.path.exists() for item in view.items)
    assert not view.other_model

    encoded = own.matcher().encoded
    again = indexed(own, library, [files])
    assert own.matcher().encoded == encoded, "known files are not encoded again"
    assert [note.code for note in again.notes] == ["library_known"] * 3
    assert len(own.contents(library).items) == 3


def test_a_renamed_file_is_recognised(files, library, tmp_path):
    own = service()
    old = tmp_path / "old.mp4"
    shutil.copy(files / "a.mp4", old)
    indexed(own, library, [old])
    new = old.rename(tmp_path / "new.mp4")
    assert own.contents(library).items[0].path is None, "its file is gone, and that is said"
    job = indexed(own, library, [new])
    assert [note.code for note in job.notes] == ["library_renamed"]
    assert job.notes[0].values == {"name": "new.mp4", "before": "old.mp4"}
    (item,) = own.contents(library).items
    assert (item.name, item.path) == ("new.mp4", new)
    assert own.matcher().encoded == 2
    assert own.search(library, "red").moments[0].video == "new.mp4"


def test_vectors_of_two_models_never_meet(files, library):
    indexed(service("colours"), library, [files / "a.mp4", files / "c.png"])
    other = service("otters")
    view = other.contents(library)
    assert view.other_model and {item.state for item in view.items} == {"other_model"}
    with pytest.raises(LibraryError, match='"colours"; now it is "otters"'):
        other.search(library, "red")
    indexed(other, library, [files / "c.png"])
    assert [m.video for m in other.search(library, "green").moments] == ["c.png"]
    assert [i.state for i in other.contents(library).items] == ["other_model", "ready"]
    assert service("colours").search(library, "red").moments[0].video == "a.mp4"


def test_a_model_trained_anew_under_its_old_name_is_another_one(files, library):
    own = service()
    indexed(own, library, [files / "c.png"])
    own.core.matchers["colours"] = ColourMatcher(identity="d" * 40)
    with pytest.raises(LibraryError, match='"colours coloursx"; now it is "colours dddddddd"'):
        own.search(library, "green")


def test_a_removed_item_leaves_nothing_behind(files, library):
    own = service()
    indexed(own, library, [files])
    clip, _, picture = own.contents(library).items
    own.search(library, "red")
    own.remove(library, clip.id)
    assert names(own, library) == ["b.mp4", "c.png"]
    assert all(m.video != "a.mp4" for m in own.search(library, "red").moments)
    assert stored_rows(library, own.matcher().identity) == 13
    assert not clip.thumbnail.exists()
    assert clip.path.exists(), "the user's own file stays"
    with pytest.raises(LibraryError, match="no longer in the library"):
        own.remove(library, clip.id)
    assert indexed(own, library, [files / "a.mp4"]).notes == ()
    assert names(own, library) == ["b.mp4", "c.png", "a.mp4"]
    assert own.search(library, "green", items=[picture.id]).moments[0].video == "c.png"


def test_a_stopped_job_waits_and_goes_on(files, library):
    own = service()
    own.matcher().slow = gate = threading.Event()
    running = own.add(library, [files])
    assert (running.state, running.total) == ("running", 3)
    own.add(library, [files / "c.png"])  # joins; known to wait already
    own.stop(library)
    gate.set()
    stopped = own.wait(library, 30)
    assert (stopped.state, stopped.total) == ("stopped", 3)
    assert 0 < stopped.total - stopped.done == len(left_behind(library))

    after_reload = service()  # the page, or the process, started again
    seen = after_reload.job(library)
    assert (seen.state, seen.total) == ("stopped", 3 - stopped.done)
    after_reload.resume(library)
    assert after_reload.wait(library, 30).state == "done"
    assert sorted(names(after_reload, library)) == ["a.mp4", "b.mp4", "c.png"]
    assert after_reload.resume(library).state == "done", "nothing is left to resume"
    assert not left_behind(library)


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_indexed(files, library, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes((files / "b.mp4").read_bytes()[:200])
    text = tmp_path / "notes.txt"
    text.write_text("not a video")
    gone = tmp_path / "gone.mp4"
    own = service()
    job = indexed(own, library, [broken, text, gone, files / "c.png"])
    assert job.state == "done" and job.done == 4
    assert [(p.where, p.outcome) for p in job.problems] == [
        ("broken.mp4", "skipped"),
        ("notes.txt", "skipped"),
        ("gone.mp4", "skipped"),
    ]
    assert names(own, library) == ["c.png"]
    with pytest.raises(EmptyInputError, match="no picture or video"):
        own.add(library, [])


def test_a_video_cut_short_is_indexed_as_far_as_it_goes(library, tmp_path):
    whole = moving_clip(tmp_path / "whole.mkv", 20)
    short = tmp_path / "short.mkv"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    own = service()
    job = indexed(own, library, [short])
    (item,) = own.contents(library).items
    assert 3 <= item.frames <= 15
    assert [(p.where, p.outcome) for p in job.problems] == [("short.mkv", "fixed")]
    assert "that part was indexed" in job.problems[0].what


@pytest.mark.parametrize("case", ["file", "other files", "missing", "damaged", "newer"])
def test_a_folder_that_is_no_library_is_refused(files, library, tmp_path, case):
    said = {
        "file": "is a file, not a folder",
        "other files": "holds other files",
        "missing": "no library in library",
        "damaged": "damaged library.json",
        "newer": "another version of mmdemo",
    }[case]
    if case == "file":
        library.write_text("x")
    elif case == "other files":
        library.mkdir()
        (library / "thesis.doc").write_text("x")
    elif case in ("damaged", "newer"):
        library.mkdir()
        mark = "{" if case == "damaged" else '{"mmdemo_library": 99}'
        (library / "library.json").write_text(mark)
    own = service()
    with pytest.raises(LibraryError, match=said):
        own.search(library, "red")
    if case != "missing":
        with pytest.raises(LibraryError, match=said):
            own.add(library, [files / "c.png"])
        assert own.matcher().encoded == 0
    assert (library / "thesis.doc").exists() == (case == "other files")


def test_an_empty_library_says_so(files, library, tmp_path):
    own = service()
    assert own.contents(library).items == () and own.job(library) is None
    Library.open(library, create=True)
    with pytest.raises(LibraryError, match="still empty"):
        own.search(library, "red")


def test_a_missing_model_fails_the_job_with_its_sentence(files, library):
    own = service("missing")
    job = indexed(own, library, [files / "c.png"])
    assert (job.state, job.message) == ("failed", 'There is no model "missing".')
    own.start_loading()
    own._loader.join(10)
    assert own.status().state == "failed" and "missing" in own.status().message


def start_process(library: Path, *paths: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.services.coloured", str(library), *map(str, paths)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_killing_the_process_loses_only_the_video_in_work(files, library):
    process = start_process(library, files / "c.png", files / "b.mp4", files / "a.mp4")
    for _ in range(4):  # one batch of the picture, then the third of the video: two are written
        assert process.stdout.readline() == "batch\n"
    process.kill()
    process.wait(10)

    own = service()
    identity = own.matcher().identity
    assert names(own, library) == ["c.png"]
    assert stored_rows(library, identity) >= 1 + 4, "half a video is on disk ..."
    found = own.search(library, "green", top=50)
    assert {m.video for m in found.moments} == {"c.png"}, "... and is not seen"
    seen = own.job(library)
    assert (seen.state, seen.total) == ("stopped", 2)
    own.resume(library)
    done = own.wait(library, 30)
    assert (done.state, done.done) == ("done", 2)
    assert names(own, library) == ["c.png", "b.mp4", "a.mp4"]
    assert stored_rows(library, identity) == 1 + 12 + 2, "the half was cleared away"


@pytest.mark.slow
def test_two_processes_fill_one_library(files, library, tmp_path):
    more = [moving_clip(tmp_path / f"{i}.mp4", 4, seed=i + 1) for i in range(3)]
    all_files = [files / "a.mp4", files / "b.mp4", *more]
    processes = [
        start_process(library, *all_files),
        start_process(library, *all_files[::-1]),
    ]
    assert [p.communicate(timeout=120)[0].split("\n")[-2] for p in processes] == ["done 5"] * 2
    assert [p.returncode for p in processes] == [0, 0]
    own = service()
    identity = own.matcher().identity
    items = own.contents(library).items
    assert sorted(i.frames for i in items) == [2, 4, 4, 4, 12]
    opened = Library.open(library)
    opened.upkeep()
    assert stored_rows(library, identity) == 26, "each file was written by one of them"
    runs = [entry.run_id for entry in opened.entries(identity)]
    assert len(opened.all_frames(identity, runs)) == 26


def test_an_open_library_sees_what_others_write_rename_and_remove(files, library):
    one, two = service(), service()
    indexed(one, library, [files / "a.mp4"])
    assert two.search(library, "red").moments[0].video == "a.mp4"
    indexed(one, library, [files / "c.png"])
    assert two.search(library, "green").moments[0].video == "c.png"
    indexed(one, library, [files / "a.mp4"], ["holiday.mp4"])
    assert two.search(library, "red").moments[0].video == "holiday.mp4"
    one.remove(library, one.contents(library).items[0].id)
    assert names(two, library) == ["c.png"]


@pytest.mark.logs_errors
def test_a_full_disk_keeps_what_was_finished(files, library, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "THUMBNAIL_SIDE", 64)
    own = service()
    indexed(own, library, [files / "c.png"])
    long = moving_clip(tmp_path / "long.mp4", 90)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))  # no file may grow beyond that
    try:
        job = indexed(own, library, [long])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert job.state == "failed" and job.message.startswith("The disk is full.")
    assert names(own, library) == ["c.png"]
    assert own.search(library, "green").fits
    own.resume(library)
    assert own.wait(library, 60).state == "done"
    assert names(own, library) == ["c.png", "long.mp4"]


def test_too_little_free_space_is_said_before_anything_is_written(files, library):
    own = service()
    own.settings = type(own.settings)(matcher_model="colours", free_bytes=1 << 60)
    job = indexed(own, library, [files / "c.png"])
    assert job.state == "failed" and "must stay free" in job.message
    assert not own.contents(library).items and len(left_behind(library)) == 1


def test_files_are_put_together_while_many_are_indexed(library, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdemo.services.retrieval.job.UPKEEP_EVERY", 4)
    monkeypatch.setattr("mmdemo.data.library_frames.MOST_FRAGMENTS", 3)
    for i in range(6):
        plain("red").point(lambda v, i=i: v + i).save(tmp_path / f"{i}.png")
    own = service()
    assert indexed(own, library, [tmp_path]).done == 6
    tables = (library / "db").glob("frames_*")
    assert len([*next(tables).glob("data/*.lance")]) < 6 + 2
    assert len(own.contents(library).items) == 6
