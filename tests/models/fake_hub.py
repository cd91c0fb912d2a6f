"""A hub of one's own on localhost: folders served as the Hugging Face hub serves repositories, so
that its real client can be tested, with connections that break on demand."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from huggingface_hub import constants

REVISION = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """``repos``: owner/name -> folder. ``break_after``: file -> bytes after which its next answer
    ends. ``requests``: (method, path, Range header) of everything asked."""

    def __init__(self, repos: dict[str, Path]) -> None:
        self.repos, self.break_after, self.requests = repos, {}, []
        self.closed = False
        self.hang = False  # where an answer breaks off, keep the line open instead
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering, on open connections too: as if the network were gone."""
        if self.closed:
            return
        self.closed = True
        self.server.shutdown()
        self.server.server_close()

    def metadata(self, repo: str) -> dict:
        """What /api/models/owner/name?blobs=true answers."""
        files = [
            {"rfilename": p.name, "size": p.stat().st_size, "blobId": etag(p)}
            for p in sorted(self.repos[repo].iterdir())
        ]
        return {
            "id": repo, "modelId": repo, "sha": REVISION, "siblings": files, "private": False,
            "tags": [], "downloads": 0, "cardData": {"license": "mit"},
        }  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # the client left
                    super().handle()

            def log_message(self, *args: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self._answer(body=False)

            def do_GET(self) -> None:
                self._answer(body=True)

            def _answer(self, body: bool) -> None:
                if hub.closed:
                    self.close_connection = True
                    return None
                path = unquote(urlsplit(self.path).path).strip("/")
                hub.requests.append((self.command, path, self.headers.get("Range", "")))
                parts = path.split("/")
                if parts[:2] == ["api", "models"] and "/".join(parts[2:4]) in hub.repos:
                    content = json.dumps(hub.metadata("/".join(parts[2:4]))).encode()
                    return self._send(200, content, {"Content-Type": "application/json"})
                file = hub.repos.get("/".join(parts[:2]), Path("/nowhere")) / parts[-1]
                if len(parts) == 5 and parts[2] == "resolve" and file.is_file():
                    return self._file(file, body)
                return self._send(404, b"", {"X-Error-Code": "RepoNotFound"})

            def _file(self, file: Path, body: bool) -> None:
                content = file.read_bytes()
                headers = {"ETag": f'"{etag(file)}"', "X-Repo-Commit": REVISION,
                           "Accept-Ranges": "bytes"}  # fmt: skip
                status, given = 200, self.headers.get("Range", "")
                if given:
                    start = int(given.removeprefix("bytes=").split("-")[0])
                    headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
                    status, content = 206, content[start:]
                breaks = hub.break_after.pop(file.name, None) if body else None
                self._send(status, content, headers, body, breaks)

            def _send(self, status, content, headers, body=True, breaks=None) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if body and breaks and hub.hang:  # slow, and then it hangs: progress is told
                    half = breaks // 2
                    self.wfile.write(content[:half])
                    time.sleep(0.5)
                    self.wfile.write(content[half:breaks])
                elif body:
                    self.wfile.write(content[:breaks])
                if breaks is not None:
                    while hub.hang and not hub.closed:
                        time.sleep(0.05)
                    self.close_connection = True

        return Handler


@contextlib.contextmanager
def serve_repository(
    repo: str, root: Path, monkeypatch, size: int = 3_000_000
) -> Iterator[FakeHub]:
    """A hub with one repository: weights of ``size`` random bytes, among files not wanted. The
    client talks to it and keeps its cache under ``root``."""
    folder = root / "repo"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(os.urandom(size))
    for name in ("pytorch_model.bin", "modeling.py", "tf_model.h5", "model.fp16.safetensors"):
        (folder / name).write_bytes(b"not wanted")
    (folder / "vocab.txt").write_text("a\nb\n")
    found = FakeHub({repo: folder})
    template = found.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", found.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(root / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    try:
        yield found
    finally:
        found.close()


def etag(file: Path) -> str:
    """What names a file's content on the hub."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
