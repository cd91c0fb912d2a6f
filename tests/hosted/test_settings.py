"""What is different on a Space: limits, where things are kept, who is let in, the GPU."""

import importlib
import stat
import sys
import threading

import pytest

from mmdemo.config import HOSTED, Settings, is_hosted, load_settings
from mmdemo.models import zero_gpu
from mmdemo.ui.launch import launch_options, served_folder
from mmdemo.ui.upkeep import Upkeep, chores

SPACE = {"SPACE_ID": "someone/mmdemo", "SYSTEM": "spaces", "MMDEMO_BUCKET": "/not/there"}


@pytest.mark.parametrize("environ", [{"SPACE_ID": "a/b"}, {"SYSTEM": "spaces"}])
def test_a_space_is_known_by_its_variables(environ):
    assert is_hosted(environ) and not is_hosted({})


def test_limits_are_smaller_on_a_space_and_a_variable_still_wins():
    here, there = load_settings({}), load_settings(SPACE)
    for name, value in HOSTED.items():
        holder = "limits" if hasattr(here.limits, name) else None
        before = getattr(here.limits if holder else here, name)
        assert getattr(there.limits if holder else there, name) == value
        assert value > before if name == "free_bytes" else value < before
    assert load_settings({**SPACE, "MMDEMO_VIDEO_SECONDS": "77"}).limits.video_seconds == 77


def test_a_mounted_bucket_keeps_what_visitors_save(tmp_path):
    kept = load_settings({**SPACE, "MMDEMO_BUCKET": str(tmp_path)})
    assert kept.data_root == tmp_path / "mmdemo-data"
    assert not served_folder(kept).is_relative_to(tmp_path), "uploads are not worth keeping"
    assert not list(tmp_path.iterdir()), "the trial left nothing behind"
    chosen = {**SPACE, "MMDEMO_BUCKET": str(tmp_path), "MMDEMO_DATA_ROOT": "/elsewhere"}
    assert str(load_settings(chosen).data_root) == "/elsewhere"
    assert load_settings({"MMDEMO_BUCKET": str(tmp_path)}).data_root == Settings.data_root


def test_a_bucket_that_cannot_keep_files_is_said_and_not_used(tmp_path, monkeypatch, caplog):
    def refuse(self, target):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    settings = load_settings({**SPACE, "MMDEMO_BUCKET": str(tmp_path)})
    assert settings.data_root == Settings.data_root
    assert "cannot keep files" in caplog.text and "lost at a restart" in caplog.text


def test_a_space_without_a_bucket_says_nothing(caplog):
    assert load_settings(SPACE).data_root == Settings.data_root and not caplog.text


def test_only_a_space_is_open_to_the_network(settings, monkeypatch):
    assert launch_options(settings)["server_name"] == "127.0.0.1"
    monkeypatch.setenv("SYSTEM", "spaces")
    assert launch_options(settings)["server_name"] == "0.0.0.0"


# -- ZeroGPU -----------------------------------------------------------------------------------

FAKE = """
marked = []
def GPU(work=None, **options):
    def mark(function):
        marked.append((function.__name__, options))
        return function
    return mark(work) if work else mark
"""


@pytest.fixture
def reloaded(monkeypatch):
    yield lambda: importlib.reload(zero_gpu)
    monkeypatch.undo()
    sys.modules.pop("spaces", None)
    importlib.reload(zero_gpu)


def test_without_the_spaces_package_nothing_is_marked(reloaded):
    module = reloaded()
    assert module.spaces is None and module.on_gpu(len) is len
    assert module.register() is module.graphics_card


def test_with_the_spaces_package_a_function_is_marked(reloaded, tmp_path, monkeypatch):
    (tmp_path / "spaces.py").write_text(FAKE)
    monkeypatch.syspath_prepend(tmp_path)
    module = reloaded()
    module.register()
    assert module.spaces.marked == [("graphics_card", {"duration": module.HELD_S})]


# -- upkeep ------------------------------------------------------------------------------------


@pytest.mark.logs_errors
def test_upkeep_goes_on_after_a_failure():
    rounds, again = [], threading.Event()

    def fail():
        raise OSError("the disk hiccups")

    def count():
        rounds.append(1)
        if len(rounds) == 3:
            again.set()

    upkeep = Upkeep([fail, count], every_s=0.01).start()
    assert again.wait(5)
    upkeep.stop()
    assert not upkeep._thread.is_alive()


def test_upkeep_sweeps_workspaces_and_uploads(tmp_path):
    import os
    import time

    from mmdemo.data.workspaces import Workspaces

    settings = Settings(data_root=tmp_path / "data", keep_days=2)
    places = Workspaces(settings.data_root / "workspaces", 1000, 0)
    old, new = places.open(None), places.open(None)
    served = served_folder(settings)
    (served / "upload").mkdir(parents=True)
    long_ago = time.time() - 3 * 86_400
    for path in (old.folder / ".used", served / "upload"):
        os.utime(path, (long_ago, long_ago))
    for chore in chores(settings, places):
        chore()
    assert not old.folder.exists() and new.folder.exists() and not list(served.iterdir())
    assert stat.S_IMODE(new.folder.stat().st_mode) == 0o700
