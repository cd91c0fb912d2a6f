"""Scenes of faults for datasets, runs and what is made of them."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from mmdemo.config import Limits, Settings
from mmdemo.data.workspaces import Workspace
from mmdemo.errors import MmdemoError
from mmdemo.models.checkpoints import read_state
from mmdemo.services.finetune import folders, gathering, runs, using
from mmdemo.services.finetune.archive import write_zip
from mmdemo.services.finetune.samples import Samples, read_samples, write_samples
from mmdemo.services.finetune.training_run import TrainingRun
from mmdemo.services.finetune.types import TrainOptions
from tests import media
from tests.models.tiny import tiny_config
from tests.robust.scenes import PICTURE, Scene, make_workspace, state, workspace
from tests.services.finished_run import WHOLE, report_of


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
        super().kept(folder)
        for path in self.of(folder, "old").exports.glob("[!.]*"):
            assert zipfile.ZipFile(path).testzip() is None

    def done(self, folder):
        assert list(self.of(folder, "old").exports.glob("*.zip"))
