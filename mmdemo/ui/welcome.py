"""A first visit: one line with an example of each tab, gone for good once it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from .buttons import web_file
from .language import Language
from .markup import safe
from .words import say

if TYPE_CHECKING:
    from .page import Services

# tab -> what is clicked in it; web/welcome.js does so
TRIES = {
    "emotion": "#examples .mm-example",
    "retrieval": "#find-examples [data-act=example]",
    "finetune": "#teach-templates [data-act=template]",
}


def welcome(services: Services, lang: str) -> str:
    """A button per tab that is there; hidden until the script knows that it was never closed."""
    there = [name for name in TRIES if getattr(services, name) is not None]
    buttons = "".join(
        f'<button type="button" class="mm-quiet" data-tab="{number}" data-try="{TRIES[name]}">'
        f"{safe(say(f'welcome.{name}', lang))}</button>"
        for number, name in enumerate(there)
    )
    title, close = safe(say("welcome.title", lang)), safe(say("welcome.close", lang))
    return (
        f'<section class="mm-welcome" aria-label="{title}" hidden><p>{title}</p>{buttons}'
        f'<button type="button" class="mm-cross" data-close aria-label="{close}" title="{close}">'
        "&times;</button></section>"
    )


def build_welcome(services: Services, language: Language) -> None:
    """Lay the line out above the tabs."""
    line = gr.HTML(
        welcome(services, "en"), elem_id="welcome", js_on_load=web_file("welcome.js"),
        apply_default_css=False,
    )  # fmt: skip
    language.says(line, value=lambda to: welcome(services, to))
