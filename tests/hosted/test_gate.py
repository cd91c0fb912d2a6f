"""What is refused before Gradio sees it."""

import json

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from mmdemo.config import Settings
from mmdemo.ui import gate
from mmdemo.ui.gate import Gate


def client(folder, **limits) -> TestClient:
    """A server behind the gate that answers everything with the size of the body it got."""

    async def answer(request):
        return JSONResponse({"got": len(await request.body())})

    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    settings = Settings(**{"workspace_bytes": 1000, "free_bytes": 0, **limits})
    middleware = [Middleware(Gate, settings=settings, folder=folder)]
    return TestClient(Starlette(routes=routes, middleware=middleware))


NEEDED = ["/", "/config", "/theme.css", "/assets/index.js", "/gradio_api/info",
          "/gradio_api/queue/data?session_hash=x", "/gradio_api/heartbeat/abc",
          "/gradio_api/file=/tmp/a.png", "/gradio_api/call/read/abc", "/gradio_api/startup-events",
          "/gradio_api/upload_progress?upload_id=x"]  # fmt: skip
REFUSED = ["/gradio_api/deep_link?session_hash=abc", "/gradio_api/run/read", "/gradio_api/api/read",
           "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/component_server",
           "/gradio_api/process_recording", "/gradio_api/vibe-edit/", "/gradio_api/dev/reload",
           "/gradio_api/mcp/", "/gradio_api/stream/a/b/c/playlist.m3u8", "/monitoring",
           "/monitoring/summary", "/runs", "/gradio_api/queue/joining"]  # fmt: skip


@pytest.mark.parametrize("path", NEEDED)
def test_what_the_page_needs_passes(tmp_path, path):
    answer = client(tmp_path).get(path)
    assert answer.status_code == 200 and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", REFUSED)
def test_everything_else_is_not_there(tmp_path, path):
    here = client(tmp_path)
    assert here.get(path).status_code == 404 and here.post(path).status_code == 404


@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest", "HTTPS://a.b/c", "//a.b/c", "ftp://a/b", " http://a"]
)
def test_no_address_is_fetched(tmp_path, place):
    here = client(tmp_path)
    assert here.get(f"/gradio_api/file={place}").status_code == 403
    data = [None, {"inside": [{"path": place, "meta": {"_type": "gradio.FileData"}}]}]
    for path in ("/gradio_api/queue/join", "/gradio_api/call/read", "/gradio_api/call/v2/read"):
        answer = here.post(path, json={"data": data})
        assert answer.status_code == 403 and "not fetched" in answer.json()["error"]


def test_an_ask_passes_whole_and_a_sentence_may_name_an_address(tmp_path):
    body = json.dumps({"data": ["see http://a.b/c", {"path": "/tmp/served/a.png"}]}).encode()
    answer = client(tmp_path).post("/gradio_api/queue/join", content=body)
    assert answer.json() == {"got": len(body)}


@pytest.mark.parametrize("body", [b"no json", b"\xff\xfe", b"[" * 100_000])
def test_an_ask_that_is_no_json_is_refused(tmp_path, body):
    assert client(tmp_path).post("/gradio_api/queue/join", content=body).status_code == 400


def test_an_ask_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "ASK_BYTES", 1000)
    here = client(tmp_path)
    assert here.post("/gradio_api/queue/join", json=["x" * 900]).status_code == 200
    assert here.post("/gradio_api/queue/join", json=["x" * 1000]).status_code == 413


def test_an_upload_is_bounded_by_what_a_visitor_may_keep(tmp_path):
    here = client(tmp_path, workspace_bytes=2 * gate.MB)
    assert here.post("/gradio_api/upload", content=bytes(1000)).json() == {"got": 1000}
    answer = here.post("/gradio_api/upload", content=bytes(2 * gate.MB + 1))
    assert answer.status_code == 413 and "2 MB can be uploaded" in answer.json()["error"]


def test_an_upload_of_unknown_size_is_refused(tmp_path):
    parts = (bytes(10) for _ in range(3))
    assert client(tmp_path).post("/gradio_api/upload", content=parts).status_code == 411


def test_nothing_is_uploaded_to_a_disk_that_is_nearly_full(tmp_path):
    here = client(tmp_path, free_bytes=1 << 60)
    answer = here.post("/gradio_api/upload", content=bytes(10))
    assert answer.status_code == 507 and "nearly full" in answer.json()["error"]
    assert here.get("/").status_code == 200, "what needs no room goes on"
