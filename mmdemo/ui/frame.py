"""What stands around the tabs: header, model chip, footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markup import safe
from .words import say

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


def header(lang: str) -> str:
    """Name and one line."""
    name, line = safe(say("app.name", lang)), safe(say("app.line", lang))
    return f'<h1>{name}</h1><p class="mm-line">{line}</p>'


def model_chip(service: EmotionService, lang: str) -> str:
    """Whether the model is there yet."""
    status = service.status()
    titles = {info.name: info.title for info in service.models()}
    said = say(f"chip.{status.state}", lang, model=titles.get(status.model, status.model))
    why = f' title="{safe(status.message)}"' if status.message else ""
    return (
        f'<span class="mm-chip mm-{safe(status.state)}" role="status"{why}>'
        f"<i aria-hidden=true></i>{safe(said)}</span>"
    )


def footer(lang: str, version: str) -> str:
    """Version, licence, responsible use, and that nothing is fetched."""
    return (
        f"<footer><p><span>{safe(say('app.version', lang, version=version))}</span>"
        f"<span>{safe(say('app.licence', lang))}</span>"
        f"<span>{safe(say('app.offline', lang))}</span></p>"
        f'<details id="responsible-use"><summary>{safe(say("app.responsible", lang))}</summary>'
        f"<p>{safe(say('app.responsible_text', lang))}</p></details></footer>"
    )
