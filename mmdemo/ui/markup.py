"""The one place where text and pictures become HTML: everything is escaped here."""

from __future__ import annotations

import base64
import html
import io
import json
import re

from PIL import Image

# Gradio reads a value once more as a JavaScript template and once as a Handlebars template, so
# their signs in a user's sentence must not arrive as such.
_TEMPLATE_SIGNS = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})

_JOINTS = re.compile(r"([_.\-]+)(?=\w)")  # none of the signs that ``safe`` writes for others


def safe(text: object) -> str:
    """Text that is shown as it is, in an element or in a quoted attribute."""
    return html.escape(str(text), quote=True).translate(_TEMPLATE_SIGNS)


def file_name(name: str) -> str:
    """A file's name: wraps at its joints, and keeps its own direction inside a sentence."""
    return f'<bdi title="{safe(name)}">' + _JOINTS.sub(r"\1<wbr>", safe(name)) + "</bdi>"


def action(name: str, **values: object) -> str:
    """Attributes that make a button send the event ``name`` with ``values`` (see page.js)."""
    return f'type="button" data-act="{safe(name)}" data-value="{safe(json.dumps(values))}"'


def picture_uri(picture: Image.Image, quality: int = 86) -> str:
    """A picture as a data address, so that no file is served for it."""
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def percent(part: float) -> int:
    """0..1 as whole per cent; never 100 for something that is not quite certain."""
    return min(round(part * 100), 99) if part < 1 else 100


def spinner(sentence: str) -> str:
    """What is being done while nothing can be shown yet."""
    return f'<div class="mm-working" role="status"><i></i>{safe(sentence)}</div>'


def fold(name: str, summary: str, body: str) -> str:
    """What is shown on demand; ``name`` is the same in every language, so that what was opened
    stays open when it is drawn anew. ``summary`` is plain text, ``body`` is HTML."""
    return (
        f'<details class="mm-fold" data-fold="{safe(name)}"><summary>{safe(summary)}</summary>'
        f"{body}</details>"
    )


def card(title: str, body: str, kind: str = "", said: str = "") -> str:
    """A card with a heading; ``title`` is plain text, ``body`` is HTML. ``said`` is what a screen
    reader says when the card comes after a wait."""
    heading = f"<h2>{safe(title)}</h2>" if title else ""
    aloud = f' data-said="{safe(said)}"' if said else ""
    return f'<section class="mm-card {kind}"{aloud}>{heading}{body}</section>'
