"""Every write, sync and rename fails once, or the process dies at it: nothing older is lost."""

from __future__ import annotations

import errno
import functools
import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.robust import faults, library_scenes, run_scenes, scenes

ALL = [
    scenes.Checkpoint, scenes.CheckpointAgain, scenes.TrainingState, scenes.Vectors, scenes.Keep,
    scenes.Open, run_scenes.Gather, run_scenes.Relabel, run_scenes.OtherColumns, run_scenes.Train,
    run_scenes.Begin, run_scenes.WriteSamples, run_scenes.Download, library_scenes.Add,
    library_scenes.Make, library_scenes.Remove, library_scenes.Upkeep, library_scenes.Rename,
    library_scenes.Waiting, library_scenes.BringBack,
]  # fmt: skip
NIGHTLY = os.environ.get("MMDEMO_FUZZ") == "nightly"
MODES = ("full", "crash", "power")
# a disk that breaks differs from a full one only where the kind of error is looked at
CASES = [(kind, mode) for kind in ALL for mode in MODES]
CASES += [(kind, "broken") for kind in (run_scenes.Gather, scenes.Keep, library_scenes.Add)]
QUICK = {  # in the default run, each at three points
    scenes.CheckpointAgain, scenes.Keep, run_scenes.Gather, run_scenes.Train, library_scenes.Add,
}  # fmt: skip


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    """Scenes as they are before: made once, then copied for every fault."""
    made: dict[type, tuple[Path, list[str]]] = {}

    def of(kind: type[scenes.Scene]) -> tuple[Path, list[str]]:
        if kind not in made:
            root = tmp_path_factory.mktemp(kind.__name__)
            folder = root / "before" / "scene"
            folder.mkdir(parents=True)
            kind().make(folder)
            whole = copy(folder, root / "whole")
            found = faults.points(lambda: kind().run(whole), str(whole))
            kind().done(whole)
            kind().kept(whole)
            made[kind] = (folder, found)
        return made[kind]

    return of


def copy(before: Path, place: Path) -> Path:
    shutil.copytree(before, place / "scene", symlinks=True)
    return place / "scene"


def try_fault(kind: type[scenes.Scene], before: Path, place: Path, nth: int, mode: str) -> None:
    """One fault; then what is older is there, and the operation can be done again."""
    scene, folder = kind(), copy(before, place)
    within = str(folder)

    run = functools.partial(scene.run, folder)
    if mode in ("full", "broken"):
        code = errno.ENOSPC if mode == "full" else errno.EIO
        error = faults.failing(run, nth, within, code)
        if error is None:
            scene.done(folder)
        elif not isinstance(error, scene.refusals):
            raise AssertionError(f"{error!r} is no refusal") from error
    else:
        code = faults.crashing(run, nth, within, power_cut=mode == "power")
        assert code in (faults.DIED, 0), f"the child ended with {code}"
    check(scene, folder)
    shutil.rmtree(place)


def try_faults(kind, stage, tmp_path, mode, chosen) -> None:
    before, found = stage(kind)
    assert len(found) >= 1
    wrong = []
    for nth in chosen(range(1, len(found) + 1)):
        place = tmp_path / str(nth)
        try:
            try_fault(kind, before, place, nth, mode)
        except Exception as error:
            wrong.append(f"{nth} of {len(found)}, {found[nth - 1]}: {type(error).__name__} {error}")
    assert not wrong, "\n".join(wrong)


def some(numbers: range) -> list[int]:
    """First, last and middle."""
    return sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]})


@pytest.mark.logs_errors
@pytest.mark.parametrize("kind", [k for k in ALL if k in QUICK], ids=lambda k: k.__name__)
def test_a_full_disk_at_some_points(kind, stage, tmp_path):
    """Crashes are slow: the process that children are forked from takes seconds to start."""
    try_faults(kind, stage, tmp_path, "full", some)


@pytest.mark.slow
@pytest.mark.logs_errors
@pytest.mark.parametrize(("kind", "mode"), CASES, ids=lambda v: getattr(v, "__name__", v))
def test_a_fault_at_every_point(kind, mode, stage, tmp_path):
    """At each in `make nightly`, else at every fourth."""
    try_faults(kind, stage, tmp_path, mode, list if NIGHTLY else lambda all_: sorted(
        {*all_[::4], *some(all_)}))  # fmt: skip


@pytest.mark.slow
@pytest.mark.logs_errors
@pytest.mark.parametrize(
    "kind", [scenes.CheckpointAgain, library_scenes.Add, library_scenes.Upkeep],
    ids=lambda k: k.__name__,
)  # fmt: skip
def test_a_disk_on_which_no_file_may_grow(kind, stage, tmp_path):
    """The kernel refuses bytes, also those that Rust writes: every file is cut at some size.

    lance 13 takes a data file of one block for whole when the kernel took only a part of it (a full
    disk refuses such a block as a whole, and that it sees): so nothing between 1000 bytes and what
    an index file has.
    """
    before, _ = stage(kind)
    for most in (0, 1, 60, 200, 400, 700, 1000, 100_000):
        folder = copy(before, tmp_path / str(most))
        assert faults.full_disk(functools.partial(kind().run, folder), most) in (0, 1)
        check(kind(), folder)


@pytest.mark.slow
@pytest.mark.logs_errors
@pytest.mark.parametrize("kind", [library_scenes.Add, library_scenes.Upkeep, library_scenes.Remove],
                         ids=lambda k: k.__name__)  # fmt: skip
def test_a_kill_at_any_moment(kind, stage, tmp_path):
    """Between the writes of the engine too."""
    before, _ = stage(kind)
    for nth in range(1, 17):
        folder = copy(before, tmp_path / str(nth))
        code = faults.killed_after(functools.partial(kind().run, folder), nth * 0.015)
        assert code in (0, -signal.SIGALRM)
        check(kind(), folder)


def check(scene: scenes.Scene, folder: Path) -> None:
    """Nothing older is lost, nothing partial is offered, and it can be done again."""
    scene.kept(folder)
    scene.run(folder)
    scene.done(folder)
    scene.kept(folder)


def test_the_harness_sees_writes_syncs_and_renames(stage):
    _, found = stage(run_scenes.Relabel)
    kinds = {what.split()[0] for what in found}
    assert {"open", "write", "fsync", "replace"} <= kinds


def careless(folder: Path) -> None:
    """A file written as many programs do."""
    (folder / "new").write_text("content")
    os.replace(folder / "new", folder / "old")
    (folder / "other").mkdir()


@pytest.mark.slow
def test_a_lost_sync_loses_the_file(tmp_path):
    """The harness itself: what was renamed without a sync is empty after a power cut."""
    run, within = functools.partial(careless, tmp_path), str(tmp_path)
    count = len(faults.points(run, within))
    (tmp_path / "other").rmdir()
    assert faults.crashing(run, count, within, power_cut=True) == faults.DIED
    assert (tmp_path / "old").read_text() == ""
    assert faults.crashing(run, count, within) == faults.DIED
    assert (tmp_path / "old").read_text() == "content"
