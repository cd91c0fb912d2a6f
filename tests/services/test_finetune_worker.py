"""The real worker process: killed twice in the middle, and still the same model to the bit."""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
import types
from dataclasses import replace

import pytest

from mmdemo.config import Settings
from mmdemo.data.locks import is_held
from mmdemo.errors import MmdemoError, StoppedError
from mmdemo.models.event_log import EventLog
from mmdemo.services.finetune import runs, worker
from mmdemo.services.finetune.folders import run_folder
from mmdemo.services.finetune.pace import Pace, expected
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.finetune.store import read_json, write_json
from mmdemo.services.finetune.training_run import curve
from mmdemo.services.finetune.types import LENGTHS, TrainOptions
from mmdemo.types import Sample
from tests.services.teaching import table

PATIENCE_S = int(os.environ.get("MMDEMO_TEST_PATIENCE", "240"))  # more on a busy machine
HEADER = "text,label,split"
OPTIONS = TrainOptions(name="killed", mode="adapter", epochs=2, batch=16)


def wait_for(check, what):
    until = time.monotonic() + PATIENCE_S
    while not (found := check()):
        assert time.monotonic() < until, f"{what} did not happen"
        time.sleep(0.05)
    return found


def epochs(folder, least):
    """The process that works on a run, once it has done so many epochs."""
    state = runs.state_of(folder)
    assert state.get("state") not in ("failed", "stopped"), state.get("message")
    return state.get("pid") if state.get("epoch", 0) >= least else None


def done(service, workspace, run):
    view = service.run(workspace, run)
    assert view.state not in ("failed", "stopped"), view.message
    return view if view.state == "done" else None


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_killed_and_abandoned_runs_end_with_the_same_bits(tmp_path, workspace):
    words = ("cat dog bird", "red green blue")
    rows = [
        f"{words[n % 2]} {n},{('animal', 'colour')[n % 2]},{'dev' if n < 8 else 'train'}"
        for n in range(40)
    ]
    settings = Settings(data_root=tmp_path / "data", free_bytes=0, threads=1)
    service = FinetuneService(settings, core=object())
    dataset = service.gather(workspace, table(tmp_path, *rows, header=HEADER)).dataset_id
    whole = service.start(workspace, dataset, OPTIONS)
    killed = service.start(workspace, dataset, OPTIONS)
    assert service.run(workspace, killed).place >= 1
    folder = run_folder(workspace, killed)

    pid = wait_for(lambda: epochs(folder, 3), "the third epoch")
    os.kill(pid, signal.SIGKILL)
    second = wait_for(lambda: epochs(folder, 5), "going on after the kill")
    assert second != pid
    service.close()  # the app ends, and its worker with it
    assert gone(second)
    assert service.run(workspace, killed).state == "queued"

    again = FinetuneService(settings, core=object())
    again.start_queue()
    view = wait_for(lambda: done(again, workspace, killed), "the end")
    again.close()

    first = again.run(workspace, whole)
    assert (first.model, view.model) == ("killed", "killed-2")
    assert view.epoch == first.epoch
    assert [e["val_loss"] for e in view.history] == [e["val_loss"] for e in first.history]
    assert view.accuracy == first.accuracy
    models = [run_folder(workspace, v.run_id).model(v.model) for v in (first, view)]
    weights = [{p.name: p.read_bytes() for p in m.glob("*.safetensors")} for m in models]
    assert weights[0]
    assert weights[0] == weights[1]
    reports = [read_json(run_folder(workspace, run).report) for run in (whole, killed)]
    assert reports[0]["samples"] == reports[1]["samples"]
    assert not folder.work.exists()
    assert not is_held(folder.lock)


@pytest.mark.parametrize(
    ("error", "state", "code", "told"),
    [
        (StoppedError("x"), "stopped", None, ""),
        (MmdemoError("no good", code="one_class"), "failed", "one_class", "no good"),
        (OSError(errno.ENOSPC, "x"), "failed", "training_disk_full", "The disk became full"),
        (MemoryError(), "failed", "out_of_memory", "not enough memory"),
        (RuntimeError("can't allocate memory"), "failed", "out_of_memory", "not enough memory"),
        (KeyError("bug"), "failed", "training_failed", "error in the program (KeyError)"),
    ],
)
def test_every_way_to_fail_is_said(teaching, workspace, tmp_path, monkeypatch, error, state, code,
                                   told):  # fmt: skip
    run = begun(teaching, workspace, tmp_path, monkeypatch)

    class Failing:
        def __init__(self, *given):
            pass

        def finish(self):
            assert (run.path / "reserve").stat().st_size == worker.RESERVE
            raise error

    monkeypatch.setattr("mmdemo.services.finetune.training_run.TrainingRun", Failing)
    assert worker.work(run, teaching.settings, None) is (state == "stopped")
    view = teaching.run(workspace, run.id)
    assert view.state == state
    assert told in view.message
    assert (view.note and view.note.code) == code
    assert not (run.path / "reserve").exists()


