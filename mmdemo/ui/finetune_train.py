"""Step 2 of the "Teach it" tab: layout and wiring; what happens is in finetune_handlers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from ..services.finetune.types import FUSIONS, LENGTHS, MODES, PRESETS, TrainOptions
from .answer import error_card
from .buttons import live_html
from .events import QUIET
from .finetune_gather import GatherSide
from .finetune_handlers import GatherHandlers, TrainHandlers
from .finetune_train_cards import train_card
from .finetune_views import GatherView, TrainView
from .finetune_words import about
from .language import Redraw
from .page import Page
from .words import say

POLL_S = 1.0  # how often a run is looked at


@dataclass
class TrainSide:
    """The parts of step 2 that other steps need."""

    redraw: Redraw
    lengths: Redraw  # how long training may take, beside each choice
    outputs: list[Block]
    finished: gr.State  # id of the run that has just ended well
    looked: Dependency  # after it, ``finished`` may have changed


@dataclass
class _Parts:
    name: gr.Textbox
    length: gr.Radio
    more: list[Block]  # in the order of MORE
    run: gr.Button
    stop: gr.Button
    error: gr.HTML
    card: gr.HTML
    timer: gr.Timer


MORE = ("preset", "mode", "fusion", "epochs", "rate", "batch", "patience", "class_weights",
        "augmentation", "seed", "search_minutes")  # fmt: skip
WHOLE = ("epochs", "batch", "patience", "seed")


def read_options(name: str, length: str, more: tuple) -> TrainOptions:
    """What the widgets say; an empty number is what TrainOptions takes for "choose for me"."""
    chosen = dict(zip(MORE, more, strict=True))
    for key in (*WHOLE, "rate", "search_minutes"):
        chosen[key] = (int if key in WHOLE else float)(chosen[key] or 0)
    return TrainOptions(name=(name or "").strip() or "my-model", length=length, **chosen)


def length_choices(view: GatherView, lang: str) -> list[tuple[str, str]]:
    """Quick, standard, thorough, each with what it takes here."""
    choices = []
    for length in LENGTHS:
        word = say(f"length.{length}", lang)
        if length in view.seconds:
            word += f" ({about(view.seconds[length], lang)})"
        choices.append((word, length))
    return choices


def draw(view: TrainView, lang: str) -> list:
    """Values for error, card, both buttons and the timer."""
    stopping = view.run is not None and view.run.state == "stopping"
    return [
        error_card(view.error, lang),
        train_card(view, lang),
        gr.update(visible=not view.busy),
        gr.update(visible=view.busy, interactive=not stopping),
        gr.Timer(active=view.busy),
    ]


def build_train(
    page: Page, do: TrainHandlers, gather: GatherSide, estimates: GatherHandlers
) -> TrainSide:
    """Lay out both columns and wire them."""
    state, finished = gr.State(TrainView()), gr.State("")
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            inputs = _inputs(page)
        with gr.Column(scale=6, min_width=320):
            error = live_html("train-error", ("dismiss",))
            card = live_html("train-card", ("resume",), value=train_card(TrainView(), "en"))
    parts = _Parts(*inputs, error, card, gr.Timer(POLL_S, active=False))
    outputs: list[Block] = [error, card, parts.run, parts.stop, parts.timer]
    redraw = Redraw(state, outputs, draw)
    lengths = _wire_estimates(page, gather, parts, estimates)
    looked = _wire(page, redraw, parts, do, (gather.redraw.state, finished))
    return TrainSide(redraw, lengths, [state, *outputs], finished, looked)


def _inputs(page: Page) -> tuple:
    says = page.language.says
    name = says(gr.Textbox("my-model", max_lines=1, elem_id="teach-name"), label="train.name",
                info="train.name_info")  # fmt: skip
    length = gr.Radio(length_choices(GatherView(), "en"), value="quick", elem_id="teach-length")
    says(length, label="train.length", info="train.length_info")
    with gr.Accordion(open=False, elem_id="teach-more") as more_box:
        more = _more(page)
    says(more_box, label="train.more")
    run = says(gr.Button(variant="primary", size="lg", elem_id="teach-run"), value="train.run")
    stop = gr.Button(variant="stop", size="lg", elem_id="teach-stop", visible=False)
    says(stop, value="train.stop")
    return name, length, more, run, stop


def _more(page: Page) -> list[Block]:
    """Everything that has a default that fits."""

    def number(key: str, value: float, **limits: float) -> gr.Number:
        return gr.Number(value, elem_id=f"teach-{key}", min_width=140, minimum=0, **limits)

    default = TrainOptions()
    with gr.Row():
        preset = gr.Dropdown(list(PRESETS), value=default.preset, allow_custom_value=True,
                             elem_id="teach-preset", min_width=140)  # fmt: skip
        mode = gr.Dropdown(list(MODES), value=default.mode, elem_id="teach-mode", min_width=140)
        fusion = gr.Dropdown(list(FUSIONS), value=default.fusion, elem_id="teach-fusion",
                             min_width=140)  # fmt: skip
    with gr.Row():
        epochs = number("epochs", 0, precision=0, maximum=500)
        rate = number("rate", 0, maximum=1)
        batch = number("batch", 0, precision=0, maximum=512)
        patience = number("patience", 0, precision=0, maximum=500)
    weights = gr.Checkbox(default.class_weights, elem_id="teach-class_weights")
    augmentation = gr.Checkbox(default.augmentation, elem_id="teach-augmentation")
    with gr.Row():
        seed = number("seed", default.seed, precision=0)
        search = number("search_minutes", 0, maximum=600)
    more: list[Block] = [preset, mode, fusion, epochs, rate, batch, patience, weights,
                         augmentation, seed, search]  # fmt: skip
    for key, widget in zip(MORE, more, strict=True):
        page.language.says(widget, label=f"more.{key}", info=f"more.{key}_info")
    return more


def _wire_estimates(page: Page, gather: GatherSide, parts: _Parts, do: GatherHandlers) -> Redraw:
    """How long each choice takes, again for another dataset, other options, another language."""

    def after(view: GatherView, to: str) -> dict:
        return gr.update(choices=length_choices(view, to))

    def again(view: GatherView, token, to, name, length, *more) -> dict:
        if view.report is None or view.report.blocked is not None:
            return after(view, to)
        options = read_options(name, length, more)
        seconds = do.estimates(page.workspace(token), view.report.dataset_id, options)
        return after(replace(view, seconds=seconds), to)

    given = [gather.redraw.state, page.lang]
    for event in gather.gathered:
        event.then(after, given, parts.length, **QUIET)
    slow = [parts.more[MORE.index(key)] for key in ("mode", "epochs", "search_minutes", "preset")]
    widgets = [parts.name, parts.length, *parts.more]
    gr.on([w.change for w in slow], again, [gather.redraw.state, page.token, page.lang, *widgets],
          parts.length, **QUIET)  # fmt: skip
    return Redraw(gather.redraw.state, [parts.length], lambda view, to: [after(view, to)])


def _wire(
    page: Page, redraw: Redraw, parts: _Parts, do: TrainHandlers, states: tuple[gr.State, gr.State]
) -> Dependency:
    dataset, finished = states
    outputs = [redraw.state, *redraw.outputs]
    shared = [redraw.state, page.token, page.lang]

    def start(view, token, to, gathered: GatherView, name, length, *more) -> list:
        dataset_id = gathered.report.dataset_id if gathered.report else ""
        options = read_options(name, length, more)
        view = do.start(view, page.workspace(token), dataset_id, options)
        return [view, *draw(view, to)]

    def look(view, token, to, before) -> list:
        view = do.look(view, page.workspace(token))
        over = view.run is not None and view.run.state == "done"
        return [view, *draw(view, to), view.run.run_id if over else before]

    def stop(view, token, to) -> list:
        view = do.stop(view, page.workspace(token))
        return [view, *draw(view, to)]

    def resume(view, token, to) -> list:
        view = do.resume(view, page.workspace(token))
        return [view, *draw(view, to)]

    def dismiss(view, to) -> list:
        view = replace(view, error=None)
        return [view, *draw(view, to)]

    widgets = [parts.name, parts.length, *parts.more]
    gr.on(
        [parts.run.click, parts.name.submit], start, [*shared, dataset, *widgets], outputs, **QUIET
    )
    parts.stop.click(stop, shared, outputs, **QUIET)
    parts.card.resume(resume, shared, outputs, **QUIET)
    parts.error.dismiss(dismiss, [redraw.state, page.lang], outputs, **QUIET)
    return parts.timer.tick(look, [*shared, finished], [*outputs, finished], **QUIET)
