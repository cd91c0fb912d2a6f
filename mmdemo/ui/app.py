"""The whole page: header, tabs, footer. A further tab is one more ``build_x_tab``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from .. import __version__
from .emotion_tab import EmotionTab, build_emotion_tab
from .frame import footer, header, model_chip
from .language import Language
from .launch import served_folder
from .words import LANGUAGE_NAMES, preferred_language

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService

POLL_S = 0.7  # how often a page asks whether the model is there


def build_app(service: EmotionService) -> gr.Blocks:
    """The page over one service. Nothing is loaded here."""
    folder = served_folder(service.settings)
    language = Language()
    with gr.Blocks(title="mmdemo", analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        with gr.Row(elem_id="top", equal_height=True):
            language.says(gr.HTML(header("en"), elem_id="name"), value=header)
            chip = gr.HTML(model_chip(service, "en"), elem_id="chip")
            lang = gr.Radio(
                [(name, code) for code, name in LANGUAGE_NAMES.items()],
                value="en", show_label=False, container=False, elem_id="language",
            )  # fmt: skip
            language.says(lang, label="app.language")
        with gr.Tabs(elem_id="tabs"):
            tab = build_emotion_tab(service, language, lang, folder)
        language.says(gr.HTML(footer("en", __version__), elem_id="foot"),
                      value=lambda to: footer(to, __version__))  # fmt: skip
        _wire_language(page, language, lang, tab)
        _wire_chip(service, chip, lang)
    return page


def _wire_language(page: gr.Blocks, language: Language, lang: gr.Radio, tab: EmotionTab) -> None:
    """Say everything in the chosen language; inputs and results stay as they are."""
    states = [redraw.state for redraw in tab.redraws]
    outputs = [*language.components, *(o for redraw in tab.redraws for o in redraw.outputs)]

    def switch(to: str, *views: object) -> list:
        drawn = [redraw.draw(view, to) for redraw, view in zip(tab.redraws, views, strict=True)]
        return [*language.updates(to), *(value for values in drawn for value in values)]

    def first(request: gr.Request) -> str:
        return preferred_language(request.headers.get("accept-language", ""))

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    js = "(lang, ...rest) => { document.documentElement.lang = lang; return [lang, ...rest]; }"
    lang.change(switch, [lang, *states], outputs, js=js, **quiet)
    # a browser that prefers another language gets it at once; the change above then says the rest
    page.load(first, None, lang, **quiet)


def _wire_chip(service: EmotionService, chip: gr.HTML, lang: gr.Radio) -> None:
    """Ask how the model is doing until it is ready, then stop asking."""
    timer = gr.Timer(POLL_S)

    def tick(to: str) -> tuple[str, gr.Timer]:
        return model_chip(service, to), gr.Timer(active=service.status().state == "loading")

    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    timer.tick(tick, lang, [chip, timer], **quiet)
    lang.change(lambda to: model_chip(service, to), lang, chip, **quiet)
