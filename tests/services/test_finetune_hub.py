"""Pushing to the Hub, against a server of ours that speaks its protocol."""

import base64
import json
import os
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mmdemo.services.finetune.hub import HubUploadError
from mmdemo.services.finetune.service import FinetuneService
from tests.services.finished_run import finished_run, make_settings, make_workspace

TOKEN = "hf_secretOfAnna123"


class FakeHub(BaseHTTPRequestHandler):
    """Takes every file as a part of the commit itself; ``server.status`` refuses."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.asked.append((self.path, self.headers.get("Authorization"), body))
        if self.server.status != 200:
            return self._answer({"error": "no"}, self.server.status)
        if self.path.endswith("/repos/create"):
            name = json.loads(body)["name"]
            return self._answer({"url": f"{self.server.address}/anna/{name}"})
        if "/preupload/" in self.path:
            files = json.loads(body)["files"]
            plain = {"uploadMode": "regular", "shouldIgnore": False}
            return self._answer({"files": [{"path": f["path"], **plain} for f in files]})
        self._answer({"success": True, "commitOid": "1" * 40, "commitUrl": f"{self.path}/c"})

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization"), b""))
        self._answer({}, 404)

    def _answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def fake_hub(monkeypatch, status=200):
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    server.asked, server.status = [], status
    server.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", server.address)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as the app itself runs
    monkeypatch.setenv("HF_TOKEN", "hf_tokenOfTheHost")  # never to be used for a visitor
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return FinetuneService(make_settings(tmp_path_factory.mktemp("hub")))


@pytest.fixture(scope="module")
def workspace(service):
    return make_workspace(service.settings)


@pytest.fixture(scope="module")
def run(workspace):
    return finished_run(workspace)


def test_model_card_and_figures_are_pushed_and_no_sample(service, workspace, run, monkeypatch):
    with fake_hub(monkeypatch) as hub:
        address = service.push_to_hub(workspace, run.id, " anna/gate ", f" {TOKEN}\n")
    assert address == f"{hub.address}/anna/gate"
    posted = [asked for asked in hub.asked if asked[2]]
    create, commit = posted[0], posted[-1]
    made = json.loads(create[2])
    assert made.get("visibility") == "private" or made.get("private") is True
    assert {asked[1] for asked in posted} == {f"Bearer {TOKEN}"}
    assert not any("tokenOfTheHost" in str(asked) for asked in hub.asked)
    lines = [json.loads(line) for line in commit[2].splitlines()]
    lines = [line["value"] for line in lines if line["key"] == "file"]
    pushed = {line["path"]: base64.b64decode(line["content"]) for line in lines}
    model = workspace.folder / "models" / "gate"
    assert set(pushed) == {*os.listdir(model), "labels.json", "metrics.json"}
    assert pushed["config.json"] == (model / "config.json").read_bytes()
    assert pushed["README.md"].startswith(b"---\ntags:\n- mmdemo\n---\n")
    everything = b"".join(pushed.values())
    assert b"angry" not in everything
    assert workspace.token.encode() not in everything
    kept = [p for p in workspace.folder.rglob("*") if p.is_file()]
    assert not any(TOKEN.encode() in path.read_bytes() for path in kept)


def test_a_refusal_is_said_plainly(service, workspace, run, monkeypatch):
    with fake_hub(monkeypatch, status=403), pytest.raises(HubUploadError) as failure:
        service.push_to_hub(workspace, run.id, "bob/gate", TOKEN)
    assert failure.value.code == "hub_denied"
    assert TOKEN not in str(failure.value)


def test_without_a_network_the_zip_is_named_as_the_way_out(service, workspace, run, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(HubUploadError, match="as a zip") as failure:
        service.push_to_hub(workspace, run.id, "anna/gate", TOKEN)
    assert failure.value.code == "hub_offline"


@pytest.mark.parametrize(
    ("repo", "token", "code"),
    [
        ("anna/gate", "", "hub_token"), ("anna/gate", "a b", "hub_token"), ("", TOKEN, "hub_repo"),
        ("../gate", TOKEN, "hub_repo"), ("a/b/c", TOKEN, "hub_repo"),
        ("https://huggingface.co/a/b", TOKEN, "hub_repo"),
    ],
)  # fmt: skip
def test_what_cannot_be_pushed_starts_nothing(
    service, workspace, run, monkeypatch, repo, token, code
):
    def started(*args, **options):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", started)
    with pytest.raises(HubUploadError) as failure:
        service.push_to_hub(workspace, run.id, repo, token)
    assert failure.value.code == code
