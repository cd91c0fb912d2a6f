"""What faults are tried on: something old that must stay, an operation, and how to tell.

A scene is made once in a folder; every fault meets a copy of that. ``run`` does the operation and
may be done again; ``kept`` fails when something older is lost or something partial is offered;
``done`` fails when the operation is not complete although it said so.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import torch
from PIL import Image

from mmdemo.config import MB, Limits, Settings
from mmdemo.data.vector_cache import VectorCache
from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.errors import MmdemoError
from mmdemo.models.checkpoints import read_config, read_state, save_checkpoint
from mmdemo.models.training_state import load_state, save_state
from mmdemo.services.finetune import folders, gathering, runs, using
from mmdemo.services.finetune.archive import write_zip
from mmdemo.services.finetune.samples import Samples, read_samples, write_samples
from mmdemo.services.finetune.training_run import TrainingRun
from mmdemo.services.finetune.types import TrainOptions
from mmdemo.services.model_list import models_in
from tests import media
from tests.models.tiny import tiny_config
from tests.robust.odd_pictures import saved
from tests.services.finished_run import WHOLE, report_of

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


# -- datasets and runs ----------------------------------------------------------------------------


def table(rows: int = 6) -> str:
    """A small table of pictures."""
    return "text,image,label\n" + "".join(f"t{n},p{n}.png,{'ab'[n % 2]}\n" for n in range(rows))


class Gather(Scene):
    """A zip gathered beside an old dataset."""

    def make(self, folder):
        own = make_workspace(folder)
        entries = {f"p{n}.png": PICTURE + bytes([n]) for n in range(6)}
        media.write_zip(folder / "new.zip", {**entries, "data.csv": table()})
        (folder / "old.csv").write_text("text,label\n" + "x,a\ny,b\nz,a\nw,b\n")
        gathering.gather(own, [folder / "old.csv"], None, "", Limits())

    def run(self, folder):
        own = workspace(folder)
        found = gathering.gather(own, [folder / "new.zip"], None, "", Limits())
        gathering.report_of(found, Limits())

    def kept(self, folder):
        names = []
        for found in folders.dataset_folders(workspace(folder)):
            report = gathering.report_of(found, Limits())
            names.append(report.name)
            assert report.samples == {"old": 4, "new": 6}[report.name]
            kept = read_samples(found.samples).dataset
            assert all(s.image is None or s.image.stat().st_size > 50 for s in kept.samples)
        assert names.count("old") == 1

    def done(self, folder):
        names = [gathering.report_of(found, Limits()).name
                 for found in folders.dataset_folders(workspace(folder))]  # fmt: skip
        assert "new" in names


class Relabel(Scene):
    """A corrected label beside an older correction."""

    refusals = (OSError,)

    def make(self, folder):
        own = make_workspace(folder)
        (folder / "old.csv").write_text("text,label\n" + "x,a\ny,b\nz,a\nw,b\n")
        gathering.correct(gathering.gather(own, [folder / "old.csv"], None, "", Limits()), {1: "b"})

    def dataset(self, folder: Path) -> folders.DatasetFolder:
        """The one there is."""
        (found,) = folders.dataset_folders(workspace(folder))
        return found

    def run(self, folder):
        gathering.correct(self.dataset(folder), {3: "b"})

    def kept(self, folder):
        assert gathering.corrections(self.dataset(folder)) in ({1: "b"}, {1: "b", 3: "b"})

    def done(self, folder):
        assert gathering.corrections(self.dataset(folder)) == {1: "b", 3: "b"}


class OtherColumns(Relabel):
    """A dataset read again: corrections stay as long as labels come from the same column."""

    def run(self, folder):
        gathering.look(self.dataset(folder), {"text": "text"}, Limits())

    def kept(self, folder):
        assert gathering.report_of(self.dataset(folder), Limits()).samples == 4
        assert gathering.corrections(self.dataset(folder)) == {1: "b"}

    done = kept


def begin(own: Workspace, name: str) -> folders.RunFolder:
    """A run that waits."""
    dataset = gathering.read_dataset(
        next((own.folder / "datasets").glob("*/files/*.csv")), Limits(), own.folder
    )
    run = folders.new_run(own)
    options = TrainOptions(name=name, length="quick")
    runs.begin(run, "x", options, Samples(dataset, (0, 1, 2, 3)), {"train": 1.0})
    return run


def finish(run: folders.RunFolder, folder: Path) -> None:
    """What a worker does once the training itself is over."""
    job = TrainingRun(run, Settings(data_root=folder / "data"), None)
    job.log = mock.Mock()
    config = {**tiny_config(folder / "text", **WHOLE), "title": "x"}
    trained = SimpleNamespace(config=config, mode="head", state=state(3), kind="classifier")
    job._keep(SimpleNamespace(final=trained, report=report_of(())))


class Train(Scene):
    """The end of a training: model, report, state; an older run stays."""

    refusals = (OSError,)

    def make(self, folder):
        own = make_workspace(folder)
        (folder / "old.csv").write_text("text,label\n" + "x,a\ny,b\nz,a\nw,b\n")
        gathering.gather(own, [folder / "old.csv"], None, "", Limits())
        finish(begin(own, "old"), folder)
        begin(own, "new")

    def of(self, folder: Path, name: str) -> folders.RunFolder:
        """The run of that name."""
        found = folders.run_folders(workspace(folder))
        return next(r for r in found if runs.view(r, 1).options.name == name)

    def run(self, folder):
        run = self.of(folder, "new")
        if runs.view(run, 1).state != runs.DONE:
            if run.report.exists():  # as TrainingRun does it
                TrainingRun(run, Settings(data_root=folder / "data"), None)._finish()
            else:
                finish(run, folder)

    def kept(self, folder):
        own = workspace(folder)
        for run in folders.run_folders(own):
            view = runs.view(run, 1)
            assert read_samples(run.samples).dataset.samples
            if view.name == "old" or view.state == runs.DONE:
                report = using.result(own, run.id)
                assert (report.name, view.state) == ("Gate", runs.DONE)
                assert read_state(using.model_of(run))
        assert self.of(folder, "old") and self.of(folder, "new")

    def done(self, folder):
        assert runs.view(self.of(folder, "new"), 1).state == runs.DONE
        self.kept(folder)


class Begin(Train):
    """A run put into the line."""

    def make(self, folder):
        super().make(folder)

    def run(self, folder):
        begin(workspace(folder), "third")

    def done(self, folder):
        assert self.of(folder, "third")


class WriteSamples(Relabel):
    """The samples of a dataset written again."""

    def run(self, folder):
        found = self.dataset(folder)
        samples = read_samples(found.samples)
        changed = [replace(s, text="new") for s in samples.dataset.samples]
        dataset = replace(samples.dataset, samples=tuple(changed))
        write_samples(found.samples, replace(samples, dataset=dataset))

    def kept(self, folder):
        texts = [s.text for s in read_samples(self.dataset(folder).samples).dataset.samples]
        assert texts in (["x", "y", "z", "w"], ["new"] * 4)

    def done(self, folder):
        pass


class Download(Train):
    """A model packed for download; a zip that was cut short is never handed out."""

    refusals = (MmdemoError,)

    def run(self, folder):
        run = self.of(folder, "old")
        write_zip(workspace(folder), run.id)

    def kept(self, folder):
        import zipfile

        super().kept(folder)
        for path in self.of(folder, "old").exports.glob("[!.]*"):
            assert zipfile.ZipFile(path).testzip() is None

    def done(self, folder):
        assert list(self.of(folder, "old").exports.glob("*.zip"))


def picture(colour: str) -> Image.Image:
    """One colour."""
    return Image.new("RGB", (32, 24), colour)
