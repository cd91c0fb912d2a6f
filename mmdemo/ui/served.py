"""Files that are handed to the browser: each in a folder of its own that nobody can guess."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from pathlib import Path
from urllib.parse import quote

from .markup import safe
from .words import say


def fresh_path(folder: Path, name: str) -> Path:
    """Where a file for download or for the player is written."""
    own = folder / uuid.uuid4().hex
    own.mkdir(mode=0o700, parents=True)
    return own / name


def tame_name(name: str, suffix: str) -> str:
    """A name for a download: the medium's own, tame, and what it is ("dog-clip.mp4")."""
    stem = re.sub(r"[^\w-]+", "_", Path(name).stem).strip("_")[:60] or "video"
    return f"{stem}-{suffix}"


def link_or_copy(path: Path, target: Path) -> None:
    """The file a second time under another path; it takes no room where links are possible."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


def serve_copy(path: Path, folder: Path) -> Path:
    """The file under a path that may be served."""
    target = fresh_path(folder, path.name)
    link_or_copy(path, target)
    return target


def file_link(path: Path | None, key: str, fresh: bool, lang: str) -> str:
    """A link to a file that was made; a ``fresh`` one is downloaded at once."""
    if path is None:
        return ""
    now = " data-now" if fresh else ""
    return (
        f'<a href="gradio_api/file={quote(str(path))}" download="{safe(path.name)}"{now}>'
        f"{safe(say(key, lang))}</a>"
    )
