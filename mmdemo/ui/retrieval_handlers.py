"""What the buttons of library, search and sentences do: from view to view, no Gradio in here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EmptyInputError, MmdemoError
from ..render import clock
from ..types import Moment, Note
from .guard import attempt, error_note
from .retrieval_views import PER_PAGE, SHELF, Ask, Fits, Found, Shelf
from .served import fresh_path
from .words import say

if TYPE_CHECKING:
    from ..data.workspaces import Workspace
    from ..services.retrieval.answers import LibraryItem
    from ..services.retrieval.service import RetrievalService

MEDIA = "media"  # the part of a workspace that keeps uploads (Workspace.keep)
LEFT_OUT_S = 60  # an upload that is just being added is left alone
EXPORTED = 1000  # moments in a table; more than anybody reads
AROUND_S = 2.0  # what is taken before and after the second at which a sentence fits best


def library_of(workspace: Workspace) -> Path:
    """The library of a workspace."""
    return workspace.folder / "library"


def _own_models(library: Path) -> Path:
    """Models of the workspace that a library belongs to."""
    return library.parent / "models"


class ShelfHandlers:
    """Adding, indexing and removing."""

    def __init__(self, service: RetrievalService) -> None:
        self.service = service

    def look(self, shelf: Shelf, library: Path) -> Shelf:
        """The shelf as the library is now; used after a reload and while indexing."""

        def seen() -> Shelf:
            job = self.service.job(library)  # first: what it finishes now is seen at the next look
            view = self.service.contents(library)
            pages = max(-(-len(view.items) // SHELF), 1)
            return replace(shelf, view=view, job=job, page=min(shelf.page, pages - 1))

        found = self.service.models(_own_models(library))
        shelf = replace(shelf, models=tuple((model.title, model.name) for model in found))
        return attempt(seen, lambda note: replace(shelf, error=note))

    def choose(self, shelf: Shelf, library: Path, model: str) -> Shelf:
        """Ask with another model from now on."""
        own = _own_models(library)
        shelf = self._do(
            replace(shelf, error=None), lambda: self.service.choose(library, model, own)
        )
        return self.look(shelf, library)

    def add(self, shelf: Shelf, workspace: Workspace, uploads: Sequence[Path]) -> Shelf:
        """Keep the uploads in the workspace and start indexing; what does not fit is said."""
        library, kept, names, error = library_of(workspace), [], [], None
        attempt(lambda: self._forget_left_out(workspace), lambda note: None)
        for upload in uploads:
            try:
                kept.append(workspace.keep(upload))
                names.append(upload.name)
            except (MmdemoError, OSError) as problem:
                error = error_note(problem)
        shelf = replace(shelf, error=error)
        if kept:
            shelf = self._do(shelf, lambda: self.service.add(library, kept, names))
        return self.look(shelf, library)

    def _forget_left_out(self, workspace: Workspace) -> None:
        """Delete uploads that came into no library item, once no job may still want them."""
        library = library_of(workspace)
        job = self.service.job(library)
        if job is not None and job.state != "done":
            return
        used = {item.path.name for item in self.service.contents(library).items if item.path}
        for path in (workspace.folder / MEDIA).glob("[!.]*"):
            if path.name not in used and time.time() - path.stat().st_mtime > LEFT_OUT_S:
                path.unlink(missing_ok=True)

    def index_again(self, shelf: Shelf, library: Path) -> Shelf:
        """Index what another model had indexed."""
        old = [item for item in shelf.items if item.state != "ready" and item.path is not None]
        paths, names = [item.path for item in old], [item.name for item in old]
        return self.look(self._do(shelf, lambda: self.service.add(library, paths, names)), library)

    def stop(self, shelf: Shelf, library: Path) -> Shelf:
        """Stop indexing; what is done is kept."""
        return self.look(self._do(shelf, lambda: self.service.stop(library)), library)

    def resume(self, shelf: Shelf, library: Path) -> Shelf:
        """Go on indexing."""
        return self.look(self._do(shelf, lambda: self.service.resume(library)), library)

    def remove(self, shelf: Shelf, library: Path, item: str) -> Shelf:
        """Take an item out of the library, once that was confirmed."""
        if item != shelf.removing:
            return replace(shelf, removing=item)
        paths = [one.path for one in shelf.items if one.id == item]

        def removed() -> None:
            self.service.remove(library, item)
            for path in paths:
                if path is not None and path.parent == library.parent / MEDIA:
                    path.unlink(missing_ok=True)  # our copy of the upload: its room is free again

        return self.look(self._do(replace(shelf, removing=""), removed), library)

    @staticmethod
    def turn(shelf: Shelf, page: int) -> Shelf:
        """Another page of the library."""
        last = max(-(-len(shelf.items) // SHELF) - 1, 0)
        return replace(shelf, page=min(max(page, 0), last))

    @staticmethod
    def _do(shelf: Shelf, work) -> Shelf:
        def done() -> Shelf:
            work()
            return shelf

        return attempt(done, lambda note: replace(shelf, error=note))


class SearchHandlers:
    """Searching, turning pages, exporting."""

    def __init__(self, service: RetrievalService, folder: Path) -> None:
        self.service = service
        self.folder = folder  # served to the browser

    def search(self, found: Found, library: Path, ask: Ask) -> Iterator[Found]:
        """First that it is being searched, then the first page or the error."""
        if not ask.query.strip() and ask.like is None:
            said = EmptyInputError(say("error.empty_query", "en"), code="empty_query")
            yield replace(found, error=error_note(said))
            return
        yield replace(found, ask=ask, working=True, error=None)
        yield attempt(
            lambda: Found(ask, self._page(library, ask, PER_PAGE, 0)),
            lambda note: replace(found, error=note),
        )

    def turn(self, found: Found, library: Path, page: int) -> Found:
        """Another page of the same search."""
        if found.ask is None or not 0 <= page < found.pages:
            return found
        return attempt(
            lambda: replace(
                found,
                result=self._page(library, found.ask, PER_PAGE, page * PER_PAGE),
                page=page, fresh="",
            ),
            lambda note: replace(found, error=note),
        )  # fmt: skip

    def _page(self, library: Path, ask: Ask, top: int, offset: int):
        return self.service.search(
            library, ask.query.strip(), but_not=ask.but_not.strip(),
            items=[ask.within] if ask.within else None, like=ask.like, top=top, offset=offset,
        )  # fmt: skip

    def similar(self, found: Found, number: int) -> Ask | None:
        """The search for what looks like a moment of this page."""
        moment = self.moment(found, number)
        if moment is None:
            return None
        at = f" · {clock(moment.frame_s)}" if moment.end_s > moment.start_s else ""
        return Ask(like=(moment.item, moment.frame_s), like_told=moment.video + at)

    @staticmethod
    def moment(found: Found, number: int) -> Moment | None:
        """A moment of this page."""
        moments = found.result.moments if found.result else ()
        return moments[number] if 0 <= number < len(moments) else None

    def export(self, found: Found, library: Path, kind: str) -> Found:
        """All moments of the search as a file: ``kind`` is "table" (CSV) or "json"."""
        if found.ask is None or found.result is None:
            return found
        write = self.service.export_csv if kind == "table" else self.service.export_json
        out = fresh_path(self.folder, "moments.csv" if kind == "table" else "moments.json")
        return attempt(
            lambda: replace(
                found,
                **{kind: write(self._page(library, found.ask, EXPORTED, 0), out), "fresh": kind},
            ),
            lambda note: replace(found, error=note),
        )


class SentenceHandlers:
    """The other direction: which sentence fits a video."""

    def __init__(self, service: RetrievalService) -> None:
        self.service = service

    def rank(
        self, fits: Fits, library: Path, item: LibraryItem | None, text: str
    ) -> Iterator[Fits]:
        """Rank the lines of ``text`` for an item; without lines, suggest phrases."""
        if item is None:
            yield replace(fits, error=Note("no_item", say("error.no_item", "en")))
            return
        lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        yield replace(fits, working=True, error=None)

        def ranked() -> Fits:
            if lines:
                told = self.service.fitting_sentences(library, item.id, lines)
            else:
                told = self.service.suggested_tags(library, item.id)
            return Fits(item, tuple(told), suggested=not lines)

        yield attempt(ranked, lambda note: replace(fits, error=note))

    @staticmethod
    def moment(fits: Fits, number: int) -> Moment | None:
        """The second at which a sentence fits best, as a moment that can be opened."""
        item = fits.item
        if item is None or not 0 <= number < len(fits.fits):
            return None
        fit = fits.fits[number]
        around = max(fit.best_s - AROUND_S, 0.0), min(fit.best_s + AROUND_S, item.duration_s)
        return Moment(
            item.id, item.name, *around, fit.best_s, fit.score, fit.strength, item.thumbnail
        )
