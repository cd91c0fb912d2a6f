"""The other direction of the Retrieval tab: which of these sentences fits this video?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from .answer import error_card
from .buttons import live_html
from .events import MODEL_EVENT, QUIET
from .language import Redraw
from .page import Page
from .retrieval_handlers import SentenceHandlers, library_of
from .retrieval_hits import fits_card
from .retrieval_library import LibrarySide
from .retrieval_views import Fits, Kept
from .words import say

if TYPE_CHECKING:
    from ..services.retrieval.service import RetrievalService


@dataclass
class SentenceSide:
    """The components of this side that others need."""

    redraw: Redraw
    video: gr.Dropdown
    text: gr.Textbox
    run: gr.Button
    error: gr.HTML
    fits: gr.HTML
    do: SentenceHandlers


def draw(kept: Kept, lang: str) -> list:
    """Values of error, result and the button."""
    view: Fits = kept.view
    said = say("fit.running" if view.working else "fit.run", lang)
    button = gr.update(interactive=not view.working, value=said)
    return [error_card(view.error, lang), fits_card(view, lang), button]


def build_sentence_side(service: RetrievalService, page: Page) -> SentenceSide:
    """Lay out video, sentences and their ranking; wired by :func:`wire_sentences`."""
    says = page.language.says
    with gr.Column(elem_classes="mm-card mm-question"):
        video = gr.Dropdown([], elem_id="fit-video", filterable=False)
        text = gr.Textbox(lines=4, max_lines=10, elem_id="fit-text")
        run = gr.Button(variant="primary", size="lg", elem_id="fit-run")
    says(video, label="fit.video", info="fit.video_hint")
    says(text, label="fit.text", placeholder="fit.text_hint")
    says(run, value="fit.run")
    error = live_html("fit-error", ("dismiss",))
    fits = live_html("fits", ("open",), value=fits_card(Fits(), "en"))
    redraw = Redraw(gr.State(Kept(Fits())), [error, fits, run], draw)
    return SentenceSide(redraw, video, text, run, error, fits, SentenceHandlers(service))


def wire_sentences(side: SentenceSide, shelf: LibrarySide, page: Page) -> None:
    """What the button does."""
    do, state = side.do, side.redraw.state
    outputs = [state, *side.redraw.outputs]

    def rank(kept, held, token, video, text, to) -> Iterator[list]:
        item = next((item for item in held.view.ready if item.id == video), None)
        library = library_of(page.workspace(token))
        for step in do.rank(kept.view, library, item, text or ""):
            kept.view = step
            yield [kept, *draw(kept, to)]

    def dismiss(kept, to) -> list:
        return [kept.set(error=None), *draw(kept, to)]

    given = [state, shelf.redraw.state, page.token, side.video, side.text, page.lang]
    side.run.click(rank, given, outputs, **MODEL_EVENT)
    side.error.dismiss(dismiss, [state, page.lang], outputs, **QUIET)
