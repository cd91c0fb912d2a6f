"""The model page: a fold below the tabs, opened by its own button or by the chip in the header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from ..services.finetune.types import PRESETS
from .answer import error_card
from .buttons import live_html, web_file
from .events import QUIET
from .guard import attempt
from .language import Redraw
from .models_cards import ModelsView, fetch_card, here_card

if TYPE_CHECKING:
    from ..services.model_shelf import ModelShelf
    from ..services.weights import Weights
    from .page import Page

POLL_S = 1.0  # how often fetching and measuring are looked at


class ModelsHandlers:
    """What the buttons do: from view to view, no Gradio in here."""

    def __init__(self, shelf: ModelShelf, weights: Weights) -> None:
        self.shelf, self.weights = shelf, weights

    def look(self, view: ModelsView, own: Path) -> ModelsView:
        """Everything as it stands now."""

        def seen() -> ModelsView:
            busy = self.shelf.busy()  # before the entries: what ends in between is told next time
            return ModelsView(
                self.shelf.entries(own),
                tuple((name, self.weights.of_preset(name)) for name in PRESETS),
                self.weights.host, self.weights.allowed, busy, view.error,
            )  # fmt: skip

        return attempt(seen, lambda note: replace(view, error=note))

    def fetch(self, view: ModelsView, own: Path, preset: str) -> ModelsView:
        """Fetch what a preset lacks."""
        return self._do(view, own, lambda: self._each(preset, self.weights.start))

    def stop(self, view: ModelsView, own: Path, preset: str) -> ModelsView:
        """Stop fetching; what has arrived is kept."""
        return self._do(view, own, lambda: self._each(preset, self.weights.stop))

    def _each(self, preset: str, work: Callable[[str], object]) -> None:
        for one in self.weights.of_preset(preset):
            if one.state != "here":
                work(one.name)

    def measure(self, view: ModelsView, own: Path, model: str) -> ModelsView:
        """Measure one model; everybody sees what comes of it."""
        return self._do(view, own, lambda: self.shelf.measure(model, own))

    def _do(self, view: ModelsView, own: Path, work: Callable[[], None]) -> ModelsView:
        def done() -> ModelsView:
            work()
            return replace(view, error=None)

        return self.look(attempt(done, lambda note: replace(view, error=note)), own)


def draw(view: ModelsView, lang: str) -> list:
    """Values of error and both cards."""
    if not view.models and not view.weights:  # not opened yet
        return [error_card(view.error, lang), "", ""]
    return [error_card(view.error, lang), here_card(view, lang), fetch_card(view, lang)]


def build_models(shelf: ModelShelf, weights: Weights, page: Page) -> Redraw:
    """Lay out and wire the fold; below the tabs."""
    state = gr.State(ModelsView())
    with gr.Accordion(open=False, elem_id="models") as fold:
        error = live_html("models-error", ("dismiss",))
        here = live_html("models-here", ("measure",))
        fetched = live_html("models-fetch", ("fetch", "stop"))
    page.language.says(fold, label="models.title")
    redraw = Redraw(state, [error, here, fetched], draw)
    _wire(redraw, page, ModelsHandlers(shelf, weights), fold)
    return redraw


def _wire(redraw: Redraw, page: Page, do: ModelsHandlers, fold: gr.Accordion) -> None:
    error, here, fetched = redraw.outputs
    timer = gr.Timer(POLL_S, active=False)
    outputs = [redraw.state, error, here, fetched, timer]
    given = [redraw.state, page.token, page.lang]

    def own(token: str | None) -> Path:
        return page.workspace(token).folder / "models"

    def shown(before: ModelsView, view: ModelsView, to: str) -> list:
        """Only what changed is drawn anew: what somebody unfolded stays open."""
        pairs = zip(draw(before, to), draw(view, to), strict=True)
        drawn = [gr.skip() if old == new else new for old, new in pairs]
        return [view, *drawn, gr.Timer(active=view.busy)]

    def look(view: ModelsView, token, to) -> list:
        return shown(view, do.look(view, own(token)), to)

    def on(step: Callable[[ModelsView, Path, gr.EventData], ModelsView]) -> Callable:
        def handler(view: ModelsView, token, to, event: gr.EventData) -> list:
            return shown(view, step(view, own(token), event), to)

        return handler

    fold.expand(look, given, outputs, **QUIET)
    timer.tick(look, given, outputs, concurrency_limit=None, **QUIET)
    here.measure(on(lambda v, o, e: do.measure(v, o, str(e.model))), given, outputs, **QUIET)
    fetched.fetch(on(lambda v, o, e: do.fetch(v, o, str(e.preset))), given, outputs, **QUIET)
    fetched.stop(on(lambda v, o, e: do.stop(v, o, str(e.preset))), given, outputs, **QUIET)
    error.dismiss(on(lambda v, o, e: replace(v, error=None)), given, outputs, **QUIET)


def chip_html(value: str) -> gr.HTML:
    """The chip of the header; a click on it opens the fold."""
    code = web_file("reveal.js") + web_file("chip.js")
    return gr.HTML(value, elem_id="chip", js_on_load=code, apply_default_css=False)
