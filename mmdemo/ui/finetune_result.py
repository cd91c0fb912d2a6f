"""Step 3 of the "Teach it" tab: layout and wiring; what happens is in finetune_result_handlers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from .answer import error_card
from .buttons import live_html
from .events import MODEL_EVENT, QUIET
from .finetune_handlers import TrainHandlers
from .finetune_result_cards import details_card, downloads, runs_card, verdict_card
from .finetune_result_handlers import ResultHandlers
from .finetune_sample_cards import samples_card
from .finetune_train import TrainSide
from .finetune_train import draw as draw_train
from .finetune_views import ResultView
from .language import Redraw
from .page import Page
from .words import say

SAMPLE_EVENTS = ("kinds", "turn", "relabel", "explain", "word")


@dataclass
class ResultSide:
    """The parts of step 3 that other steps need."""

    redraw: Redraw
    outputs: list[Block]
    loaded: list[Dependency]  # events after which another result is shown


@dataclass
class _Parts:
    error: gr.HTML
    verdict: gr.HTML
    details: gr.HTML
    samples: gr.HTML
    again: gr.Button
    runs: gr.HTML
    downloads: gr.HTML


def draw(view: ResultView, lang: str) -> list:
    """Values for all parts, in the order of ``_Parts``."""
    count = len(view.corrections)
    word = say("again.one" if count == 1 else "again.run", lang, count=count)
    return [
        error_card(view.error, lang),
        verdict_card(view, lang),
        details_card(view, lang),
        samples_card(view, lang),
        gr.update(visible=bool(count), value=word),
        runs_card(view, lang),
        downloads(view, lang),
    ]


def build_result(
    page: Page, do: ResultHandlers, training: TrainHandlers, train: TrainSide
) -> ResultSide:
    """Lay out and wire the step."""
    state = gr.State(ResultView())
    error = live_html("result-error", ("dismiss",))
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            verdict = live_html("result-verdict", value=verdict_card(ResultView(), "en"))
            details = live_html("result-details", ("cell",))
            runs = live_html("result-runs", ("show_run",))
            saved = live_html("result-downloads", ("export",), "download.js")
        with gr.Column(scale=6, min_width=320):
            samples = live_html("result-samples", SAMPLE_EVENTS, "menus.js")
            again = gr.Button(variant="primary", size="lg", elem_id="teach-again", visible=False)
    parts = _Parts(error, verdict, details, samples, again, runs, saved)
    outputs: list[Block] = [error, verdict, details, samples, again, runs, saved]
    redraw = Redraw(state, outputs, draw)
    loaded = _wire_loading(page, redraw, parts, do, train)
    _wire_buttons(page, redraw, parts, do)
    _wire_again(page, redraw, parts, training, train)
    return ResultSide(redraw, [state, *outputs], loaded)


def _wire_loading(
    page: Page, redraw: Redraw, parts: _Parts, do: ResultHandlers, train: TrainSide
) -> list[Dependency]:
    """Show a result when its run is done, and another one on demand."""
    outputs = [redraw.state, *redraw.outputs]

    def load(view: ResultView, token, to, run_id: str) -> list:
        if view.report is None or view.report.run_id != run_id:
            view = do.load(page.workspace(token), run_id)
        return [view, *draw(view, to)]

    def show_run(token, to, event: gr.EventData) -> list:
        view = do.load(page.workspace(token), str(event.run))
        return [view, *draw(view, to)]

    shared = [page.token, page.lang]
    return [
        train.finished.change(load, [redraw.state, *shared, train.finished], outputs, **QUIET),
        parts.runs.show_run(show_run, shared, outputs, **QUIET),
    ]


def _wire_buttons(page: Page, redraw: Redraw, parts: _Parts, do: ResultHandlers) -> None:
    outputs = [redraw.state, *redraw.outputs]
    given = [redraw.state, page.token, page.lang]
    Step = Callable[[ResultView, str, gr.EventData], ResultView]

    def on(step: Step) -> Callable:
        def handler(view: ResultView, token, to, event: gr.EventData) -> list:
            if view.report is not None:
                view = replace(step(view, token, event), fresh="")
            return [view, *draw(view, to)]

        return handler

    def relabel(view, token, event) -> ResultView:
        return do.relabel(view, page.workspace(token), int(event.row), str(event.chosen))

    def explain(view, token, event) -> ResultView:
        return do.explain(view, page.workspace(token), int(event.row))

    def dismiss(view, token, event) -> ResultView:
        return replace(view, error=None)

    def export(view, token, to, event: gr.EventData) -> list:
        if view.report is not None:
            view = do.export(view, page.workspace(token), str(event.kind))
        return [view, *draw(view, to)]

    parts.details.cell(on(_cell), given, outputs, **QUIET)
    for name, step in (("kinds", _kinds), ("turn", _turn), ("relabel", relabel), ("word", _word)):
        getattr(parts.samples, name)(on(step), given, outputs, **QUIET)
    parts.samples.explain(on(explain), given, outputs, **MODEL_EVENT)
    parts.error.dismiss(on(dismiss), given, outputs, **QUIET)
    parts.downloads.export(export, given, outputs, **QUIET)


def _cell(view: ResultView, token: str, event: gr.EventData) -> ResultView:
    at = int(event.row), int(event.column)
    if not all(0 <= n < len(view.report.labels) for n in at):
        return view
    return replace(view, show="cell", cell=at, page=0, explained=None)


def _kinds(view: ResultView, token: str, event: gr.EventData) -> ResultView:
    return replace(view, show=str(event.kind), page=0, explained=None)


def _turn(view: ResultView, token: str, event: gr.EventData) -> ResultView:
    return replace(view, page=max(0, int(event.page)), explained=None)


def _word(view: ResultView, token: str, event: gr.EventData) -> ResultView:
    return replace(view, explained=with_word(view.explained, int(event.number)))


def with_word(explained, number: int):
    """The explanation with one word's own map; the same word again shows all of them."""
    if explained is None or not 0 <= number < len(explained.explanation.words):
        return explained
    return replace(explained, word=None if explained.word == number else number)


def _wire_again(
    page: Page, redraw: Redraw, parts: _Parts, do: TrainHandlers, train: TrainSide
) -> None:
    """Train again, as before, with the corrected labels."""

    def again(view: ResultView, training, token, to) -> list:
        run = next((r for r in view.runs if view.report and r.run_id == view.report.run_id), None)
        if run is not None and view.dataset is not None:
            workspace = page.workspace(token)
            training = do.start(training, workspace, view.dataset.dataset_id, run.options)
        return [training, *draw_train(training, to)]

    given = [redraw.state, train.redraw.state, page.token, page.lang]
    # the progress stands in step 2: bring it into view
    go = "(...args) => { document.getElementById('teach-2')?.scrollIntoView(); return args; }"
    parts.again.click(again, given, train.outputs, js=go, **QUIET)
