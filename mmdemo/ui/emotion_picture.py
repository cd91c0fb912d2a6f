"""The picture side of the Emotion tab: layout and wiring; what happens is in picture_handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block

from .answer import answer_card, compare_card, error_card
from .buttons import live_html
from .events import ASK_EVENT, ASK_SLOT, MODEL_EVENT, MODEL_SLOT, QUIET
from .examples import EXAMPLES, example_cards
from .language import Language, Redraw
from .page import Page
from .picture_handlers import PictureHandlers
from .picture_input import PictureInput
from .views import Held, PictureView, advance
from .why import explain_choices, why_body, why_title
from .words import say

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


@dataclass
class _Inputs:
    sentence: gr.Textbox
    picture: gr.Image
    model: gr.Dropdown
    run: gr.Button
    examples: gr.HTML


@dataclass
class _Results:
    error: gr.HTML
    answer: gr.HTML
    compare: gr.HTML
    why: gr.Column
    choice: gr.Dropdown
    why_title: gr.HTML
    why_html: gr.HTML

    def all(self) -> list[Block]:
        cards = [self.error, self.answer, self.compare]
        return [*cards, self.why, self.choice, self.why_title, self.why_html]


def draw(held: Held, lang: str) -> list:
    """Values for all components of ``_Results``, then for the run button."""
    view = held.view
    choices, chosen = explain_choices(view, lang)
    busy = bool(view.working)
    return [
        error_card(view.error, lang),
        answer_card(view, lang),
        compare_card(view, lang),
        gr.update(visible=view.reading is not None and not busy),
        gr.update(choices=choices, value=chosen),
        why_title(view, lang),
        why_body(view, lang),
        gr.update(interactive=not busy, value=say("in.running" if busy else "in.run", lang)),
    ]


def build_picture_side(service: EmotionService, page: Page) -> Redraw:
    """Lay out both columns and wire them."""
    language = page.language
    state = gr.State(Held())
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            inputs = _build_inputs(service, page)
        with gr.Column(scale=6, min_width=320):
            results = _build_results(language)
    side = Redraw(state, [*results.all(), inputs.run], draw)
    _wire(side, inputs, results, PictureHandlers(service), page)
    return side


def _build_inputs(service: EmotionService, page: Page) -> _Inputs:
    language = page.language
    sentence = language.says(
        gr.Textbox(lines=1, max_lines=6, elem_id="sentence"),
        label="in.sentence",
        placeholder="in.sentence_hint",
    )
    picture = language.says(
        PictureInput(
            type="filepath",
            image_mode=None,
            sources=["upload", "webcam", "clipboard"],
            height=230,
            elem_id="picture",
            buttons=[],
        ),
        label="in.picture",
    )
    model = language.says(model_list(service, page, "model"), label="in.model")
    run = gr.Button(say("in.run", "en"), variant="primary", size="lg", elem_id="run")
    examples = language.says(
        live_html("examples", ("example",), "selfie.js", value=example_cards("en")),
        value=example_cards,
    )
    limits = service.settings.limits
    values = {
        "mb": limits.picture_bytes // (1024 * 1024),
        "mp": limits.picture_pixels // 1_000_000,
        "chars": f"{limits.text_characters:,}",
    }
    language.says(gr.HTML(elem_classes="mm-hint"), value=lambda to: say("in.limits", to, **values))
    return _Inputs(sentence, picture, model, run, examples)


def model_list(service: EmotionService, page: Page, elem_id: str) -> gr.Dropdown:
    """The models that can be picked, the built-in one first; the page knows where they are."""
    models = [(info.title, info.name) for info in service.models()]
    default = service.settings.emotion_model
    if default not in [name for _, name in models]:
        models.insert(0, (default, default))
    menu = gr.Dropdown(models, value=default, elem_id=elem_id, filterable=False)
    page.built_in[:] = models
    page.model_lists.append(menu)
    return menu


def _build_results(language: Language) -> _Results:
    error = live_html("error", ("dismiss",))
    answer = live_html("answer", ("face", "pin"), value=answer_card(PictureView(), "en"))
    compare = live_html("compare", ("unpin",))
    with gr.Column(visible=False, elem_classes="mm-card mm-why-card") as why:
        with gr.Row(elem_classes="mm-why-head"):
            title = gr.HTML(elem_id="why-title", min_width=160)
            choice = gr.Dropdown([], elem_id="explain", filterable=False, min_width=220)
            language.says(choice, label="why.choose")
        why_html = live_html("why", ("word", "region", "undo"))
    return _Results(error, answer, compare, why, choice, title, why_html)


def _wire(
    side: Redraw, inputs: _Inputs, results: _Results, do: PictureHandlers, page: Page
) -> None:
    outputs, lang = [side.state, *side.outputs], page.lang

    def steps(view: PictureView, *given: str | None) -> Iterator[PictureView]:
        with page.turns.turn() as places:
            for place in places:
                yield replace(view, error=None, working="out.turn", place=place)
            yield from do.read(view, *given)

    def read(held, text, picture, model, to) -> Iterator[list]:
        for step in steps(held.view, text, picture, model):
            held.view = replace(step, pinned=held.view.pinned)
            yield [held, *draw(held, to)]

    def explain(held, to) -> list:
        advance(held, do.explain)
        return [held, *draw(held, to)]

    def explain_label(held, label, to) -> list:
        advance(held, lambda view: do.explain(view, label))
        return [held, *draw(held, to)]

    given = [side.state, inputs.sentence, inputs.picture, inputs.model, lang]
    asked = gr.on(
        [inputs.run.click, inputs.sentence.submit],
        read, given, outputs, api_name="read", **ASK_SLOT,
    )  # fmt: skip
    filled = inputs.examples.example(
        fill_example, None, [inputs.sentence, inputs.picture],
        **QUIET,
    ).then(read, given, outputs, **ASK_EVENT)  # fmt: skip
    asked.then(explain, [side.state, lang], outputs, api_name="explain", **MODEL_SLOT)
    filled.then(explain, [side.state, lang], outputs, **MODEL_EVENT)
    results.choice.input(
        explain_label, [side.state, results.choice, lang], outputs,
        api_name="explain_label", **MODEL_SLOT,
    )  # fmt: skip
    _wire_buttons(side, results, do, lang)


def fill_example(event: gr.EventData) -> tuple[str, str | None]:
    """The input of the example that was clicked."""
    example = EXAMPLES[int(event.number)]
    return example.text, str(example.picture) if example.picture else None


def _wire_buttons(side: Redraw, results: _Results, do: PictureHandlers, lang: gr.Radio) -> None:
    """Buttons inside the drawn cards."""
    outputs = [side.state, *side.outputs]

    def step(held: Held, to: str, work: Callable[[PictureView], PictureView]) -> list:
        advance(held, work)
        return [held, *draw(held, to)]

    def face(held, to, event: gr.EventData) -> list:
        return step(held, to, lambda view: do.pick_face(view, int(event.number)))

    def word(held, to, event: gr.EventData) -> list:
        return step(held, to, lambda view: do.without_word(view, int(event.number)))

    def region(held, to, event: gr.EventData) -> list:
        cell = int(event.row), int(event.column)
        return step(held, to, lambda view: do.without_region(view, *cell))

    def clear(name: str) -> Callable:
        return lambda held, to: step(held, to, lambda view: replace(view, **{name: None}))

    def pin(held, to) -> list:
        return step(held, to, do.pin)

    def explain(held, to) -> list:
        return step(held, to, do.explain)

    given = [side.state, lang]
    picked = results.answer.face(face, given, outputs, **QUIET)
    picked.then(explain, given, outputs, **MODEL_EVENT)
    results.why_html.word(word, given, outputs, **MODEL_EVENT)
    results.why_html.region(region, given, outputs, **MODEL_EVENT)
    results.why_html.undo(clear("change"), given, outputs, **QUIET)
    results.answer.pin(pin, given, outputs, **QUIET)
    results.compare.unpin(clear("pinned"), given, outputs, **QUIET)
    results.error.dismiss(clear("error"), given, outputs, **QUIET)
