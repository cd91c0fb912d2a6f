"""The folder that carries a training over a kill: whose it is, and when it goes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from mmdemo.cli.run_folder import run_folder
from mmdemo.errors import MmdemoError
from mmdemo.types import Sample
from tests import media

OPTIONS = {"mode": "adapter", "seed": 1}


@pytest.fixture
def samples(tmp_path) -> list[Sample]:
    folder = media.write_folder(tmp_path / "set", {"a.png": media.picture_bytes()})
    return [Sample(1, "warm", folder / "a.png", labels=("x",)), Sample(2, "cold", labels=("y",))]


def killed(tmp_path, samples, options=OPTIONS):
    """The folder that a training leaves which was cut short after its first epoch."""
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path / "m", samples, options) as folder:
        (folder / "state.pt").write_bytes(b"an epoch")
        raise KeyboardInterrupt
    return folder


def test_the_same_samples_and_options_go_on_wherever_the_files_lie(tmp_path, samples):
    folder = killed(tmp_path, samples)
    copy = shutil.copy(samples[0].image, tmp_path / "moved.png")
    moved = [replace(samples[0], image=copy), samples[1]]
    with run_folder(tmp_path / "m", moved, OPTIONS) as again:
        assert again == folder and (again / "state.pt").exists()


def test_anything_else_begins_anew_and_sweeps_up_what_was_left(tmp_path, samples):
    other = [samples[0], replace(samples[1], labels=("z",))]
    first = killed(tmp_path, samples)
    assert killed(tmp_path, samples[:1]) != first  # a row less
    assert killed(tmp_path, other) != first  # a label corrected where it stands
    assert killed(tmp_path, samples, {**OPTIONS, "seed": 2}) != first
    samples[0].image.write_bytes(media.picture_bytes((9, 9, 9)))  # another picture of that name
    assert killed(tmp_path, samples) != first
    with run_folder(tmp_path / "m", samples, OPTIONS):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


def test_two_of_the_same_at_once_do_not_write_over_each_other(tmp_path, samples):
    with run_folder(tmp_path / "m", samples, OPTIONS) as folder:
        same = run_folder(tmp_path / "m", samples, OPTIONS)
        with pytest.raises(MmdemoError, match="The same training is running in another"), same:
            pass
        with run_folder(tmp_path / "m", samples[:1], OPTIONS):
            pass  # another training for this output ends meanwhile
        assert folder.exists()
    assert not folder.exists()


def test_a_training_that_learned_nothing_leaves_nothing(tmp_path, samples):
    with pytest.raises(MmdemoError), run_folder(tmp_path / "m", samples, OPTIONS):
        raise MmdemoError("one class only")
    assert not list(tmp_path.glob(".m*"))
