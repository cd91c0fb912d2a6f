"""The example datasets: cards that start with them on click, each with its download."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote

from PIL import Image

from .examples import ASSETS
from .markup import action, picture_uri, safe
from .words import say

# made by scripts/make_templates.py; origin: assets/README.md
TEMPLATES = ASSETS / "templates"
NAMES = ("emotion", "surveillance", "medical", "customer_service", "product_recommendation",
         "robot_command")  # fmt: skip


def template_file(name: str) -> Path | None:
    """The dataset of that name; None for a name that is none of ours."""
    return TEMPLATES / f"{name}.zip" if name in NAMES else None


@cache
def _cover(name: str) -> str:
    with Image.open(TEMPLATES / f"{name}.jpg", formats=("JPEG",)) as picture:
        return picture_uri(picture)


def template_card(name: str, lang: str) -> str:
    """One card: what it looks like, what it teaches, one click to start, one to download."""
    title, line = say(f"template.{name}", lang), say(f"template.{name}_line", lang)
    address = quote(str(TEMPLATES / f"{name}.zip"))
    down = safe(say("template.download", lang, name=title))
    return (
        f'<li class="mm-template"><button class="mm-example" {action("template", template=name)}>'
        f'<img src="{_cover(name)}" alt=""><span><b>{safe(title)}</b><em>{safe(line)}</em></span>'
        f'</button><a href="gradio_api/file={address}" download="{name}.zip" '
        f'aria-label="{down}" title="{down}"><span aria-hidden="true">↓</span></a></li>'
    )


def template_cards(lang: str) -> str:
    """All cards."""
    title = safe(say("template.title", lang))
    cards = "".join(template_card(name, lang) for name in NAMES)
    return f'<h3 class="mm-small">{title}</h3><ul class="mm-templates">{cards}</ul>'
