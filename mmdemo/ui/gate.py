"""What stands before Gradio: only the routes that the page needs, bounded bodies, no fetching of
addresses on a visitor's behalf, and room that stays free on the disk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from ..config import MB, Settings

ASK_BYTES = 4 * MB  # of an event without its files: texts, and a menu with many models
# under /gradio_api; the rest (direct calls, deep links, proxies, recordings, server functions of
# components) is not used by the page, and some of it writes files or fetches addresses
ROUTES = re.compile(
    r"/gradio_api/(?:file=|(?:info|app_id|user|token|login_check|startup-events|theme\.css|cancel"
    r"|reset|upload|upload_progress|queue/join|queue/data|queue/status)/?$"
    r"|heartbeat/|call/|custom_component/)"
)
ASKS = ("/gradio_api/queue/join", "/gradio_api/call/")
ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://|\s*//", re.IGNORECASE)
# beside what the page itself needs: pages of others must not guess types or learn addresses here
HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]

Receive = Callable[[], Awaitable[dict]]
Send = Callable[[dict], Awaitable[None]]


class Gate:
    """ASGI middleware; ``folder`` is where uploads are written."""

    def __init__(self, app: Callable, settings: Settings, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.free_bytes = settings.free_bytes
        self.upload_bytes = settings.workspace_bytes  # of all files of one request together

    async def __call__(self, scope: dict, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with a sentence."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await _read(receive, 0)  # a browser that cannot finish sending never sees the answer
        elif scope["path"].startswith(ASKS) and scope["method"] == "POST":
            body = await _read(receive, ASK_BYTES)
            refused, receive = _refused_ask(body), _again(body or b"", receive)
        if refused is None:
            await self.app(scope, receive, _with_headers(send))
            return
        status, detail = refused
        # "error" is where Gradio's own script looks for what to show
        answer = JSONResponse({"detail": detail, "error": detail}, status)
        await answer(scope, receive, _with_headers(send))

    def _refused(self, scope: dict) -> tuple[int, str] | None:
        """(status, reason) by address and headers alone."""
        path = scope["path"]
        if path.startswith(("/monitoring", "/runs")):
            return 404, "There is nothing here."
        if path.startswith("/gradio_api"):
            if not ROUTES.match(path):
                return 404, "There is nothing here."
            if path.startswith("/gradio_api/file=") and ADDRESS.match(path.split("=", 1)[1]):
                return 403, "Files of other sites are not fetched."
        if path.rstrip("/") == "/gradio_api/upload":
            return self._refused_upload(Headers(scope=scope).get("content-length", ""))
        return None

    def _refused_upload(self, length: str) -> tuple[int, str] | None:
        if not length.isdigit():
            return 411, "Say how large the upload is."
        if int(length) > self.upload_bytes:
            most = self.upload_bytes // MB
            return 413, f"This is too much at once: {most} MB can be uploaded together."
        if shutil.disk_usage(self.folder).free - int(length) < self.free_bytes:
            return 507, "The disk is nearly full, so nothing can be uploaded now. Try again later."
        return None


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body, read to its end; None when it is longer than ``most`` bytes."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= most:
            parts.append(part)
    return b"".join(parts) if size <= most else None


def _refused_ask(body: bytes | None) -> tuple[int, str] | None:
    if body is None:
        return 413, f"This is too much: {ASK_BYTES // MB} MB can be asked at once."
    try:
        asked = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return 400, "This is not JSON."
    if any(ADDRESS.match(place) for place in _places(asked)):
        return 403, "Files of other sites are not fetched. Download the file, then upload it."
    return None


def _places(asked: object) -> Iterator[str]:
    """Where the files of a request are said to lie. "url" of an upload is its address here."""
    waiting = [asked]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if isinstance(found.get("path"), str):
                yield found["path"]
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read once more; afterwards whatever comes."""
    given = False

    async def again() -> dict:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send) -> Send:
    async def sending(message: dict) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return sending
