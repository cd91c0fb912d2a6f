"""The search side of the Retrieval tab: the question, the moments that answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from .answer import error_card
from .buttons import live_html
from .events import ASK_EVENT, MODEL_EVENT, QUIET
from .language import Redraw
from .page import Page
from .retrieval_examples import example_chips, tips
from .retrieval_handlers import SearchHandlers, library_of
from .retrieval_hits import found_card
from .retrieval_views import Ask, Found, Kept
from .turns import Turns
from .words import say

if TYPE_CHECKING:
    from ..services.retrieval.service import RetrievalService


@dataclass
class SearchSide:
    """The components of the search that other sides need."""

    redraw: Redraw
    query: gr.Textbox
    but_not: gr.Textbox
    scope: gr.Dropdown
    run: gr.Button
    examples: gr.HTML
    found: gr.HTML
    error: gr.HTML
    do: SearchHandlers


def draw(kept: Kept, lang: str) -> list:
    """Values of error, results and the button."""
    found: Found = kept.view
    said = say("find.running" if found.working else "find.run", lang)
    button = gr.update(interactive=not found.working, value=said)
    return [error_card(found.error, lang), found_card(found, lang), button]


def build_search_side(service: RetrievalService, page: Page) -> SearchSide:
    """Lay out the question and its answer; wired by :func:`wire_search`."""
    says = page.language.says
    with gr.Column(elem_classes="mm-card mm-question"):
        with gr.Row(equal_height=True, elem_classes="mm-ask-row"):
            query = gr.Textbox(lines=1, max_lines=1, elem_id="query", scale=5, min_width=220)
            run = gr.Button(variant="primary", size="lg", elem_id="find", scale=1, min_width=120)
        with gr.Row():
            but_not = gr.Textbox(lines=1, max_lines=1, elem_id="but-not", min_width=160)
            scope = gr.Dropdown(
                [(say("find.everywhere", "en"), "")], value="", elem_id="scope",
                filterable=False, min_width=160,
            )  # fmt: skip
        examples = live_html("find-examples", ("example",))
        says(gr.HTML(elem_id="find-tips"), value=tips)
    says(query, label="find.query", placeholder="find.query_hint")
    says(but_not, label="find.but_not", placeholder="find.but_not_hint")
    says(scope, label="find.scope")
    says(run, value="find.run")
    says(examples, value=example_chips)
    error = live_html("find-error", ("dismiss",))
    events = ("open", "similar", "turn", "make_table", "make_json")
    found = live_html("found", events, "download.js", value=found_card(Found(), "en"))
    redraw = Redraw(gr.State(Kept(Found())), [error, found, run], draw)
    do = SearchHandlers(service, page.folder)
    return SearchSide(redraw, query, but_not, scope, run, examples, found, error, do)


def searching(side: SearchSide, page: Page) -> Callable:
    """The handler that asks what stands in the boxes; its inputs are :func:`asked`."""

    def search(kept, token, query, but_not, scope, to) -> Iterator[list]:
        ask = Ask(query or "", but_not or "", scope or "")
        for step in _steps(side, kept, library_of(page.workspace(token)), ask, page.turns):
            yield [step, *draw(step, to)]

    return search


def asked(side: SearchSide, page: Page) -> list:
    """Inputs of the handler of :func:`searching`."""
    return [side.redraw.state, page.token, side.query, side.but_not, side.scope, page.lang]


def _steps(side: SearchSide, kept: Kept, library: Path, ask: Ask, turns: Turns) -> Iterator[Kept]:
    before: Found = kept.view
    with turns.turn() as places:
        for place in places:
            yield kept.set(working=True, place=place, error=None)
        for step in side.do.search(before, library, ask):
            kept.view = step
            yield kept


def wire_search(side: SearchSide, page: Page) -> None:
    """What typing, clicking a card's buttons and turning pages do."""
    do, state = side.do, side.redraw.state
    outputs = [state, *side.redraw.outputs]

    def similar(kept, token, to, event: gr.EventData) -> Iterator[list]:
        ask = do.similar(kept.view, int(event.number))
        if ask is not None:
            for step in _steps(side, kept, library_of(page.workspace(token)), ask, page.turns):
                yield [step, *draw(step, to)]

    def turn(kept, token, to, event: gr.EventData) -> list:
        kept.view = do.turn(kept.view, library_of(page.workspace(token)), int(event.page))
        return [kept, *draw(kept, to)]

    def export(kind: str) -> Callable:
        def write(kept, token, to) -> list:
            kept.view = do.export(kept.view, library_of(page.workspace(token)), kind)
            return [kept, *draw(kept, to)]

        return write

    def dismiss(kept, to) -> list:
        return [kept.set(error=None, fresh=""), *draw(kept, to)]

    given = [state, page.token, page.lang]
    gr.on(
        [side.run.click, side.query.submit, side.but_not.submit],
        searching(side, page), asked(side, page), outputs, **ASK_EVENT,
    )  # fmt: skip
    side.found.similar(similar, given, outputs, **ASK_EVENT)
    side.found.turn(turn, given, outputs, **MODEL_EVENT)
    side.found.make_table(export("table"), given, outputs, **MODEL_EVENT)
    side.found.make_json(export("json"), given, outputs, **MODEL_EVENT)
    side.error.dismiss(dismiss, [state, page.lang], outputs, **QUIET)
