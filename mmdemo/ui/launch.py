"""How the page is served: safe settings, an own directory for uploads, theme and styles."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import gradio as gr

from ..config import Settings
from .buttons import WEB, web_file
from .examples import ASSETS

KEEP_S = 86_400  # uploads and exports of a crashed run are deleted after a day
FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Noto Sans CJK SC",
        "PingFang SC", "Microsoft YaHei", "sans-serif"]  # fmt: skip
MONO = ["ui-monospace", "Menlo", "Consolas", "monospace"]


def served_folder(settings: Settings) -> Path:
    """Where uploads and downloads lie; beside the data root, which is never served."""
    return settings.data_root.with_name(settings.data_root.name + "-served")


def prepare_folder(settings: Settings) -> Path:
    """Make the served folder, sweep what an earlier run left, and tell Gradio to use it."""
    folder = served_folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if time.time() - entry.stat().st_mtime > KEEP_S:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    return folder


def page_theme() -> gr.themes.Base:
    """Quiet neutral surfaces, one accent, fonts of the machine itself."""
    return gr.themes.Base(
        primary_hue="violet", neutral_hue="slate", font=FONT, font_mono=MONO,
        text_size="md", radius_size="md", spacing_size="md",
    )  # fmt: skip


def page_styles() -> str:
    """All stylesheets of ``web/``, the one that the others build on first."""
    names = sorted((p.name for p in WEB.glob("*.css")), key=lambda name: (name != "page.css", name))
    return "".join(web_file(name) for name in names)


def launch_options(settings: Settings) -> dict[str, object]:
    """Keyword arguments of ``Blocks.launch``."""
    limit = max(settings.limits.video_bytes, settings.limits.picture_bytes)
    return {
        "server_name": "0.0.0.0" if os.environ.get("SPACE_ID") else settings.host,
        "server_port": settings.port,
        "share": False,
        "show_error": False,
        "max_file_size": limit,
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
        "quiet": True,
    }
