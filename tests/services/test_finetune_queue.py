"""The queue and what a run shows, with a made-up worker in a thread."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import ClassVar

import pytest

from mmdemo.data.locks import waited_for
from mmdemo.errors import DatasetError, MmdemoError, StorageError
from mmdemo.services.finetune import runs, training_queue
from mmdemo.services.finetune.folders import run_folder
from mmdemo.services.finetune.samples import read_samples
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.finetune.types import OptionError, TrainOptions
from tests import media
from tests.services.teaching import table

ONE = {"data.csv": "text,label\na,x\nb,x\nc,x\n"}


class FakeWorker:
    """Holds a run like a worker until the test says how it ends."""

    made: ClassVar[list] = []

    def __init__(self, settings):
        self.given, self.code = [], None
        self.lock = ExitStack()
        FakeWorker.made.append(self)

    def give(self, run):
        self.lock.enter_context(waited_for(run.lock))  # a look at the lock takes it too
        runs.write_state(run, {**runs.state_of(run), "state": runs.RUNNING, "step": "train"})
        self.given.append(run)  # from here on the test may end it

    def tell(self, **told):
        run = self.given[-1]
        runs.write_state(run, {**runs.state_of(run), **told})

    def end(self, state):
        self.tell(state=state)
        self.lock.close()

    def die(self, code=-9):
        self.lock.close()
        self.code = code

    def ended(self):
        return self.code

    def kill(self):
        self.die()

    def close(self):
        self.die(0)


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr("mmdemo.services.finetune.service.Process", FakeWorker)
    monkeypatch.setattr(training_queue, "LOOK_S", 0.01)
    FakeWorker.made = []
    return FakeWorker.made


@pytest.fixture
def data(tmp_path):
    return table(tmp_path, *(f"sentence {n},{'ab'[n % 2]}" for n in range(8)))


def begin(teaching, workspace, data, name="pets"):
    report = teaching.gather(workspace, data)
    return teaching.start(workspace, report.dataset_id, TrainOptions(name=name))


def wait_for(check, what="it"):
    until = time.monotonic() + 20
    while not check():
        assert time.monotonic() < until, f"{what} did not happen"
        time.sleep(0.01)


def state(teaching, workspace, run):
    return teaching.run(workspace, run).state


def test_one_at_a_time_for_everybody_and_places_are_shown(teaching, places, workers, data):
    first, second = places.open(None), places.open(None)
    a = begin(teaching, first, data)
    wait_for(lambda: state(teaching, first, a) == "running")
    b, c = begin(teaching, second, data), begin(teaching, first, data)
    assert [v.state for v in teaching.runs(first)] == ["queued", "running"]
    assert teaching.run(second, b).place == 1
    assert teaching.run(first, c).place == 2
    workers[0].tell(fraction=0.5, left_s=3.0, epoch=2, history=[{"epoch": 1, "loss": 0.5}])
    view = teaching.run(first, a)
    assert (view.fraction, view.left_s, view.epoch, view.history[0]["loss"]) == (0.5, 3.0, 2, 0.5)
    workers[0].tell(accuracy=0.75)
    workers[0].end("done")
    wait_for(lambda: state(teaching, second, b) == "running")
    view = teaching.run(first, a)
    assert (view.state, view.model, view.accuracy, view.place) == ("done", "pets", 0.75, 0)
    assert teaching.run(first, c).place == 1
    assert len(workers) == 1, "one worker does one run after the other"
    with pytest.raises(MmdemoError) as caught:  # a run is its workspace's alone
        teaching.run(second, a)
    assert caught.value.code == "run_gone"


def test_models_of_one_name_never_meet(teaching, places, workers, data):
    mine, yours = places.open(None), places.open(None)
    names = []
    wanted = ((mine, "pets"), (mine, "Pets"), (yours, "pets"), (mine, "pets"), (mine, "pets-3"))
    for workspace, name in wanted:
        run = begin(teaching, workspace, data, name)
        names.append(runs.model_name(run_folder(workspace, run)))
        assert teaching.run(workspace, run).name == names[-1]  # what the page shows
    assert names == ["pets", "Pets-2", "pets", "pets-3", "pets-4"]


def test_a_run_is_stopped_resumed_and_removed(teaching, workspace, workers, data):
    report = teaching.gather(workspace, data)
    a = teaching.start(workspace, report.dataset_id, TrainOptions())
    wait_for(lambda: state(teaching, workspace, a) == "running")
    b = teaching.start(workspace, report.dataset_id, TrainOptions())
    teaching.stop(workspace, b)  # it waits: it is stopped at once
    assert state(teaching, workspace, b) == "stopped"
    teaching.stop(workspace, a)
    assert state(teaching, workspace, a) == "stopping"
    for busy, code in (
        (lambda: teaching.remove_run(workspace, a), "run_busy"),
        (lambda: teaching.remove_dataset(workspace, report.dataset_id), "dataset_busy"),
    ):
        with pytest.raises(MmdemoError) as caught:
            busy()
        assert caught.value.code == code
    workers[0].end("stopped")
    teaching.resume(workspace, a)
    wait_for(lambda: state(teaching, workspace, a) == "running")
    assert [run.id for run in workers[0].given] == [a, a]
    workers[0].end("done")
    model = run_folder(workspace, a).model(teaching.run(workspace, a).model)
    model.mkdir()
    wait_for(lambda: not teaching._queue.waiting(workspace.folder))
    teaching.remove_dataset(workspace, report.dataset_id)
    assert model.is_dir(), "models stay when their dataset goes"
    teaching.remove_run(workspace, a)
    assert not model.exists()
    assert [view.run_id for view in teaching.runs(workspace)] == [b]


def test_a_killed_worker_is_followed_by_another_once(teaching, workspace, workers, data):
    a = begin(teaching, workspace, data)
    wait_for(lambda: workers and workers[0].given)
    workers[0].tell(epoch=1)
    workers[0].die()
    wait_for(lambda: len(workers) == 2 and workers[1].given, "a second worker")
    workers[1].tell(epoch=2)  # it got further, so the next death is a first one again
    workers[1].die()
    wait_for(lambda: len(workers) == 3 and workers[2].given, "a third worker")
    workers[2].die()
    wait_for(lambda: state(teaching, workspace, a) == "failed")
    view = teaching.run(workspace, a)
    assert view.note.code == "out_of_memory_killed"
    assert "memory ran out" in view.message
    teaching.resume(workspace, a)
    wait_for(lambda: state(teaching, workspace, a) == "running")
    view = teaching.run(workspace, a)
    assert (len(workers), view.message, view.epoch) == (4, "", 2)


def test_a_worker_that_does_not_stop_is_ended(teaching, workspace, workers, data, monkeypatch):
    monkeypatch.setattr(training_queue, "PATIENCE_S", 0.05)
    a = begin(teaching, workspace, data)
    wait_for(lambda: state(teaching, workspace, a) == "running")
    teaching.stop(workspace, a)
    wait_for(lambda: state(teaching, workspace, a) == "stopped")


def test_what_an_app_left_behind_goes_on_with_the_next(teaching, workspace, workers, data):
    a, b = begin(teaching, workspace, data), begin(teaching, workspace, data)
    wait_for(lambda: state(teaching, workspace, a) == "running")
    teaching.close()
    assert teaching.run(workspace, a).state == "queued", "what the dead worker wrote is not so"
    assert teaching.run(workspace, a).place == 1
    again = FinetuneService(teaching.settings, core=object())
    again.start_queue()
    wait_for(lambda: state(again, workspace, a) == "running")
    assert again.run(workspace, b).place == 1
    again.close()
    teaching._queue.leave(run_folder(workspace, a))  # nobody remembers that it waits
    view = teaching.run(workspace, a)
    assert (view.state, view.note.code) == ("stopped", "run_interrupted")


def test_a_run_keeps_the_labels_it_was_started_with(teaching, workspace, workers, data):
    report = teaching.gather(workspace, data)
    teaching.relabel(workspace, report.dataset_id, {1: "b"})
    a = teaching.start(workspace, report.dataset_id, TrainOptions())
    teaching.relabel(workspace, report.dataset_id, {2: "a"})
    labels = [s.labels[0] for s in read_samples(run_folder(workspace, a).samples).dataset.samples]
    assert "".join(labels) == "bbababab"


def test_a_start_that_cannot_be_is_refused(teaching, places, workspace, workers, data, tmp_path):
    report = teaching.gather(workspace, data)
    key = report.dataset_id
    with pytest.raises(OptionError):
        teaching.start(workspace, key, TrainOptions(mode="magic"))
    with pytest.raises(DatasetError):
        teaching.start(places.open(None), key, TrainOptions())
    one = teaching.gather(workspace, media.write_zip(tmp_path / "one.zip", ONE))
    with pytest.raises(DatasetError) as caught:
        teaching.start(workspace, one.dataset_id, TrainOptions())
    assert caught.value.code == "one_class"
    small = type(places)(tmp_path / "small", 1 << 20, 0).open(None)
    with pytest.raises(StorageError):
        teaching.start(small, teaching.gather(small, data).dataset_id, TrainOptions())
    threads = [
        threading.Thread(target=teaching.start, args=(workspace, key, TrainOptions()))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {runs.model_name(run_folder(workspace, v.run_id)) for v in teaching.runs(workspace)}
    assert len(names) == 5, "started at the same time, and still no two of one name"
    with pytest.raises(OptionError) as caught:
        teaching.start(workspace, key, TrainOptions())
    assert caught.value.code == "queue_full"
