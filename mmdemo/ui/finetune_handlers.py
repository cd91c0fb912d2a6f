"""What the buttons of steps 1 and 2 do: take a view, ask the service, give the next view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MmdemoError
from ..services.finetune.types import LENGTHS, TrainOptions
from ..types import Note
from .finetune_templates import template_file
from .finetune_uploads import Upload, as_dataset
from .finetune_views import GatherView, TrainView
from .guard import attempt
from .words import say

if TYPE_CHECKING:
    from ..data.workspaces import Workspace
    from ..services.finetune.service import FinetuneService
    from ..services.finetune.types import GatherReport, RunView


class GatherHandlers:
    """Step 1. Plain functions; no Gradio in here."""

    def __init__(self, service: FinetuneService, folder: Path) -> None:
        self.service = service
        self.folder = folder

    def upload(
        self, view: GatherView, workspace: Workspace, uploads: Sequence[Upload]
    ) -> Iterator[GatherView]:
        """First what is being done, then the report; an earlier dataset stays on an error."""
        yield replace(view, error=None, working="gather.working")

        def gathered() -> GatherView:
            path, name = as_dataset(uploads, self.folder)
            return self._seen(workspace, self.service.gather(workspace, path, name=name))

        yield attempt(gathered, lambda note: replace(view, error=note))

    def template(self, view: GatherView, workspace: Workspace, name: str) -> Iterator[GatherView]:
        """Start from an example dataset."""
        path = template_file(name)
        if path is not None:
            yield from self.upload(view, workspace, [(path.name, path)])

    def recolumn(
        self, view: GatherView, workspace: Workspace, columns: Mapping[str, str]
    ) -> GatherView:
        """Read the same table with other columns."""
        report = view.report
        if report is None or all(columns[r] == report.columns.get(r, "") for r in columns):
            return view
        return attempt(
            lambda: self._seen(
                workspace, self.service.recolumn(workspace, report.dataset_id, columns)
            ),
            lambda note: replace(view, error=note),
        )

    def opened(self, workspace: Workspace, dataset_id: str = "") -> GatherView:
        """What a returning person finds: that dataset, else the newest one."""

        return attempt(
            lambda: self._opened(workspace, dataset_id), lambda note: GatherView(error=note)
        )

    def open(self, view: GatherView, workspace: Workspace, dataset_id: str) -> GatherView:
        """Show an earlier dataset again; what was shown stays on an error."""
        return attempt(
            lambda: self._seen(workspace, self.service.report(workspace, dataset_id)),
            lambda note: replace(view, error=note),
        )

    def remove(self, view: GatherView, workspace: Workspace, dataset_id: str) -> GatherView:
        """Delete a dataset, once that was confirmed; if it was shown, the newest one is."""
        if dataset_id != view.removing:
            return replace(view, removing=dataset_id)

        def removed() -> GatherView:
            self.service.remove_dataset(workspace, dataset_id)
            return self._opened(workspace, view.report.dataset_id if view.report else "")

        return attempt(removed, lambda note: replace(view, removing="", error=note))

    def estimates(
        self, workspace: Workspace, dataset_id: str, options: TrainOptions
    ) -> dict[str, float]:
        """Seconds of each length on this machine; nothing where it cannot be told."""
        try:
            return {
                length: self.service.estimate(
                    workspace, dataset_id, replace(options, length=length)
                )
                for length in LENGTHS
            }
        except MmdemoError:  # options that do not fit are said when training is started
            return {}

    def _opened(self, workspace: Workspace, dataset_id: str) -> GatherView:
        known = [name for name, _ in self.service.datasets(workspace)]
        if not known:
            return GatherView()
        wanted = dataset_id if dataset_id in known else known[0]
        return self._seen(workspace, self.service.report(workspace, wanted))

    def _seen(self, workspace: Workspace, report: GatherReport) -> GatherView:
        seconds = {}
        if report.blocked is None:
            seconds = self.estimates(workspace, report.dataset_id, TrainOptions())
        return GatherView(report, seconds, datasets=self.service.datasets(workspace))


class TrainHandlers:
    """Step 2. The run goes on without this page; here it is started, watched and stopped."""

    def __init__(self, service: FinetuneService) -> None:
        self.service = service

    def start(
        self, view: TrainView, workspace: Workspace, dataset_id: str, options: TrainOptions
    ) -> TrainView:
        """Queue a run. While one is on its way nothing happens: a second click starts no second."""
        if view.busy:
            return view
        if not dataset_id:
            return replace(view, error=Note("teach_no_data", say("error.teach_no_data", "en")))
        return attempt(
            lambda: self._begun(workspace, dataset_id, options),
            lambda note: replace(view, error=note),
        )

    def _begun(self, workspace: Workspace, dataset_id: str, options: TrainOptions) -> TrainView:
        return TrainView(
            self.service.run(workspace, self.service.start(workspace, dataset_id, options))
        )

    def look(self, view: TrainView, workspace: Workspace) -> TrainView:
        """The run as it stands now."""
        if view.run is None:
            return view
        return self._act(view, workspace, lambda run: None)

    def stop(self, view: TrainView, workspace: Workspace) -> TrainView:
        """Ask the run to stop; what it learned is kept."""
        return self._act(view, workspace, lambda run: self.service.stop(workspace, run.run_id))

    def resume(self, view: TrainView, workspace: Workspace) -> TrainView:
        """Go on with a stopped or failed run."""
        return self._act(view, workspace, lambda run: self.service.resume(workspace, run.run_id))

    def _act(self, view: TrainView, workspace: Workspace, work) -> TrainView:
        def acted() -> TrainView:
            work(view.run)
            return replace(view, run=self.service.run(workspace, view.run.run_id), error=None)

        return attempt(acted, lambda note: replace(view, error=note)) if view.run else view

    def opened(self, workspace: Workspace) -> TrainView:
        """What a returning person finds: the run on its way, else the newest one."""

        def found() -> TrainView:
            runs = self.service.runs(workspace)
            on_its_way: list[RunView] = [r for r in runs if TrainView(r).busy]
            return TrainView(next(iter([*on_its_way, *runs]), None))

        return attempt(found, lambda note: TrainView(error=note))
