"""The script of the whole page: keeps what was typed over a reload, and says in our words what
Gradio's own script says by itself."""

from __future__ import annotations

import json

from .buttons import web_file
from .words import LANGUAGES

# what Gradio shows in a corner of the page -> what we say instead; {1} is the first group
TOASTS = (
    (r"^Connection to the server was lost", "toast.lost"),
    (r"^Invalid file types?: (.+)\. Only (\..+) allowed\.$", "toast.kinds"),
    (r"^Invalid file types?: (.+)\. Only [^.].* allowed\.$", "toast.kind"),
    (r"^Video not playable$", "toast.video"),
    (r"^Error$", "toast.error"),
    (r"^Warning$", "toast.warning"),
)


def page_script() -> str:
    """The script element for the head of the page."""
    said = ",".join(f"{lang}:[{','.join(_rules(lang))}]" for lang in LANGUAGES)
    return f"<script>(() => {{\nconst SAID = {{{said}}};\n{web_file('page.js')}}})();</script>"


def _rules(lang: str) -> list[str]:
    """Per toast a pattern and what to say, in JavaScript."""
    return [f"[/{pattern}/,{json.dumps(LANGUAGES[lang][key])}]" for pattern, key in TOASTS]
