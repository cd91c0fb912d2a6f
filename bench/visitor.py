"""A visitor of the running page without a browser: fires its events over HTTP as a browser does.

gradio_client reaches the public endpoints only; most of the page's events are private.
"""

from __future__ import annotations

import http.client
import json
import mimetypes
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 120.0
API = "/gradio_api"
IN_LINE = b"you are number "  # as words_en.py has it


class AskError(Exception):
    """The server refused a request or an event failed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message = status, message

    @property
    def busy(self) -> bool:
        """Whether the server only said that too many are waiting."""
        return self.status == 503 and "queue is full" in self.message.lower()


def request(
    url: str, path: str, body: bytes | None = None, kind: str = "", timeout_s: float = PATIENCE_S
) -> tuple[int, bytes]:
    """(status, body) of one GET, or of one POST where there is a ``body`` of that kind."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout_s)
    try:
        headers = {"Content-Type": kind} if kind else {}
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass(frozen=True)
class Event:
    """One event of the page: its number, the components that it reads and writes."""

    number: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass
class PageMap:
    """What the page tells every browser about itself: fetched once for all visitors."""

    url: str
    config: dict = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, url: str) -> PageMap:
        """Ask a running app."""
        status, body = request(url, "/config")
        if status != 200:
            raise AskError(status, body.decode("utf-8", "replace")[:300])
        return cls(url.rstrip("/"), json.loads(body))

    def __post_init__(self) -> None:
        self.components = {one["id"]: one for one in self.config["components"]}
        self.names = {
            one["props"]["elem_id"]: number
            for number, one in self.components.items()
            if one["props"].get("elem_id")
        }

    def event(self, source: str, name: str, writes: str = "") -> Event:
        """The event ``name`` of a component: its elem_id, or its type ("timer", "page").

        ``writes`` is the elem_id of one of its outputs, where that is not yet unambiguous.
        """
        for one in self.config["dependencies"]:
            fits = any(
                name == event and source in self._called(who) for who, event in one["targets"]
            )
            if fits and (not writes or self.names[writes] in one["outputs"]):
                return self._event(one)
        raise LookupError(f"the page has no event {name} of {source}")

    def after(self, event: Event, step: int = 0) -> Event:
        """What the page fires when an event is done."""
        found = [one for one in self.config["dependencies"] if one["trigger_after"] == event.number]
        return self._event(found[step])

    def _called(self, who: int | None) -> tuple[str, ...]:
        if who is None:
            return ()
        one = self.components.get(who)
        return ("page",) if one is None else (one["props"].get("elem_id") or "", one["type"])

    @staticmethod
    def _event(one: dict) -> Event:
        return Event(one["id"], tuple(one["inputs"]), tuple(one["outputs"]))


class Visitor:
    """One open page. Fires one event at a time; not to be shared between threads."""

    def __init__(self, page: PageMap, token: str | None = None) -> None:
        self.page, self.session = page, secrets.token_hex(6)
        self.values: dict[int, Any] = {
            number: one["props"].get("value") for number, one in page.components.items()
        }
        self.told: list[str] = []  # every message of the last event, for whoever wonders
        self.in_line = 0  # events that told this visitor its place in line
        self._open = http.client.HTTPConnection(urlsplit(page.url).netloc, timeout=PATIENCE_S)
        # a browser holds this line; when it is let go, the server forgets the page in an hour
        self._open.request("GET", f"{API}/heartbeat/{self.session}")
        opened = page.event("page", "load")
        (self._token,) = opened.outputs
        self.values[self._token] = token
        self.fire(opened)

    @property
    def token(self) -> str:
        """What opens this visitor's workspace again."""
        return self.values[self._token]

    def close(self) -> None:
        """Close the page."""
        self._open.close()

    def set(self, elem_id: str, value: object) -> None:
        """Fill in a component."""
        self.values[self.page.names[elem_id]] = value

    def shown(self, elem_id: str) -> Any:
        """What a component shows now."""
        return self.values[self.page.names[elem_id]]

    def upload(self, paths: list[Path], names: list[str] | None = None) -> list[dict]:
        """Send files; what a file component then holds."""
        mark = secrets.token_hex(16)
        parts = []
        names = names or [path.name for path in paths]
        for path, name in zip(paths, names, strict=True):
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            head = (f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"'
                    f"\r\nContent-Type: {kind}\r\n\r\n")  # fmt: skip
            parts += [head.encode(), path.read_bytes(), b"\r\n"]
        body = b"".join([*parts, f"--{mark}--\r\n".encode()])
        status, answer = request(
            self.page.url, f"{API}/upload", body, f"multipart/form-data; boundary={mark}"
        )
        if status != 200:
            raise AskError(status, answer.decode("utf-8", "replace")[:300])
        meta = {"_type": "gradio.FileData"}
        return [
            {"path": place, "orig_name": name, "meta": meta}
            for place, name in zip(json.loads(answer), names, strict=True)
        ]

    def fire(self, event: Event, **event_data: object) -> None:
        """Let an event happen and take over what it answers. Raises AskError."""
        asked = {
            "data": [self.values.get(number) for number in event.inputs],
            "event_data": event_data or None, "fn_index": event.number,
            "session_hash": self.session, "trigger_id": None,
        }  # fmt: skip
        body = json.dumps(asked).encode()
        status, answer = request(self.page.url, f"{API}/queue/join", body, "application/json")
        if status != 200:
            raise AskError(status, answer.decode("utf-8", "replace")[:300])
        done = self._wait(json.loads(answer)["event_id"])
        if not done.get("success"):
            raise AskError(200, str(done.get("output", {}).get("error") or "failed"))
        for number, value in zip(event.outputs, done["output"]["data"], strict=True):
            self._take(number, value)

    def _take(self, number: int, value: object) -> None:
        if isinstance(value, dict) and value.get("__type__") == "update":
            if "value" in value:
                self.values[number] = value["value"]
        else:
            self.values[number] = value

    def _wait(self, event_id: str) -> dict:
        """The last message of an event."""
        self.told, waited = [], False
        line = http.client.HTTPConnection(urlsplit(self.page.url).netloc, timeout=PATIENCE_S)
        try:
            line.request("GET", f"{API}/queue/data?session_hash={self.session}")
            stream = line.getresponse()
            while raw := stream.readline():
                if not raw.startswith(b"data:"):
                    continue
                message = json.loads(raw[5:])
                self.told.append(message["msg"])
                if message["msg"] == "process_generating" and not waited and IN_LINE in raw:
                    self.in_line, waited = self.in_line + 1, True
                if message["msg"] == "process_completed" and message["event_id"] == event_id:
                    return message
                if message["msg"] in ("unexpected_error", "server_stopped"):
                    raise AskError(500, str(message.get("message")))
        finally:
            line.close()
        raise AskError(500, f"the answer never came: {self.told}")
