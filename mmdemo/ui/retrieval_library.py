"""The library side of the Retrieval tab: drop zone, progress, what has been indexed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from .answer import error_card
from .buttons import live_html
from .events import QUIET
from .language import Redraw
from .page import MatcherDoor, Page
from .retrieval_handlers import ShelfHandlers, library_of
from .retrieval_shelf import shelf_card
from .retrieval_views import Kept, Shelf
from .words import say

if TYPE_CHECKING:
    from ..services.retrieval.service import RetrievalService

POLL_S = 1.0  # how often a page asks how indexing stands
LONG_MENU = 15  # more names than this are found by typing
KINDS = [".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi",
         ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"]  # fmt: skip
ACTIONS = ("stop", "resume", "remove", "keep", "turn", "again")


@dataclass
class LibrarySide:
    """The library's components; other sides choose from ``scope`` and ``video``."""

    redraw: Redraw
    drop: gr.File
    timer: gr.Timer
    scope: gr.Dropdown  # where to search
    video: gr.Dropdown  # what sentences are compared with
    model: gr.Dropdown
    do: ShelfHandlers
    chosen: Dependency | None = None  # another model was chosen


def choices(shelf: Shelf, lang: str) -> tuple[list, list]:
    """What ``scope`` and ``video`` offer: (shown, id) pairs."""
    items = [(item.name, item.id) for item in shelf.ready]
    return [(say("find.everywhere", lang), ""), *items], items


def draw(kept: Kept, lang: str) -> list:
    """Values of error, card, scope, video and model; what was chosen stays chosen."""
    shelf: Shelf = kept.view
    scope, videos = choices(shelf, lang)
    shown = [error_card(shelf.error, lang), shelf_card(shelf, lang)]
    long = len(videos) > LONG_MENU
    menus = [gr.update(choices=offered, filterable=long) for offered in (scope, videos)]
    return [*shown, *menus, model_menu(shelf)]


def model_menu(shelf: Shelf) -> dict:
    """The models to choose from; out of sight as long as there is one."""
    names = [name for _, name in shelf.models]
    asked = shelf.view.model if shelf.view else ""
    choice = {"value": asked} if asked in names else {}
    return gr.update(choices=list(shelf.models), visible=len(names) > 1, **choice)


def build_library_side(
    service: RetrievalService, page: Page, scope: gr.Dropdown, video: gr.Dropdown
) -> LibrarySide:
    """Lay out and wire the column; ``scope`` and ``video`` stand elsewhere."""
    state = gr.State(Kept(Shelf()))
    drop = gr.File(
        file_count="multiple", type="filepath", file_types=KINDS, height=170, elem_id="drop"
    )
    page.language.says(drop, label="lib.drop")
    model = gr.Dropdown([], elem_id="matcher", filterable=False, visible=False)
    page.language.says(model, label="lib.model", info="lib.model_info")
    error = live_html("library-error", ("dismiss",))
    card = live_html("library", ACTIONS, value=shelf_card(Shelf(), "en"))
    limits = service.settings.limits
    values = {
        "minutes": limits.video_seconds // 60,
        "mb": limits.video_bytes // (1024 * 1024),
        "share": f"{service.settings.workspace_bytes / 1024**3:.0f}",
    }
    hint = gr.HTML(elem_classes="mm-hint")
    page.language.says(hint, value=lambda to: say("lib.limits", to, **values))
    redraw = Redraw(state, [error, card, scope, video, model], draw)
    side = LibrarySide(redraw, drop, gr.Timer(POLL_S, active=False), scope, video, model,
                       ShelfHandlers(service))  # fmt: skip
    _wire(side, page, error, card)
    return side


def refreshed(kept: Kept, lang: str, chosen: tuple[str, str]) -> list:
    """All outputs of an event: what was removed is no longer chosen, the first video is at once."""
    shelf: Shelf = kept.view
    error, card, scope, video, model = draw(kept, lang)
    ids = [item.id for item in shelf.ready]
    scope["value"] = chosen[0] if chosen[0] in ids else ""
    video["value"] = chosen[1] if chosen[1] in ids else (ids[0] if ids else None)
    return [kept, error, card, scope, video, model, gr.Timer(active=shelf.busy)]


def _wire(side: LibrarySide, page: Page, error: gr.HTML, card: gr.HTML) -> None:
    do, state = side.do, side.redraw.state
    given = [state, page.token, side.scope, side.video, page.lang]
    outputs = [state, *side.redraw.outputs, side.timer]

    def look(kept, token, scope, video, to) -> list:
        before = kept.view
        kept.view = do.look(before, library_of(page.workspace(token)))
        if kept.view == before:  # nothing moved: leave the page alone
            return [gr.skip()] * len(outputs)
        return refreshed(kept, to, (scope, video))

    def add(kept, token, scope, video, to, uploads) -> list:
        paths = [Path(upload) for upload in uploads or []]
        kept.view = do.add(kept.view, page.workspace(token), paths)
        return [*refreshed(kept, to, (scope, video)), None]

    def choose(kept, token, scope, video, to, model) -> list:
        kept.view = do.choose(kept.view, library_of(page.workspace(token)), str(model))
        return refreshed(kept, to, (scope, video))

    def dismiss(kept, to) -> list:
        return [kept.set(error=None), *draw(kept, to)]

    side.chosen = side.model.input(choose, [*given, side.model], outputs, **QUIET)
    page.opened.then(look, given, outputs, **QUIET)
    # models come and go in another tab
    page.matcher_doors.append(MatcherDoor(do.service, look, given, outputs))
    side.timer.tick(look, given, outputs, concurrency_limit=None, **QUIET)
    side.drop.upload(add, [*given, side.drop], [*outputs, side.drop], **QUIET)
    error.dismiss(dismiss, [state, page.lang], [state, *side.redraw.outputs], **QUIET)
    _wire_buttons(do, page, card, given, outputs)


def _wire_buttons(
    do: ShelfHandlers, page: Page, card: gr.HTML, given: list[Block], outputs: list[Block]
) -> None:
    """Buttons inside the drawn card."""

    def step(work: Callable[[Shelf, Path, gr.EventData], Shelf]) -> Callable:
        def run(kept, token, scope, video, to, event: gr.EventData) -> list:
            kept.view = work(kept.view, library_of(page.workspace(token)), event)
            return refreshed(kept, to, (scope, video))

        return run

    wired = {
        "stop": lambda shelf, library, _: do.stop(shelf, library),
        "resume": lambda shelf, library, _: do.resume(shelf, library),
        "again": lambda shelf, library, _: do.index_again(shelf, library),
        "remove": lambda shelf, library, event: do.remove(shelf, library, str(event.item)),
        "keep": lambda shelf, library, _: replace(shelf, removing=""),
        "turn": lambda shelf, library, event: do.turn(shelf, int(event.page)),
    }
    for name, work in wired.items():
        getattr(card, name)(step(work), given, outputs, **QUIET)
