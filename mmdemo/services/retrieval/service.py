"""Retrieval as the page and the command line ask for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ...config import Settings
from ...data.library import load_engine
from ...data.library_ledger import Entry
from ...errors import EmptyInputError, LibraryError, MmdemoError
from ...types import MatchMap, ModelInfo, ModelStatus, Progress
from . import clips, export, finding, fitting, queries
from .answers import IndexJob, LibraryView, SearchResult, SentenceFit
from .indexing import Indexer
from .job import Job, idle_snapshot
from .model_choice import choose, chosen, matchers
from .open_libraries import OpenLibraries, key_frame, searchable, source_file, view
from .search import Searcher
from .sources import Source, sources_of
from .waiting import left_behind
from .yardstick import Yardsticks

if TYPE_CHECKING:
    from ...models.core import Core

log = logging.getLogger(__name__)


class RetrievalService:
    """One per process; a library is a folder and comes with every call."""

    def __init__(
        self, settings: Settings, core: Core | None = None, *, choices: bool = True
    ) -> None:
        """``choices``: whether a model that was chosen for a library goes before the settings'."""
        self.settings, self._choices = settings, choices
        if core is None:
            from ...models.core import Core  # torch: seconds that a given core spares

            core = Core.of(settings)
        self.core = core
        self._status = ModelStatus("loading", settings.matcher_model)
        self._loader: threading.Thread | None = None
        self._lock = threading.Lock()
        self._busy = threading.Lock()  # one forward pass at a time: torch uses all cores for one
        self._jobs: dict[Path, Job] = {}
        self._open = OpenLibraries()
        self._yardsticks = Yardsticks()

    # -- the model -----------------------------------------------------------------------------

    def start_loading(self) -> None:
        """Load the matcher in the background; :meth:`status` tells when it is ready."""
        if self._loader is None:
            self._loader = threading.Thread(target=self._load, name="load-matcher", daemon=True)
            self._loader.start()

    def _load(self) -> None:
        name = self.settings.matcher_model
        try:
            matcher = self.matcher()
            with self._busy:
                self._yardsticks.of(matcher.identity, matcher.encode_texts)
                matcher.encode_images([Image.new("RGB", (64, 64))])
            load_engine()
            self._status = ModelStatus("ready", name)
        except MmdemoError as error:
            self._status = ModelStatus("failed", name, str(error))
        except Exception:
            log.exception("loading %s failed", name)
            said = f'The model "{name}" could not be loaded; see the log.'
            self._status = ModelStatus("failed", name, said)

    def status(self) -> ModelStatus:
        """Whether the matcher is loading, ready or failed."""
        return self._status

    def matcher(self, library: Path | None = None):
        """The matcher of a library (default: of the settings), loaded if need be."""
        return self.core.matcher(self.model_of(library))

    def model_of(self, library: Path | None) -> str:
        """Name of the model that a library is asked with."""
        name = self.settings.matcher_model
        return chosen(library, name) if self._choices and library is not None else name

    def models(self, own: Path | None = None) -> tuple[ModelInfo, ...]:
        """Matchers that can be chosen, the default first; ``own``: models of a workspace."""
        return matchers(self.settings, own)

    def choose(self, library: Path, name: str, own: Path | None = None) -> None:
        """Ask a library with another of ``models(own)`` from now on; it searches what it indexed.
        LibraryError while files are being indexed."""
        job = self.job(library)
        if job is not None and job.state == "running":
            raise LibraryError(
                "Files are being indexed. Wait or stop that, then choose another model.",
                code="library_indexing",
            )
        self._open.library(library, create=True)
        choose(library, name, self.models(own))

    # -- the library ---------------------------------------------------------------------------

    def add(
        self, library: Path, paths: Sequence[Path], names: Sequence[str] | None = None
    ) -> IndexJob:
        """Index files in the background; joins the library's running job. Folders are walked.

        ``names`` are what the user calls the files (uploads lie under other names). LibraryError
        when the folder cannot be a library, EmptyInputError when there is nothing to index.
        """
        sources = sources_of(paths, names)
        if not sources:
            said = "There is no picture or video in what was given. Choose some files."
            raise EmptyInputError(said, code="library_nothing_given")
        self._open.library(library, create=True)
        return self._begin(library, sources)

    def _begin(self, library: Path, sources: Sequence[Source]) -> IndexJob:
        key = Path(library).resolve()

        def indexer() -> Indexer:
            opened = self._open.library(library)
            return Indexer(opened, self.matcher(library), self.settings.limits, self._busy)

        with self._lock:
            if key not in self._jobs:
                self._jobs[key] = Job(key, indexer, self.settings.free_bytes)
            job = self._jobs[key]
        job.add(sources)
        return job.snapshot()

    def job(self, library: Path) -> IndexJob | None:
        """How the library's job stands; None when nothing was or is to be done.

        After a restart, files that a killed job left waiting are a stopped job.
        """
        job = self._jobs.get(Path(library).resolve())
        return job.snapshot() if job else idle_snapshot(library)

    def wait(self, library: Path, timeout: float | None = None) -> IndexJob | None:
        """Wait for the job's end, at most ``timeout`` seconds."""
        job = self._jobs.get(Path(library).resolve())
        if job is not None:
            job.join(timeout)
        return self.job(library)

    def stop(self, library: Path) -> None:
        """Stop after the frames in work; the video in work is left out and waits with the rest."""
        job = self._jobs.get(Path(library).resolve())
        if job is not None:
            job.stop()

    def resume(self, library: Path) -> IndexJob | None:
        """Go on with what a stop, or the end of a process, left waiting."""
        return self._begin(library, []) if left_behind(library) else self.job(library)

    def contents(self, library: Path) -> LibraryView:
        """What the library holds; an empty view for a folder that does not exist yet."""
        name, folder = self.model_of(library), Path(library)
        if not folder.is_dir() or not any(folder.iterdir()):
            return LibraryView((), name, False)
        opened = self._open.library(library)
        if not opened.entries():
            return LibraryView((), name, False)
        return view(opened, self.matcher(library).identity, name)

    def remove(self, library: Path, item_id: str) -> None:
        """Take one item and all that was computed of it out of the library; its file stays."""
        opened = self._open.library(library)
        opened.remove(item_id)
        opened.upkeep()

    def _opened(self, library: Path) -> tuple[Searcher, dict[str, Entry]]:
        """A library that can be searched with the matcher, and its entries by item."""
        opened = self._open.library(library)
        found, name = opened.entries(), opened.folder.name
        if not found:  # say so before a model is loaded
            searchable(name, found, "", "")
        matcher = self.matcher(library)
        entries = searchable(name, found, matcher.identity, matcher.name)
        with self._busy:
            yardstick = self._yardsticks.of(matcher.identity, matcher.encode_texts)
        searcher = self._open.searcher(library, matcher.identity, yardstick)
        return searcher.measure(entries.values()), entries

    def _item(self, library: Path, item: str) -> tuple[Searcher, Entry]:
        searcher, entries = self._opened(library)
        if item not in entries:
            raise finding.item_gone()
        return searcher, entries[item]

    # -- asking --------------------------------------------------------------------------------

    def search(
        self,
        library: Path,
        query: str,
        *,
        but_not: str = "",
        items: Sequence[str] | None = None,
        like: tuple[str, float] | None = None,
        top: int = 12,
        offset: int = 0,
        pictures: bool = True,
    ) -> SearchResult:
        """Moments that fit a sentence, or look ``like`` (item id, time_s), or both.

        ``items`` limits the search to these ids. ``total`` counts the moments of all pages; when
        nothing fits, the closest are given all the same. Without ``pictures``, which are kept as
        files, a library that cannot be written is searched too. EmptyInputError, LibraryError.
        """
        if not query.strip() and like is None:
            said = "There is nothing to look for yet: write a word or a sentence."
            raise EmptyInputError(said, code="retrieval_empty_query")
        searcher, entries = self._opened(library)
        asked = self._asked(library, query, but_not, items)
        if like is not None:
            asked = finding.asked_like(searcher, entries, asked, like)
        return finding.find(searcher, entries, asked, (offset, top), pictures)

    def _asked(
        self, library: Path, query: str, but_not: str = "", items: Sequence[str] | None = None
    ) -> finding.Asked:
        matcher, limit = self.matcher(library), self.settings.limits.text_characters
        with self._busy:
            read, notes = queries.read_query(matcher, query, but_not, limit)
        understood = not any(note.code == queries.FOREIGN for note in notes)
        return finding.Asked(query, read, notes, understood, items)

    def curve(self, library: Path, query: str, item: str) -> tuple[tuple[float, float], ...]:
        """(time_s, score) over one video, once a second; score as in Moment."""
        searcher, entry = self._item(library, item)
        return finding.curve(searcher, entry, self._asked(library, query).query)

    def region(
        self, library: Path, item: str, time_s: float, query: str
    ) -> tuple[Image.Image, MatchMap]:
        """The key frame and where in it each word is seen. MediaError if the file is gone."""
        picture = key_frame(self._item(library, item)[1], time_s, self.settings.limits)
        with self._busy:
            return picture, self.matcher(library).word_maps(picture, query)

    def fitting_sentences(
        self, library: Path, item: str, sentences: Sequence[str]
    ) -> tuple[SentenceFit, ...]:
        """The sentences, best fitting first."""
        searcher, entry = self._item(library, item)
        limit = self.settings.limits.text_characters
        matcher = self.matcher(library)
        with self._busy:
            kept, vectors = queries.read_sentences(matcher, sentences, limit)
        fits = fitting.rank_sentences(searcher, entry.run_id, kept, vectors)
        return queries.unread_marked(matcher, fits)

    def suggested_tags(self, library: Path, item: str, top: int = 8) -> tuple[SentenceFit, ...]:
        """The closest phrases of the built-in vocabulary, best first: suggestions, not facts."""
        searcher, entry = self._item(library, item)
        return fitting.suggest_tags(searcher, entry.run_id, top)

    # -- files ---------------------------------------------------------------------------------

    def clip(
        self,
        library: Path,
        item: str,
        span: tuple[float, float],
        out: Path,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Path:
        """Write ``span`` (start_s, end_s) of a video as an MP4 with its sound. MediaError if the
        file is gone."""
        entries = self._open.library(library).entries()
        entry = next((e for e in entries if e.item == item), None)
        if entry is None:
            raise finding.item_gone()
        return clips.write_clip(
            source_file(entry),
            span,
            Path(out),
            limits=self.settings.limits,
            progress=progress,
            should_stop=should_stop,
        )

    def export_csv(self, result: SearchResult, out: Path) -> Path:
        """Write moments as CSV, one row each."""
        return export.write_csv(result, Path(out))

    def export_json(self, result: SearchResult, out: Path) -> Path:
        """Write moments as JSON: the same object that ``search --json`` prints."""
        return export.write_json(result, Path(out))
