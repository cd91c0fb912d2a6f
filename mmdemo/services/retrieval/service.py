"""Retrieval as the page and the command line ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from ...config import Settings
from ...types import MatchMap, ModelStatus, Progress
from .answers import IndexJob, LibraryView, SearchResult, SentenceFit


class RetrievalService:
    """One per process; a library is a folder and comes with every call."""

    def __init__(self, settings: Settings, core=None) -> None:
        self.settings = settings
        self.core = core

    def start_loading(self) -> None:
        """Load the matcher in the background; :meth:`status` tells when it is ready."""
        raise NotImplementedError

    def status(self) -> ModelStatus:
        """Whether the matcher is loading, ready or failed."""
        raise NotImplementedError

    def add(
        self, library: Path, paths: Sequence[Path], names: Sequence[str] | None = None
    ) -> IndexJob:
        """Index files in the background; joins the library's running job. Folders are walked.

        ``names`` are what the user calls the files (uploads lie under other names).
        """
        raise NotImplementedError

    def job(self, library: Path) -> IndexJob | None:
        """How the library's job stands; None when there never was one in this library."""
        raise NotImplementedError

    def stop(self, library: Path) -> None:
        """Stop after the frames in work; the video in work is left out, the rest waits."""
        raise NotImplementedError

    def resume(self, library: Path) -> IndexJob | None:
        """Go on with what a stop, or the end of the process, left waiting."""
        raise NotImplementedError

    def contents(self, library: Path) -> LibraryView:
        """What the library holds; an empty view for a folder that does not exist yet."""
        raise NotImplementedError

    def remove(self, library: Path, item_id: str) -> None:
        """Take one item out of the library; its file stays."""
        raise NotImplementedError

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
    ) -> SearchResult:
        """Moments that fit a sentence, or look ``like`` (item id, time_s), or both.

        ``items`` limits the search to these ids. Raises EmptyInputError, LibraryError.
        """
        raise NotImplementedError

    def curve(self, library: Path, query: str, item: str) -> tuple[tuple[float, float], ...]:
        """(time_s, score) over one video, once a second; score as in Moment."""
        raise NotImplementedError

    def region(
        self, library: Path, item: str, time_s: float, query: str
    ) -> tuple[Image.Image, MatchMap]:
        """The key frame and where in it each word is seen. MediaError if the file is gone."""
        raise NotImplementedError

    def fitting_sentences(
        self, library: Path, item: str, sentences: Sequence[str]
    ) -> tuple[SentenceFit, ...]:
        """The sentences, best fitting first."""
        raise NotImplementedError

    def suggested_tags(self, library: Path, item: str, top: int = 8) -> tuple[SentenceFit, ...]:
        """The closest phrases of the built-in vocabulary, best first: suggestions, not facts."""
        raise NotImplementedError

    def clip(
        self,
        library: Path,
        item: str,
        start_s: float,
        end_s: float,
        out: Path,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Path:
        """Write that range of a video as an MP4 with its sound. MediaError if the file is gone."""
        raise NotImplementedError

    def export_csv(self, result: SearchResult, out: Path) -> Path:
        """Write moments as CSV, one row each."""
        raise NotImplementedError

    def export_json(self, result: SearchResult, out: Path) -> Path:
        """Write moments as JSON: the same object that ``search --json`` prints."""
        raise NotImplementedError
