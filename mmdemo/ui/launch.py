"""How the page is served: safe settings, an own directory for uploads, theme and styles."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from ..config import Settings, is_hosted
from .buttons import WEB, web_file
from .examples import ASSETS
from .first_language import FirstLanguage
from .gate import Gate
from .page_script import page_script
from .sessions import keep_sessions_small
from .words import LANGUAGES, say

SESSIONS = 1000  # pages whose answers are kept in memory; the oldest goes
KEEP_S = 86_400  # uploads and exports of a crashed run are deleted after a day
FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Noto Sans CJK SC",
        "PingFang SC", "Microsoft YaHei", "sans-serif"]  # fmt: skip
MONO = ["ui-monospace", "Menlo", "Consolas", "monospace"]


def served_folder(settings: Settings) -> Path:
    """Where uploads and downloads lie; beside the data root, which is never served.

    Not in a bucket: what lies here is of no use after a restart, and a bucket is slow.
    """
    beside = settings.data_root
    if beside.is_relative_to(settings.bucket):
        beside = Path(tempfile.gettempdir()) / beside.name
    return beside.with_name(beside.name + "-served")


def prepare_folder(settings: Settings) -> Path:
    """Make the served folder, sweep what an earlier run left, and tell Gradio to use it."""
    folder = served_folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep_folder(folder)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    return folder


def sweep_folder(folder: Path) -> None:
    """Delete uploads and exports of yesterday, also those that Gradio lost track of."""
    for entry in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - entry.stat().st_mtime > KEEP_S:
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()


def page_theme() -> gr.themes.Base:
    """Quiet neutral surfaces, one accent, fonts of the machine itself."""
    return gr.themes.Base(
        primary_hue="violet", neutral_hue="slate", font=FONT, font_mono=MONO,
        text_size="md", radius_size="md", spacing_size="md",
    )  # fmt: skip


def page_styles() -> str:
    """All stylesheets of ``web/``, the one that the others build on first."""
    names = sorted((p.name for p in WEB.glob("*.css")), key=lambda name: (name != "page.css", name))
    return "".join(web_file(name) for name in names) + upload_words()


def upload_words() -> str:
    """What uploads say, for style sheets: Gradio says it in the browser's language, not ours."""
    rules = []
    for lang in LANGUAGES:
        told = (
            f"--mm-{name}: {json.dumps(say(f'upload.{name}', lang), ensure_ascii=False)}"
            for name in ("drop", "tap", "file", "camera", "paste")
        )
        rules.append(f":root:lang({lang}) {{ {'; '.join(told)} }}")
    return "\n".join(rules)


def served_at(settings: Settings) -> str:
    """The address to serve on."""
    return "0.0.0.0" if is_hosted() else settings.host


def launch_options(settings: Settings) -> dict[str, object]:
    """Keyword arguments of ``Blocks.launch``."""
    limits = settings.limits
    gate = Middleware(Gate, settings=settings, folder=served_folder(settings))
    return {
        "server_name": served_at(settings),
        "server_port": settings.port,
        "share": False,
        "show_error": False,
        "max_file_size": max(limits.video_bytes, limits.zip_bytes, limits.picture_bytes),
        "state_session_capacity": SESSIONS,
        "app_kwargs": {"middleware": [gate, Middleware(FirstLanguage)]},
        "allowed_paths": [str(ASSETS)],
        "blocked_paths": [str(settings.data_root)],
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
        "enable_monitoring": False,
        "run_history": False,
        "footer_links": [],
        "theme": page_theme(),
        "css": page_styles(),
        "head": page_script(),
        "quiet": True,
        # no look at the page before it counts as served: on a busy machine that gave up after 3 s
        "_frontend": False,
    }


def serve(page: gr.Blocks, settings: Settings, **instead: object) -> str:
    """Serve the page in the background; returns its address. ``instead``: other launch options."""
    ask_no_proxy(settings.host)
    _, url, _ = page.launch(prevent_thread_lock=True, **{**launch_options(settings), **instead})
    keep_sessions_small(page)
    return url


def ask_no_proxy(*hosts: str) -> None:
    """Reach this machine directly: Gradio calls itself when it starts, and a proxy that the network
    prescribes knows nothing of us."""
    for name in ("NO_PROXY", "no_proxy"):
        known = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*known, "localhost", "127.0.0.1", *hosts]))
