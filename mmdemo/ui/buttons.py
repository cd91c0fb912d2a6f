"""A gr.HTML whose buttons reach Python: see ``web/buttons.js`` and ``markup.action``."""

from __future__ import annotations

import json
from pathlib import Path

import gradio as gr

WEB = Path(__file__).parent / "web"


def web_file(name: str) -> str:
    """A stylesheet or script that belongs to the page."""
    return (WEB / name).read_text(encoding="utf-8")


def live_html(
    elem_id: str, events: tuple[str, ...] = (), *scripts: str, value: str = ""
) -> gr.HTML:
    """A gr.HTML that sends ``events``; ``scripts`` are further files of ``web/``."""
    # Gradio allows .on(event) only for names that stand in quotes in the script
    names = f"// {json.dumps(events)}\n"
    code = names + "".join(web_file(script) for script in ("reveal.js", "buttons.js", *scripts))
    return gr.HTML(value, elem_id=elem_id, js_on_load=code, apply_default_css=False)
