"""What the buttons of an opened moment do: play it, say why, trim it. No Gradio in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ..data.images import load_image
from ..data.transcode import browser_copy
from ..errors import MediaError
from ..render import fit_heat
from ..types import MatchMap, Moment
from .guard import attempt, error_note
from .jobs import Jobs
from .retrieval_views import Opened
from .served import fresh_path, serve_copy, tame_name

if TYPE_CHECKING:
    from ..services.retrieval.answers import LibraryItem
    from ..services.retrieval.service import RetrievalService

FRAME_SIDE = 480  # pixels of the key frame that is kept per session
SHORTEST_S = 0.2  # of a clip


def shrink_match(frame: Image.Image, match: MatchMap) -> tuple[Image.Image, MatchMap]:
    """Key frame and maps no larger than ``FRAME_SIDE``."""
    small = frame.convert("RGB")
    small.thumbnail((FRAME_SIDE, FRAME_SIDE))
    size = small.size[::-1]  # (h, w)
    maps = np.zeros((len(match.words), *size), np.float32)
    for number, heat in enumerate(match.maps):
        maps[number] = fit_heat(heat, small.size)
    return small, replace(match, maps=maps, overall=fit_heat(match.overall, small.size))


class MomentHandlers:
    """Plain functions from view to view."""

    def __init__(self, service: RetrievalService, folder: Path) -> None:
        self.service = service
        self.folder = folder  # served to the browser: copies and clips go here
        self.jobs = Jobs()

    def open(self, library: Path, moment: Moment, query: str) -> Iterator[Opened]:
        """First the place where it will be played, then the player; the reasons come after."""
        item = self._item(library, moment.item)
        picture = item is not None and item.kind == "picture"
        duration = item.duration_s if item else 0.0
        opened = Opened(moment, query, picture, duration)
        if item is None or item.path is None or not item.path.is_file():
            yield replace(opened, error=_gone(moment.video))
        elif picture:
            yield attempt(
                lambda: replace(opened, frame=self._picture(item.path)),
                lambda note: replace(opened, error=note),
            )
        else:
            yield from self._playable(opened, item.path)

    def _item(self, library: Path, item_id: str) -> LibraryItem | None:
        items = self.service.contents(library).items
        return next((item for item in items if item.id == item_id), None)

    def _picture(self, path: Path) -> Image.Image:
        shown = load_image(path, self.service.settings.limits)
        shown.thumbnail((FRAME_SIDE, FRAME_SIDE))
        return shown

    def _playable(self, opened: Opened, path: Path) -> Iterator[Opened]:
        out, limits = fresh_path(self.folder, "played.mp4"), self.service.settings.limits
        job = self.jobs.start(
            lambda progress, stop: browser_copy(
                path, out, limits, progress=progress, should_stop=stop
            )
        )
        for step in job.watch():
            yield replace(opened, preparing=step)

        def placed() -> Opened:
            made = job.future.result()
            return replace(opened, playable=made if made == out else serve_copy(made, self.folder))

        yield attempt(placed, lambda note: replace(opened, error=note))

    def reasons(self, opened: Opened, library: Path) -> Opened:
        """The similarity over time and, in the key frame, where the words are seen."""
        moment = opened.moment
        if moment is None or not opened.query or opened.error is not None:
            return opened

        def told() -> Opened:
            curve = () if opened.picture else self.service.curve(library, opened.query, moment.item)
            found = self.service.region(library, moment.item, moment.frame_s, opened.query)
            frame, match = shrink_match(*found)
            return replace(opened, curve=tuple(curve), frame=frame, match=match)

        return attempt(told, lambda note: replace(opened, error=note))

    def pick_word(self, opened: Opened, number: int) -> Opened:
        """Show where one word is seen; the same word again shows all together."""
        count = len(opened.match.words) if opened.match else 0
        if not 0 <= number < count:
            return opened
        return replace(opened, word=None if number == opened.word else number)

    def cut(self, opened: Opened, library: Path, start_s: float, end_s: float) -> Iterator[Opened]:
        """The chosen stretch as a file to download; progress first."""
        moment = opened.moment
        if moment is None or opened.picture:
            yield opened
            return
        start = min(max(start_s, 0.0), max(opened.duration_s - SHORTEST_S, 0.0))
        end = min(max(end_s, start + SHORTEST_S), opened.duration_s)
        out = fresh_path(self.folder, tame_name(moment.video, "clip.mp4"))
        job = self.jobs.start(
            lambda *watch: self.service.clip(library, moment.item, (start, end), out, *watch)
        )
        for step in job.watch():
            yield replace(opened, trim=(start, end), cutting=step, fresh="", error=None)
        yield attempt(
            lambda: replace(opened, trim=(start, end), clip=job.future.result(), fresh="clip"),
            lambda note: replace(opened, trim=(start, end), error=note),
        )


def _gone(name: str):
    """The file of a library item is no longer there."""
    return error_note(
        MediaError(
            f"{name} is no longer where it was, so it cannot be played. Add it again.",
            code="item_gone", name=name,
        )
    )  # fmt: skip
