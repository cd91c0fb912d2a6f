"""The first sight of the page in the language that the browser asks for, without a switch after.

Gradio sends one page to everybody: a script with the properties of all components. On its way out
the properties that have words in them are replaced.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders

from .words import LANGUAGES, preferred_language

if TYPE_CHECKING:
    from gradio.blocks import Block

BUILT_IN = "en"  # the language that the page is built in
BEGIN, END = b"window.gradio_config = ", b";</script>"
# inside a script these would end it or begin a comment
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}
Properties = dict[int, dict[str, Any]]  # number of a component -> what changes of it


def properties(components: list[Block], values: list) -> Properties:
    """What ``values``, outputs of an event for ``components``, make of their properties."""
    changed: Properties = {}
    for component, value in zip(components, values, strict=True):
        if isinstance(value, dict) and value.get("__type__") == "update":
            given = {key: one for key, one in value.items() if key != "__type__"}
        elif isinstance(value, str):
            given = {"value": value}
        else:  # a component in its new state: timers have no words
            continue
        changed.setdefault(component._id, {}).update(given)
    return changed


def translated(page: bytes, lang: str, changed: Properties) -> bytes:
    """The page with other properties; as it was where its script is not found."""
    start, end = page.find(BEGIN), -1
    if start >= 0:
        end = page.find(END, start)
    if end < 0:
        return page
    config = json.loads(page[start + len(BEGIN) : end])
    for component in config.get("components", []):
        component["props"].update(changed.get(component["id"], {}))
    script = json.dumps(config, ensure_ascii=False)
    for sign, escaped in UNSAFE.items():
        script = script.replace(sign, escaped)
    head = page[:start].replace(b'lang="en"', f'lang="{lang}"'.encode(), 1)
    return head + BEGIN + script.encode() + page[end:]


class FirstLanguage:
    """ASGI middleware; asks the Blocks behind the app for ``said(lang)`` -> Properties."""

    def __init__(self, app: Callable) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        """Pass everything on; the page itself in the language of its reader."""
        lang = BUILT_IN
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in ("", "/"):
            lang = preferred_language(Headers(scope=scope).get("accept-language", ""))
        said = getattr(scope["app"].get_blocks(), "said", None) if lang != BUILT_IN else None
        if said is None or lang not in LANGUAGES:
            await self.app(scope, receive, send)
            return
        await self.app(
            scope, receive, _Rewriting(send, lambda page: translated(page, lang, said(lang)))
        )


class _Rewriting:
    """Holds an answer back until it is whole."""

    def __init__(self, send: Callable[[dict], Awaitable[None]], change: Callable) -> None:
        self.send, self.change = send, change
        self.start: dict = {}
        self.body = b""

    async def __call__(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self.change(self.body) if self.start["status"] == 200 else self.body
        headers = MutableHeaders(raw=list(self.start["headers"]))
        headers["content-length"] = str(len(body))
        headers.add_vary_header("Accept-Language")
        await self.send({**self.start, "headers": headers.raw})
        await self.send({"type": "http.response.body", "body": body})
