"""What stands around the tabs: header, model chip, footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markup import safe
from .words import say

if TYPE_CHECKING:
    from .page import Services


def header(lang: str) -> str:
    """Name and one line."""
    name, line = safe(say("app.name", lang)), safe(say("app.line", lang))
    return f'<h1>{name}</h1><p class="mm-line">{line}</p>'


# the state that matters most comes first
STATES = ("failed", "loading", "ready")


def _told(services: Services) -> list:
    """How each model that is loaded at the start is doing, the one to speak of first."""
    found = [s.status() for s in services.present() if hasattr(s, "status")]
    return sorted(found, key=lambda status: STATES.index(status.state))


def loading(services: Services) -> bool:
    """Whether any model is still being loaded."""
    return any(status.state == "loading" for status in _told(services))


def model_chip(services: Services, lang: str) -> str:
    """Whether the models are there yet; the first that is not is named."""
    told = _told(services)
    if not told:
        return ""
    models = services.emotion.models() if services.emotion else ()
    titles = {info.name: info.title for info in models}
    status = told[0]
    said = say(f"chip.{status.state}", lang, model=titles.get(status.model, status.model))
    why = f' title="{safe(status.message)}"' if status.message else ""
    shown = f"<i aria-hidden=true></i><span role=status>{safe(said)}</span>"
    kind = f'class="mm-chip mm-{safe(status.state)}"{why}'
    if services.weights is None:
        return f"<span {kind}>{shown}</span>"
    whole = safe(say("models.open", lang, status=said))
    return (
        f'<button type="button" {kind} data-models aria-label="{whole}">{shown}'
        '<b aria-hidden="true">▾</b></button>'
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
