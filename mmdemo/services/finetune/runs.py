"""One training run on disk: how it is begun, how it stands, how it is asked to stop."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict

from ...data.locks import is_held
from ...errors import MmdemoError
from ...types import Note
from .folders import RunFolder
from .samples import Samples, write_samples
from .store import read_json, write_json
from .types import FINISHED, RunView, TrainOptions

QUEUED, RUNNING, STOPPING = "queued", "running", "stopping"
STOPPED, DONE, FAILED = FINISHED
_FROM_STATE = ("step", "epoch", "epochs", "fraction", "left_s", "message", "seconds", "accuracy")


def begin(
    folder: RunFolder, dataset_id: str, options: TrainOptions, samples: Samples,
    expected_s: Mapping[str, float],
) -> None:  # fmt: skip
    """Keep what the run is made of. It is a run from the moment its run.json is there."""
    from .options import options_dict  # not above: a worker must be there before torch is

    name = free_model_name(folder, options.name)  # two of one name could not be told apart
    write_samples(folder.samples, samples)
    write_state(folder, {"state": QUEUED})
    write_json(
        folder.about,
        {
            "dataset_id": dataset_id,
            "options": {**options_dict(options), "name": name},
            "model": name,
            "created_s": time.time(),
            "expected_s": dict(expected_s),
        },
    )


def free_model_name(folder: RunFolder, wanted: str) -> str:
    """``wanted``, or with a number behind it what no model and no other run of the workspace has;
    mine-2 is followed by mine-3. Names that differ by case only are one folder on some systems."""
    others = (read_json(path) or {} for path in folder.path.parent.glob("*/run.json"))
    taken = {str(other.get("model", "")).casefold() for other in others}
    taken |= {path.name.casefold() for path in folder.model("x").parent.glob("*")}
    name, number = wanted, 1
    first = re.sub(r"-[0-9]+$", "", wanted)
    base = first if first.casefold() in taken else wanted
    while name.casefold() in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def state_of(folder: RunFolder) -> dict:
    """What was written last; {} when there is nothing to read."""
    return read_json(folder.state) or {}


def write_state(folder: RunFolder, state: Mapping) -> None:
    """Replace the state. Only the worker does so while it lives."""
    write_json(folder.state, dict(state))


def end(folder: RunFolder, state: str, note: Note | None = None) -> None:
    """Write how a run ended that no worker works on; what it told before stays."""
    told = {"message": note.text, "note": asdict(note)} if note else {}
    write_state(folder, {**state_of(folder), "state": state, "left_s": None, **told})


def view(folder: RunFolder, place: int) -> RunView:
    """A run as it stands. ``place`` is that in the queue, 0 when it does not wait there."""
    try:
        return _view(folder, place)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise MmdemoError(
            "What was kept of this training is damaged. Train again.", code="run_damaged"
        ) from error


def _view(folder: RunFolder, place: int) -> RunView:
    from .options import options_from

    about, state = read_json(folder.about), state_of(folder)
    if about is None:  # deleted a moment ago
        raise MmdemoError("This training is not there any more. Start it again.", code="run_gone")
    now = _standing(folder, str(state.get("state", QUEUED)), place)
    note = Note(**state["note"]) if state.get("note") else None
    if now == STOPPED and state.get("state") not in FINISHED:
        note = interrupted()
        state = {**state, "message": note.text}
    options = options_from(about["options"])
    return RunView(
        folder.id, about["dataset_id"], options.name, now, options,
        place=max(place, 1) if now == QUEUED else 0,
        history=tuple(state.get("history", ())),
        model=about["model"] if now == DONE else "",
        created_s=about["created_s"],
        note=note,
        **{key: state[key] for key in _FROM_STATE if key in state},
    )  # fmt: skip


def _standing(folder: RunFolder, written: str, place: int) -> str:
    """The state, where what a killed worker wrote last is not believed."""
    if written in FINISHED:
        return written
    if is_held(folder.lock):
        if folder.stop.exists():
            return STOPPING
        return RUNNING if written == RUNNING else QUEUED
    return QUEUED if place else STOPPED


def interrupted() -> Note:
    """What is said of a run that nobody works on and that does not wait."""
    return Note("run_interrupted", "Training was interrupted. It can go on from its last epoch.")


def ask_to_stop(folder: RunFolder) -> None:
    """The worker looks for this file at every step."""
    folder.stop.touch()


def asked_since_s(folder: RunFolder) -> float | None:
    """Seconds since the run was asked to stop; None when it was not."""
    try:
        return time.time() - os.stat(folder.stop).st_mtime
    except FileNotFoundError:
        return None


def requeue(folder: RunFolder) -> None:
    """A stopped or failed run waits again; where it was is not forgotten."""
    folder.stop.unlink(missing_ok=True)
    state = state_of(folder)
    for name in ("died_at", "message", "note"):
        state.pop(name, None)
    write_state(folder, {**state, "state": QUEUED})


def model_name(folder: RunFolder) -> str:
    """Name of the model that the run makes."""
    return str((read_json(folder.about) or {}).get("model", ""))
