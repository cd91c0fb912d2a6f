"""The Retrieval tab: a library, a question, the moments that answer it, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import gradio as gr

from .events import ASK_EVENT, QUIET
from .page import Page, PageTab
from .retrieval_examples import QUERIES, SCENES
from .retrieval_handlers import SearchHandlers, SentenceHandlers, library_of
from .retrieval_library import LibrarySide, build_library_side, refreshed
from .retrieval_moment import build_moment_side, closes, opens, wire_moment
from .retrieval_search import SearchSide, asked, build_search_side, searching, wire_search
from .retrieval_search import draw as draw_found
from .retrieval_sentences import build_sentence_side, wire_sentences
from .retrieval_views import Fits, Found, Kept
from .sides import choose_side, side

if TYPE_CHECKING:
    from ..services.retrieval.service import RetrievalService

EXAMPLE_WAIT_S = 180  # at most, on a machine that is busy
LOOK_S = 0.4


def build_retrieval_tab(service: RetrievalService, page: Page) -> PageTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``."""
    with (
        gr.Tab("Retrieval", id="retrieval", elem_id="tab-retrieval") as tab,
        gr.Row(equal_height=False, elem_classes="mm-columns mm-retrieval"),
    ):
        left = gr.Column(scale=4, min_width=300, elem_classes="mm-library-side")
        with gr.Column(scale=8, min_width=320):
            with gr.Column(elem_classes="mm-two-sides"):
                choose_side(page.language, "retrieval", ("side.moment", "side.sentence"))
                with side(1):
                    search = build_search_side(service, page)
                with side(2):
                    sentences = build_sentence_side(service, page)
            moment = build_moment_side(service, page)
        with left:
            shelf = build_library_side(service, page, search.scope, sentences.video)
    page.language.says(tab, label="tab.retrieval")
    door = page.matcher_doors[-1]
    tab.select(door.look, door.given, door.outputs, **QUIET)
    shelf.chosen.then(_forget, [search.redraw.state, page.lang],
                      [search.redraw.state, *search.redraw.outputs], **QUIET)  # fmt: skip
    wire_search(search, page)
    wire_sentences(sentences, shelf, page)
    wire_moment(moment, page)
    opens(moment, page, search.found.open, search.redraw.state, _of_search)
    opens(moment, page, sentences.fits.open, sentences.redraw.state, _of_sentence)
    closes(moment, page, [search.run.click, search.query.submit, search.but_not.submit,
                          search.found.similar, search.examples.example, sentences.run.click,
                          shelf.model.input, moment.head.put_away])  # fmt: skip
    _wire_examples(shelf, search, page)
    return PageTab(tab, [shelf.redraw, search.redraw, sentences.redraw, moment.redraw])


def _forget(kept: Kept, to: str) -> list:
    """What another model found is no answer of this one."""
    kept.view = Found()
    return [kept, *draw_found(kept, to)]


def _of_search(found: Found, number: int) -> tuple:
    return SearchHandlers.moment(found, number), found.ask.query.strip() if found.ask else ""


def _of_sentence(fits: Fits, number: int) -> tuple:
    moment = SentenceHandlers.moment(fits, number)
    return moment, fits.fits[number].sentence if moment else ""


def _wire_examples(shelf: LibrarySide, search: SearchSide, page: Page) -> None:
    """An example adds a short video of four scenes, waits until it is indexed, and searches it."""
    given = [shelf.redraw.state, page.token, shelf.scope, shelf.video, page.lang]
    outputs = [shelf.redraw.state, *shelf.redraw.outputs, shelf.timer]

    def fill(event: gr.EventData) -> tuple[str, str, str]:
        return QUERIES[int(event.number)], "", ""

    filled = search.examples.example(
        fill, None, [search.query, search.but_not, search.scope], **QUIET
    )
    added = filled.then(_adding(shelf, page), given, outputs, concurrency_limit=None, **QUIET)
    added.then(
        searching(search, page), asked(search, page),
        [search.redraw.state, *search.redraw.outputs], **ASK_EVENT,
    )  # fmt: skip


def _adding(shelf: LibrarySide, page: Page) -> Callable:
    do = shelf.do

    def add(kept, token, scope, video, to) -> Iterator[list]:
        workspace = page.workspace(token)
        library = library_of(workspace)
        kept.view = do.look(kept.view, library)
        until = time.monotonic() + EXAMPLE_WAIT_S
        if SCENES.name not in [item.name for item in kept.view.ready]:
            kept.view = do.add(kept.view, workspace, [SCENES])
        while kept.view.busy and time.monotonic() < until:
            if SCENES.name in [item.name for item in kept.view.ready]:
                break
            yield refreshed(kept, to, (scope, video))
            time.sleep(LOOK_S)
            kept.view = do.look(kept.view, library)
        yield refreshed(kept, to, (scope, video))

    return add
