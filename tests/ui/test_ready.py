"""What is said, at once, when no page can be served."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest

from mmdemo.config import ROOT, Settings, load_settings
from mmdemo.errors import MmdemoError
from mmdemo.ui.launch import serve
from mmdemo.ui.ready import check_port, ready_settings


@pytest.fixture
def taken():
    """A port at which somebody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_that_is_taken_is_named_with_another_one(taken):
    with pytest.raises(MmdemoError) as refused:
        check_port(Settings(port=taken))
    assert f"127.0.0.1:{taken}" in str(refused.value)
    assert f"MMDEMO_PORT={taken + 1}" in str(refused.value)
    check_port(Settings(port=0))


@pytest.mark.skipif(sys.platform == "win32", reason="no folder there forbids everybody to write")
def test_a_folder_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMDEMO_DATA_ROOT", str(tmp_path / "file" / "data"))
    monkeypatch.setenv("MMDEMO_PORT", "0")
    with pytest.raises(MmdemoError, match="MMDEMO_DATA_ROOT"):
        ready_settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("PORT", "abc", "'abc'"), ("PORT", "70000", "up to 65,535"), ("VIDEO_BYTES", "-5", "'-5'"),
     ("THREADS", "1.5", "whole number"), ("KEEP_DAYS", "", "''")],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_named(name, value, said):
    with pytest.raises(ValueError, match=f"MMDEMO_{name} must be") as refused:
        load_settings({f"MMDEMO_{name}": value})
    assert said in str(refused.value)


def test_the_app_says_it_in_one_line(taken, tmp_path: Path):
    env = {**os.environ, "MMDEMO_PORT": str(taken), "MMDEMO_DATA_ROOT": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("mmdemo: The page cannot be served")


def test_a_proxy_of_the_network_is_not_asked_for_this_machine(monkeypatch, settings):
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody answers there
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "intranet")
    with gr.Blocks() as page:
        gr.Markdown("here")
    try:
        assert serve(page, settings, server_port=None, app_kwargs={}).startswith("http://127.0.0.1")
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intranet,localhost,127.0.0.1"
    finally:
        page.close(verbose=False)
