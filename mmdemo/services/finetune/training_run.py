"""A run inside its worker: trains, writes how far it is, leaves model and report."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from ...config import Settings
from ...data.workspaces import require_disk
from ...errors import StoppedError
from ...models.core import Core
from ...models.event_log import EventLog
from .callbacks import JobCallbacks
from .folders import RunFolder
from .job import Finished, Job, named, save_model
from .options import options_from, tune_settings
from .pace import Pace, learn
from .runs import DONE, RUNNING, state_of, write_state
from .samples import read_samples
from .store import read_json, report_dict, write_json

WRITE_S = 0.5  # between two writes of the state
BEAT_S = 2.0  # the longest between two
MESSAGES = 3  # shown; the worker's log has them all
DRAWN = ("loss", "train_accuracy", "val_loss", "val_accuracy")
FOLDS = 4  # what is expected of "epochs" where the trainer does not say
STEPS = {"score": "calibrate", "finish": "train"}  # the trainer's words -> the page's
ROOM_BYTES = 64 << 20  # of disk for what a run keeps while it trains, beside the free rest


class TrainingRun:
    """Drives one :class:`Job` and keeps ``state.json``."""

    def __init__(self, run: RunFolder, settings: Settings, core: Core) -> None:
        self.run, self.settings, self.core = run, settings, core
        self.about = read_json(run.about)
        self.options = options_from(self.about["options"])
        before = state_of(run)
        self.spent_s, self.started = before.get("seconds", 0.0), time.monotonic()
        self.epochs = {_key(row): row for row in before.get("rows", ())}
        self.messages: list[str] = []
        self.pace = Pace(self.about["expected_s"])
        self.part = ""  # which of its fits the trainer is in: "" or "finish"
        self.state = {**before, "state": RUNNING, "message": "", "note": None, "left_s": None}
        self.written = 0.0
        self.lock, self.over = threading.RLock(), threading.Event()

    def finish(self) -> None:
        """Train to the end. Raises StoppedError and whatever goes wrong."""
        beat = threading.Thread(target=self._beat, daemon=True)
        beat.start()
        try:
            self._finish()
        finally:
            self.over.set()
            beat.join()  # whoever writes how it ended is the last to write

    def _beat(self) -> None:
        """Tell the time left through steps that do not say how far they are."""
        while not self.over.wait(BEAT_S):
            with self.lock, suppress(OSError):
                if self.state["state"] == RUNNING:
                    self._write()

    def _finish(self) -> None:
        if self.run.report.exists():  # killed when all but the last word was written
            self._done(read_json(self.run.report)["scores"])
            return
        require_disk(self.run.path, ROOM_BYTES, self.settings.free_bytes)
        self._step("read", 0.0)
        dataset = read_samples(self.run.samples).dataset
        self.log = EventLog.open(self.run.logs)
        callbacks = JobCallbacks(
            step=self._step, epoch=self._epoch, message=self._message, should_stop=self._stopped
        )
        job = Job(self.settings, self.core, self.run.work, self.options, callbacks)
        finished = job.run(dataset)
        self._step("save", 0.0)
        self._keep(finished)
        self.log.close()
        learn(self.settings, self.pace)

    def _keep(self, finished: Finished) -> None:
        name = self.about["model"]
        report = named(finished.report, self.run.id, name, self._seconds())
        save_model(self.run.model(name), finished.final, report)
        write_json(self.run.report, report_dict(report))
        self.log.scores(report.scores)
        self._done(report.scores)

    def _done(self, scores: Mapping) -> None:
        """The last word: whoever reads it finds everything in its place."""
        shutil.rmtree(self.run.work, ignore_errors=True)
        self.state |= {
            "state": DONE, "step": "save", "fraction": 1.0, "left_s": 0.0,
            "accuracy": scores.get("accuracy"),
        }  # fmt: skip
        self._write()

    def _step(self, name: str, fraction: float) -> None:
        """The trainer is in this step, so far. The place where a wish to stop is heard."""
        if self._stopped():
            raise StoppedError("Training was stopped.")
        if name == "finish":
            self.part = name
        known = "finish" if self.part and name == "train" else name
        shown = STEPS.get(name, name)
        with self.lock:
            self.pace.at(known, fraction)
            changed = shown != self.state.get("step")
            self.state["step"] = shown
            if changed or time.monotonic() - self.written > WRITE_S:
                self._write()

    def _epoch(self, row: dict) -> None:
        row = {**row, "fit": self.part}
        with self.lock:
            self.epochs[_key(row)] = row  # one that a kill made it do twice is the same one
        self.state["epochs"] = max(
            int(row.get("epochs") or FOLDS * tune_settings(self.options).epochs), len(self.epochs)
        )
        self.log.epoch(len(self.epochs), row)
        with suppress(OSError):  # a workspace in use is not swept away
            os.utime(self.run.workspace / ".used")
        self._write()

    def _message(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)
        self.messages.append(text)
        shown = " ".join(self.messages[:MESSAGES])
        more = len(self.messages) - MESSAGES
        self.state["message"] = shown + (f" And {more} more." if more > 0 else "")
        self._write()

    def _stopped(self) -> bool:
        return self.run.stop.exists()

    def _seconds(self) -> float:
        return self.spent_s + time.monotonic() - self.started

    def _write(self) -> None:
        with self.lock:
            self._write_now()

    def _write_now(self) -> None:
        rows = list(self.epochs.values())
        if self.state["state"] == RUNNING:
            self.state |= {"fraction": self.pace.fraction, "left_s": self.pace.left_s}
        self.state |= {
            "rows": rows, "history": curve(rows), "epoch": len(rows),
            "seconds": round(self._seconds(), 2),
        }  # fmt: skip
        write_state(self.run, self.state)
        self.written = time.monotonic()


def _key(row: dict) -> tuple:
    return row["fit"], row.get("part", ""), row.get("fold", 0), row["epoch"]


def curve(rows: Iterable[dict]) -> list[dict]:
    """What the page draws: one row per epoch, the mean of the folds that have come so far, one part
    of the model behind the other. Fitting again with all samples is not drawn: it has no score."""
    epochs: dict[tuple, list[dict]] = defaultdict(list)
    for row in rows:
        if not row["fit"]:
            epochs[row.get("part", ""), row["epoch"]].append(row)
    out = []
    for number, (of, same) in enumerate(sorted(epochs.items(), key=_parts_in_order(epochs)), 1):
        names = [name for name in DRAWN if all(name in row for row in same)]
        means = {name: sum(row[name] for row in same) / len(same) for name in names}
        seconds = sum(row.get("seconds", 0.0) for row in same)
        out.append({"epoch": number, **means, "seconds": round(seconds, 2), "part": of[0]})
    return out


def _parts_in_order(epochs: Iterable[tuple]) -> Callable[[tuple], tuple]:
    order = list(dict.fromkeys(part for part, _ in epochs))
    return lambda entry: (order.index(entry[0][0]), entry[0][1])