def begun(teaching, workspace, tmp_path, monkeypatch):
    """A run that no worker has."""
    monkeypatch.setattr(teaching._queue, "attend", lambda: None)
    report = teaching.gather(workspace, table(tmp_path, "a,x", "b,x", "c,y", "d,y"))
    return run_folder(workspace, teaching.start(workspace, report.dataset_id, TrainOptions()))


def test_a_full_disk_is_seen_before_training(teaching, workspace, tmp_path, monkeypatch):
    run = begun(teaching, workspace, tmp_path, monkeypatch)
    settings = replace(teaching.settings, free_bytes=1 << 60)
    assert worker.work(run, settings, None) is False
    assert teaching.run(workspace, run.id).note.code == "storage_disk"


def test_two_workers_never_have_one_run(teaching, workspace, tmp_path, monkeypatch):
    run = begun(teaching, workspace, tmp_path, monkeypatch)
    monkeypatch.setattr(worker, "LOCK_S", 0.3)
    with worker._taken(run) as first, worker._taken(run) as second:
        assert (first, second) == (True, False)
    with worker._taken(run) as later:
        assert later


def test_a_run_killed_before_its_last_word_is_done_without_training(
    teaching, workspace, tmp_path, monkeypatch
):
    run = begun(teaching, workspace, tmp_path, monkeypatch)
    write_json(run.report, {"scores": {"accuracy": 0.5}})
    run.work.mkdir()
    assert worker.work(run, teaching.settings, None) is True
    view = teaching.run(workspace, run.id)
    assert (view.state, view.accuracy, view.fraction) == ("done", 0.5, 1.0)
    assert not run.work.exists()


def test_settings_reach_the_worker_whole(tmp_path):
    settings = Settings(data_root=tmp_path, threads=3, emotion_model="other")
    assert worker.settings_from(worker.settings_dict(settings)) == settings


def test_the_curve_shows_one_line_over_all_folds():
    def row(fold, epoch, accuracy, part="text", fit=""):
        return {"fit": fit, "part": part, "fold": fold, "epoch": epoch, "loss": 1.0,
                "val_accuracy": accuracy, "seconds": 2.0}  # fmt: skip

    rows = [row(1, 1, 0.4), row(1, 2, 0.6), row(2, 1, 0.6), row(1, 1, 0.9, "picture"),
            row(1, 1, 0.1, fit="finish")]  # fmt: skip
    drawn = curve(rows)
    assert [(e["epoch"], e["part"], e["val_accuracy"]) for e in drawn] == [
        (1, "text", 0.5), (2, "text", 0.6), (3, "picture", 0.9),
    ]  # fmt: skip
    assert drawn[0]["seconds"] == 4.0


def test_more_work_is_expected_to_take_longer():
    samples = [Sample(n, f"sentence number {n}", labels=("ab"[n % 2],)) for n in range(400)]

    def guess(known=False, speed=None, of=samples, **options):
        return sum(expected(of, TrainOptions(**options), known, speed or {}).values())

    quick, standard, thorough = (guess(length=length) for length in LENGTHS)
    assert 5 < quick < standard < thorough < 3600
    assert guess(mode="head") < guess(mode="adapter")
    many = [replace(s, labels=(f"label {s.row % 200}",)) for s in samples]
    assert guess(mode="head", of=many) > 3 * guess(mode="head"), "many labels take longer"
    assert guess(length="quick", known=True) < quick, "vectors are kept"
    assert guess(speed={"train": 2.0}) > standard, "this machine is slower"
    assert guess(search_minutes=2.0) == pytest.approx(standard + 120)


def test_the_time_left_follows_how_it_really_goes(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("mmdemo.services.finetune.pace.time.monotonic", lambda: now[0])
    pace = Pace({"read": 2.0, "encode": 10.0, "train": 20.0})
    assert (pace.fraction, pace.left_s) == (0.0, 32.0)
    now[0] = 2.0
    pace.at("encode", 0.0)
    now[0] = 12.0
    pace.at("encode", 0.5)  # twice as slow as expected: so will be what follows
    assert pace.left_s == 50.0
    before = pace.fraction
    assert 0.1 < before < 0.3
    pace.at("train", 0.0)
    assert pace.fraction >= before
    now[0] = 100.0
    assert pace.left_s > 0, "a step that should be over is not promised to end now"
    assert pace.fraction <= 0.99


def test_figures_go_to_tensorboard_where_a_writer_is_installed(tmp_path, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder):
            self.folder = folder

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        def flush(self):
            written.append("flush")

        close = flush

    for name in ("torch.utils.tensorboard", "tensorboardX"):
        monkeypatch.setitem(sys.modules, name, None)
    silent = EventLog.open(tmp_path / "logs")
    silent.epoch(1, {"loss": 0.5})
    silent.close()
    assert not (tmp_path / "logs").exists()
    module = types.SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    log = EventLog.open(tmp_path / "logs")
    log.epoch(3, {"fit": "", "part": "text", "fold": 2, "loss": 0.5, "epoch": 1})
    log.scores({"n": 8, "accuracy": 0.75})
    assert written == [("text/fold2/loss", 0.5, 3), "flush", ("held_out/n", 8.0, 0),
                       ("held_out/accuracy", 0.75, 0)]  # fmt: skip
