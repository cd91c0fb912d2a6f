"""Scenes of faults for the library of indexed frames, and for a model that comes back."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from unittest import mock

from mmdemo.config import Limits
from mmdemo.data.library import Library
from mmdemo.data.workspaces import Workspace
from mmdemo.errors import LibraryError, StorageError
from mmdemo.models.checkpoints import read_state
from mmdemo.models.core import Core
from mmdemo.services.finetune import bring_back as coming
from mmdemo.services.finetune import folders, runs, using
from mmdemo.services.finetune.store import report_dict
from mmdemo.services.retrieval import waiting
from mmdemo.services.retrieval.indexing import Indexer, Watch
from mmdemo.services.retrieval.sources import Source
from tests import media
from tests.robust.scenes import TOKEN, Scene, make_workspace, picture, workspace
from tests.services.colours import ColourMatcher
from tests.services.finished_run import make_settings, own_model, report_of

COLOURS = ("red", "green", "blue")


def matcher() -> ColourMatcher:
    """One that knows colours."""
    return ColourMatcher(name="colours", identity="c" * 24)


def index(folder: Path, *colours: str) -> Library:
    """Index pictures of these colours into the scene's library."""
    library = Library.open(folder / "library", create=True)
    indexer = Indexer(library, matcher(), Limits())
    for colour in colours:
        path = folder / f"{colour}.png"
        indexer.index(Source(path, path.name), Watch())
    return library


class Add(Scene):
    """Pictures indexed beside an older one."""

    refusals = (LibraryError, StorageError, OSError)

    def make(self, folder):
        for colour in COLOURS:
            picture(colour).save(folder / f"{colour}.png")
        index(folder, "red")

    def run(self, folder):
        index(folder, "green", "blue")

    def names(self, folder: Path) -> list[str]:
        """What the library offers; each with its one row, its vector and its thumbnail."""
        library, own = Library.open(folder / "library"), matcher()
        entries = library.entries(own.identity)
        for entry in entries:
            frames = library.frames(own.identity, [entry.run_id])
            assert len(frames) == entry.frames == 1
            assert abs(float((frames.vectors.astype(float) ** 2).sum()) - 1) < 0.01
            (path,) = library.thumbnails(own.identity, [(entry.run_id, 0.0)])
            assert path.read_bytes()[:2] == b"\xff\xd8"
        return [entry.name for entry in entries]

    def kept(self, folder):
        names = self.names(folder)
        assert names[:1] == ["red.png"] and len(set(names)) == len(names)

    def done(self, folder):
        assert self.names(folder) == ["red.png", "green.png", "blue.png"]


class Make(Add):
    """A library made where there was none."""

    def make(self, folder):
        for colour in COLOURS:
            picture(colour).save(folder / f"{colour}.png")

    def run(self, folder):
        index(folder, "red", "green", "blue")

    def kept(self, folder):
        with contextlib.suppress(LibraryError):  # there is none yet
            assert set(self.names(folder)) <= {f"{colour}.png" for colour in COLOURS}


class Remove(Add):
    """A picture taken out."""

    def make(self, folder):
        super().make(folder)
        index(folder, "green", "blue")

    def run(self, folder):
        library = Library.open(folder / "library")
        for entry in library.entries():
            if entry.name == "green.png":
                library.remove(entry.item)

    def done(self, folder):
        assert self.names(folder) == ["red.png", "blue.png"]


class Upkeep(Remove):
    """Rows of a removed picture and of a killed run cleared away, small files put together."""

    def make(self, folder):
        super().make(folder)
        Remove.run(self, folder)
        library = Library.open(folder / "library")
        rows = library.frames(matcher().identity, [library.entries()[0].run_id])
        for n in range(3):
            library.append(f"{n:032x}-dead", matcher().identity, rows, [b"\xff\xd8"])

    def run(self, folder):
        assert Library.open(folder / "library").upkeep()

    def kept(self, folder):
        assert self.names(folder) == ["red.png", "blue.png"]

    done = kept


class Rename(Add):
    """A file seen under another name."""

    def run(self, folder):
        library = Library.open(folder / "library")
        library.rename(library.entries()[0], "other.png", "/x/other.png")

    def kept(self, folder):
        assert self.names(folder) in (["red.png"], ["other.png"])

    def done(self, folder):
        assert self.names(folder) == ["other.png"]


class Waiting(Scene):
    """The list of files to index: none that waited is forgotten."""

    def make(self, folder):
        (folder / "library").mkdir()
        first = waiting.WaitingList(folder / "library")
        first.take()
        first.add([Source(Path("/x/1"), "1"), Source(Path("/x/2"), "2")])
        first.done(Source(Path("/x/1"), "1"))
        first.release()

    def run(self, folder):
        """As a job begins: what was left behind waits again, and more."""
        own = waiting.WaitingList(folder / "library")
        own.take()
        try:
            own.add(waiting.left_behind(folder / "library"))
            waiting.forget_left_behind(folder / "library")
            own.add([Source(Path("/x/3"), "3")])
        finally:
            own.release()

    def kept(self, folder):
        names = [source.name for source in waiting.left_behind(folder / "library")]
        assert "2" in names and set(names) <= {"2", "3"}

    def done(self, folder):
        assert {s.name for s in waiting.left_behind(folder / "library")} == {"2", "3"}


class BringBack(Scene):
    """A downloaded model taken in beside an older one; it is offered whole or not at all."""

    def make(self, folder):
        settings = make_settings(folder)
        own = make_workspace(folder)
        own_model(Workspace(TOKEN, settings.data_root / "workspaces" / TOKEN, 0, 0), "gate")
        made = settings.data_root / "workspaces" / TOKEN / "models" / "gate"
        files = {f"gate/{path.name}": path.read_bytes() for path in made.iterdir()}
        files["gate/report.json"] = json.dumps(report_dict(report_of(()))).encode()
        media.write_zip(folder / "gate.zip", files)
        shutil.copytree(made, own.folder / "models" / "old")

    def run(self, folder):
        core = Core(folder / "checkpoints", folder / "cache", Limits())
        # that it answers is tested elsewhere and would cost half a second for each fault
        with mock.patch.object(coming, "check_answers"):
            coming.bring_back(workspace(folder), core, folder / "gate.zip", Limits())

    def kept(self, folder):
        own = workspace(folder)
        found = {Path(info.name).name for info in using.models(own)}
        assert "old" in found and found <= {"old", "gate", "gate-2"}
        for name in found:
            assert read_state(own.folder / "models" / name)
        for run in folders.run_folders(own):
            assert runs.view(run, 0).state == runs.DONE
            assert using.result(own, run.id).model in found

    def done(self, folder):
        found = {Path(info.name).name for info in using.models(workspace(folder))}
        assert found & {"gate", "gate-2"}
