"""What the buttons of steps 3 and 4 do: take a view, ask the service, give the next view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.images import load_image
from ..data.media_files import kind_of
from ..render import fit_heat
from ..types import Note
from .finetune_views import Explained, ResultView, UseView
from .guard import attempt
from .retrieval_handlers import library_of
from .served import serve_copy
from .words import say, tell_note

if TYPE_CHECKING:
    from PIL import Image

    from ..data.workspaces import Workspace
    from ..services.finetune.service import FinetuneService
    from ..services.retrieval.service import RetrievalService

SIDE = 360  # pixels of a picture that is kept per session


class ResultHandlers:
    """Step 3."""

    def __init__(self, service: FinetuneService, folder: Path) -> None:
        self.service = service
        self.folder = folder  # served to the browser

    def load(self, workspace: Workspace, run_id: str) -> ResultView:
        """The result of a finished run, or the newest one there is when it has none."""

        def loaded() -> ResultView:
            runs = tuple(r for r in self.service.runs(workspace) if r.state == "done")
            run = next((r for r in runs if r.run_id == run_id), next(iter(runs), None))
            if run is None:
                return ResultView()
            known = dict(self.service.datasets(workspace))
            dataset = (
                self.service.report(workspace, run.dataset_id) if run.dataset_id in known else None
            )
            return ResultView(self.service.result(workspace, run.run_id), dataset, runs, known)

        return attempt(loaded, lambda note: ResultView(error=note))

    def relabel(self, view: ResultView, workspace: Workspace, row: int, label: str) -> ResultView:
        """Correct one label; the next training reads it."""
        if view.dataset is None or label not in view.report.labels:
            return view
        dataset_id = view.dataset.dataset_id

        def corrected() -> ResultView:
            self.service.relabel(workspace, dataset_id, {row: label})
            return replace(view, dataset=self.service.report(workspace, dataset_id), error=None)

        return attempt(corrected, lambda note: replace(view, error=note))

    def explain(self, view: ResultView, workspace: Workspace, row: int) -> ResultView:
        """Why the model answered so for one sample; a second click closes it."""
        sample = next((s for s in view.report.samples if s.row == row), None)
        if sample is None or (view.explained and view.explained.row == row):
            return replace(view, explained=None)
        run_id = view.report.run_id

        def explained() -> ResultView:
            why = self.service.explain(workspace, run_id, row)
            picture = self.service.picture(workspace, run_id, row)
            return replace(view, explained=shrunk(Explained(sample.text, why, picture, row)))

        return attempt(explained, lambda note: replace(view, error=note))

    def export(self, view: ResultView, workspace: Workspace, kind: str) -> ResultView:
        """Make a file for download: html, csv or the name of a chart."""
        run_id = view.report.run_id

        def made() -> Path | None:
            if kind == "html":
                return self.service.report_html(workspace, run_id, tell_note)
            if kind == "csv":
                return self.service.report_csv(workspace, run_id)
            return self.service.charts(workspace, run_id).get(kind)

        def served() -> ResultView:
            path = made()
            if path is None:
                return view
            files = {**view.files, kind: serve_copy(path, self.folder)}
            return replace(view, files=files, fresh=kind, error=None)

        return attempt(served, lambda note: replace(view, error=note))


class UseHandlers:
    """Step 4."""

    def __init__(self, service: FinetuneService, folder: Path) -> None:
        self.service = service
        self.folder = folder

    def models(self, view: UseView, workspace: Workspace, prefer: str = "") -> UseView:
        """The models of the workspace; ``prefer`` (a title or a name) is picked if it is there."""

        def listed() -> UseView:
            models = self.service.models(workspace)
            wanted = [m.name for m in models if prefer and prefer in (m.name, m.title)]
            kept = [m.name for m in models if m.name == view.model]
            model = next(iter([*wanted, *kept, *(m.name for m in models)]), "")
            if model == view.model:
                return replace(view, models=models)
            return UseView(models, model, told=view.told, run_id=view.run_id)

        return attempt(listed, lambda note: replace(view, error=note))

    def try_it(
        self, view: UseView, workspace: Workspace, text: str, medium: Path | None
    ) -> UseView:
        """Read a new sample."""
        text = (text or "").strip()
        if not view.model or (not text and medium is None):
            key = "use.nothing" if view.model else "use.no_model"
            return replace(view, error=Note(key, say(f"error.{key}", "en")))

        def tried() -> UseView:
            reading, why = self.service.try_it(workspace, view.model, text, medium)
            shown = Explained(text, why, self._picture(medium))
            return replace(view, reading=reading, explained=shrunk(shown), error=None)

        return attempt(tried, lambda note: replace(view, error=note))

    def _picture(self, medium: Path | None) -> Image.Image | None:
        """The picture that was tried; of a video there is none to lay a map over."""
        if medium is None or kind_of(medium, medium.name) != "image":
            return None
        return load_image(medium, self.service.settings.limits)

    def download(self, view: UseView, workspace: Workspace, run_id: str) -> UseView:
        """The model as one zip."""

        def made() -> UseView:
            path = serve_copy(self.service.download(workspace, run_id), self.folder)
            return replace(view, zip=path, fresh="zip", error=None)

        return attempt(made, lambda note: replace(view, error=note))

    def bring_back(self, view: UseView, workspace: Workspace, upload: Path) -> UseView:
        """Take a downloaded zip back."""

        def brought() -> UseView:
            name = self.service.bring_back(workspace, upload)
            told = Note("use.back", "", {"name": name})
            return self.models(replace(view, told=told, error=None), workspace, name)

        return attempt(brought, lambda note: replace(view, error=note, told=None))

    def push(self, view: UseView, workspace: Workspace, repo: str, token: str) -> UseView:
        """Upload the model of the shown result to the Hub. The token is used and forgotten."""

        def pushed() -> UseView:
            address = self.service.push_to_hub(workspace, view.run_id, repo.strip(), token.strip())
            return replace(view, told=Note("use.pushed", "", {"address": address}), error=None)

        return attempt(pushed, lambda note: replace(view, error=note, told=None))

    def in_retrieval(
        self, view: UseView, workspace: Workspace, model: str, retrieval: RetrievalService
    ) -> UseView:
        """Make the library of the workspace be asked with one of its matchers."""

        def chosen() -> UseView:
            retrieval.choose(library_of(workspace), model, workspace.folder / "models")
            return replace(view, error=None)

        return attempt(chosen, lambda note: replace(view, error=note))

    def remove(self, view: UseView, workspace: Workspace, model: str) -> UseView:
        """Delete a model of the workspace, once that was confirmed."""
        if model != view.removing:
            return replace(view, removing=model)
        view = replace(view, removing="")
        return self._then_list(view, workspace, lambda: self.service.remove_model(workspace, model))

    def _then_list(self, view: UseView, workspace: Workspace, work: Callable) -> UseView:
        def done() -> UseView:
            work()
            return self.models(replace(view, error=None), workspace)

        return attempt(done, lambda note: replace(view, error=note))


def shrunk(explained: Explained) -> Explained:
    """The same with picture and maps no larger than ``SIDE``: it is kept per session."""
    picture, why = explained.picture, explained.explanation
    if picture is None or max(picture.size) <= SIDE:
        return explained
    scale = SIDE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    heat = fit_heat(why.heat, size) if why.heat is not None else None
    words = tuple(fit_heat(one, size) for one in why.word_heat)
    return replace(
        explained,
        picture=picture.resize(size),
        explanation=replace(why, heat=heat, word_heat=words),
    )
