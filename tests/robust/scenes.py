"""What faults are tried on: something old that must stay, an operation, and how to tell.

A scene is made once in a folder; every fault meets a copy of that. ``run`` does the operation and
may be done again; ``kept`` fails when something older is lost or something partial is offered;
``done`` fails when the operation is not complete although it said so.
"""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image

from mmdemo.config import MB
from mmdemo.data.vector_cache import VectorCache
from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.errors import MmdemoError
from mmdemo.models.checkpoints import read_config, read_state, save_checkpoint
from mmdemo.models.training_state import load_state, save_state
from mmdemo.services.model_list import models_in
from tests import media
from tests.robust.odd_pictures import saved

TOKEN = "0" * 32
PICTURE = saved(media.quadrants((8, 8)), "PNG")


def workspaces(folder: Path) -> Workspaces:
    """All visitors' folders of a scene."""
    return Workspaces(folder / "workspaces", 512 * MB, 0)


def workspace(folder: Path) -> Workspace:
    """The visitor of a scene."""
    found = workspaces(folder).open(TOKEN)
    assert found.token == TOKEN, "the workspace was forgotten"
    return found


def make_workspace(folder: Path) -> Workspace:
    """A workspace of a known token."""
    with mock.patch("secrets.token_hex", lambda n: TOKEN):
        return workspaces(folder).open(None)


class Scene:
    """One operation on something old."""

    refusals: tuple[type[BaseException], ...] = (MmdemoError,)
    """What ``run`` may raise when the disk fails; others are bugs."""

    def make(self, folder: Path) -> None:
        """The state before."""

    def run(self, folder: Path) -> None:
        """The operation; it may be done again after a fault."""

    def kept(self, folder: Path) -> None:
        """What is older is whole; what is offered is whole."""

    def done(self, folder: Path) -> None:
        """The operation is complete."""


# -- checkpoints ----------------------------------------------------------------------------------


def state(value: float) -> dict[str, torch.Tensor]:
    """Weights that are all the same number."""
    return {"head.weight": torch.full((4, 3), value), "head.bias": torch.full((4,), value)}


CONFIG = {"title": "Old", "labels": ["a", "b"]}


class Checkpoint(Scene):
    """A checkpoint written under a name of its own."""

    refusals = (OSError,)
    name = "new"

    def make(self, folder):
        save_checkpoint(folder / "models" / "old", state(1), CONFIG, "# Old")

    def run(self, folder):
        save_checkpoint(folder / "models" / self.name, state(2), CONFIG, "# New")

    def kept(self, folder):
        found = {info.name for info in models_in(folder / "models")}
        assert "old" in found and found <= {"old", self.name}
        assert self.values(folder, "old") == {1.0}
        if self.name in found:
            assert self.values(folder, self.name) <= {2.0}

    def done(self, folder):
        assert self.values(folder, self.name) == {2.0}

    def values(self, folder: Path, name: str) -> set[float]:
        """The one number that all weights are."""
        where = folder / "models" / name
        assert read_config(where)["labels"] == ["a", "b"] and (where / "README.md").read_text()
        return {float(v) for tensor in read_state(where).values() for v in tensor.unique()}


class CheckpointAgain(Checkpoint):
    """A checkpoint written over an old one: always the old or the new."""

    name = "old"

    def kept(self, folder):
        assert {info.name for info in models_in(folder / "models")} == {"old"}
        assert self.values(folder, "old") in ({1.0}, {2.0})


class TrainingState(Scene):
    """What lets a killed training go on from its last epoch."""

    refusals = (OSError,)

    def make(self, folder):
        save_state(folder / "fold.pt", {"epoch": 1, "weights": torch.ones(100)})

    def run(self, folder):
        save_state(folder / "fold.pt", {"epoch": 2, "weights": torch.ones(100) * 2})

    def kept(self, folder):
        content = load_state(folder / "fold.pt")
        assert float(content["weights"].mean()) == content["epoch"] in (1, 2)

    def done(self, folder):
        assert load_state(folder / "fold.pt")["epoch"] == 2


class Vectors(Scene):
    """The cache of vectors: a fault costs a vector, never an answer."""

    refusals = ()

    def make(self, folder):
        VectorCache(folder / "cache").put("e", "aa11", np.ones(8, np.float32))

    def run(self, folder):
        VectorCache(folder / "cache").put("e", "aa22", np.full(8, 2, np.float32))

    def kept(self, folder):
        cache = VectorCache(folder / "cache")
        assert (cache.get("e", "aa11") == 1).all()
        found = cache.get("e", "aa22")
        assert found is None or (found == 2).all()

    def done(self, folder):
        pass  # a vector that could not be kept is worked out again


# -- workspaces -----------------------------------------------------------------------------------


class Keep(Scene):
    """An uploaded file copied to where it stays."""

    def make(self, folder):
        own = make_workspace(folder)
        (folder / "old.jpg").write_bytes(PICTURE)
        (folder / "new.jpg").write_bytes(PICTURE + b"\0" * 70_000)
        own.keep(folder / "old.jpg")

    def run(self, folder):
        workspace(folder).keep(folder / "new.jpg")

    def kept(self, folder):
        contents = {(folder / name).read_bytes() for name in ("old.jpg", "new.jpg")}
        found = [p for p in (workspace(folder).folder / "media").iterdir() if p.name[0] != "."]
        assert {path.read_bytes() for path in found} <= contents
        assert workspace(folder).keep(folder / "old.jpg").read_bytes() == PICTURE

    def done(self, folder):
        kept = workspace(folder).keep(folder / "new.jpg")
        assert kept.read_bytes() == (folder / "new.jpg").read_bytes()


class Open(Scene):
    """A fresh workspace beside an old one."""

    def make(self, folder):
        make_workspace(folder)

    def run(self, folder):
        found = workspaces(folder).open(None)
        assert all((found.folder / part).is_dir() for part in ("media", "runs", "models"))

    def kept(self, folder):
        workspace(folder)

    def done(self, folder):
        self.run(folder)


def picture(colour: str) -> Image.Image:
    """One colour."""
    return Image.new("RGB", (32, 24), colour)
