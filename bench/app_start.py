"""The real app in its own process: time to page up and to the first answer, and memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mmdemo.config import ROOT

PATIENCE_S = 180
QUESTION = "I am so happy that you came!"


@dataclass(frozen=True)
class AppStart:
    """Seconds since the process started, and resident memory in bytes."""

    page_s: float
    answer_s: float
    idle_bytes: int  # page up, model perhaps still loading
    ready_bytes: int  # after the first answer


def measure_app(patience_s: float = PATIENCE_S) -> AppStart:
    """Start app.py, wait for the page, ask one question through its public interface."""
    import gradio_client  # noqa: F401 - seconds of import that are not the app's

    start = time.perf_counter()
    with running_app() as (process, url):
        wait_for_page(process, url, start + patience_s)
        page_s, idle = time.perf_counter() - start, resident_bytes(process.pid)
        ask(url)
        return AppStart(page_s, time.perf_counter() - start, idle, resident_bytes(process.pid))


@contextmanager
def running_app() -> Iterator[tuple[subprocess.Popen, str]]:
    """app.py on a free port, stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "MMDEMO_HOST": "127.0.0.1",
            "MMDEMO_PORT": str(port),
            "MMDEMO_DATA_ROOT": str(Path(folder) / "data"),
            "GRADIO_TEMP_DIR": str(Path(folder) / "gradio"),
            "GRADIO_ANALYTICS_ENABLED": "False",
        }
        log = open(Path(folder) / "log", "w+", encoding="utf-8")  # noqa: SIM115 - closed below
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
        process.log = log
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()


def wait_for_page(process: subprocess.Popen, url: str, deadline: float) -> None:
    """Return when the page answers. Raises RuntimeError when the app ends or takes too long."""
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            process.log.seek(0)
            raise RuntimeError(
                f"app.py ended with code {process.returncode}:\n{process.log.read()}"
            )
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                if page.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the page did not come up in time")


def ask(url: str) -> None:
    """One sentence through the app's public interface; waits while the model still loads."""
    from gradio_client import Client

    client = Client(url, verbose=False, analytics_enabled=False)
    described = client.view_api(return_format="dict", print_info=False)
    others = described["named_endpoints"]["/read"]["parameters"][1:]  # picture, model, language
    client.predict(QUESTION, *(p["parameter_default"] for p in others), api_name="/read")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process (Linux), 0 where /proc does not exist."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
