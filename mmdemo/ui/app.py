"""The whole page: header, tabs, footer. A further tab is one more ``build_x_tab``."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr
from gradio.blocks import Block

from .. import __version__
from .emotion_tab import build_emotion_tab
from .events import QUIET
from .finetune_tab import build_finetune_tab
from .first_language import properties
from .frame import footer, header, loading, model_chip
from .language import Language, Redraw
from .launch import served_folder
from .models_fold import build_models, chip_html
from .page import Page, PageTab, Services, remember_workspace
from .retrieval_tab import build_retrieval_tab
from .welcome import build_welcome
from .words import LANGUAGE_NAMES, preferred_language

POLL_S = 0.7  # how often a page asks whether the model is there


def build_app(services: Services) -> gr.Blocks:
    """The page over the services that are there. Nothing is loaded here."""
    language = Language()
    with gr.Blocks(title="mmdemo", analytics_enabled=False, delete_cache=(3600, 86400)) as blocks:
        with gr.Row(elem_id="top", equal_height=True):
            language.says(gr.HTML(header("en"), elem_id="name"), value=header)
            chip = chip_html(model_chip(services, "en"))
            lang = gr.Radio(
                [(name, code) for code, name in LANGUAGE_NAMES.items()],
                value="en", show_label=False, container=False, elem_id="language",
            )  # fmt: skip
            language.says(lang, label="app.language")
        build_welcome(services, language)
        token, opened = remember_workspace(blocks, services.workspaces)
        folder = served_folder(services.settings)
        with gr.Tabs(elem_id="tabs") as strip:
            page = Page(language, lang, folder, services.workspaces, token, opened, strip)
            tabs = build_tabs(services, page)
        redraws = [redraw for tab in tabs for redraw in tab.redraws]
        if services.shelf is not None and services.weights is not None and token is not None:
            redraws.append(build_models(services.shelf, services.weights, page))
        language.says(gr.HTML(footer("en", __version__), elem_id="foot"),
                      value=lambda to: footer(to, __version__))  # fmt: skip
        outputs, switch = _wire_language(blocks, language, lang, redraws)
        _wire_chip(services, chip, lang)
    # read by first_language, for browsers that ask for another language than the built-in one
    blocks.said = lambda to: properties(
        [lang, chip, *outputs], [to, model_chip(services, to), *switch(to)]
    )
    return blocks


def build_tabs(services: Services, page: Page) -> list[PageTab]:
    """A tab per service that is there."""
    tabs = []
    if services.emotion is not None:
        tabs.append(build_emotion_tab(services.emotion, page))
    if services.retrieval is not None:
        tabs.append(build_retrieval_tab(services.retrieval, page))
    if services.finetune is not None:
        tabs.append(build_finetune_tab(services.finetune, page))
    return tabs


def _wire_language(
    blocks: gr.Blocks, language: Language, lang: gr.Radio, redraws: list[Redraw]
) -> tuple[list[Block], Callable[[str], list]]:
    """Say everything in the chosen language; inputs and results stay as they are.

    What changes, and (language -> its values) as long as nothing was done.
    """
    states = [redraw.state for redraw in redraws]
    outputs = [*language.components, *(o for redraw in redraws for o in redraw.outputs)]

    def switch(to: str, *views: object) -> list:
        drawn = [redraw.draw(view, to) for redraw, view in zip(redraws, views, strict=True)]
        return [*language.updates(to), *(value for values in drawn for value in values)]

    def first(now: str, request: gr.Request) -> str | dict:
        wanted = preferred_language(request.headers.get("accept-language", ""))
        # ``now`` is the language that the page came in: where that is right nothing is set, since
        # another may have been chosen, or kept over a reload, while this was on its way
        return gr.skip() if wanted == now else wanted

    js = "(lang, ...rest) => { document.documentElement.lang = lang; return [lang, ...rest]; }"
    lang.change(switch, [lang, *states], outputs, js=js, **QUIET)
    # should the page have come in another language than the browser's, the change above says it
    blocks.load(first, lang, lang, js="(now) => [window.mmSentIn ?? now]", **QUIET)
    return outputs, lambda to: switch(to, *(state.value for state in states))


def _wire_chip(services: Services, chip: gr.HTML, lang: gr.Radio) -> None:
    """Ask how the models are doing until they are ready, then stop asking."""
    timer = gr.Timer(POLL_S)

    def tick(to: str) -> tuple[str, gr.Timer]:
        return model_chip(services, to), gr.Timer(active=loading(services))

    timer.tick(tick, lang, [chip, timer], **QUIET)
    lang.change(lambda to: model_chip(services, to), lang, chip, **QUIET)
