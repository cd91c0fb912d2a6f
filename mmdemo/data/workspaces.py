"""One visitor's files: a folder that only its secret token opens, with a limit on what it holds."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from ..config import MB
from ..errors import StorageError
from .file_hash import content_hash
from .whole_file import whole_file

_TOKEN = re.compile(r"[0-9a-f]{32}")
_USED = ".used"  # its modification time says when the workspace was last opened
EMPTY_S = 86_400  # every first visit makes a workspace, also that of a search engine
PARTS = ("library", "datasets", "runs", "models", "media")


@dataclass(frozen=True)
class Workspace:
    """The folder of one visitor. ``token`` is the only way back to it: treat it like a password."""

    token: str  # 32 hexadecimal digits, made by the server
    folder: Path
    quota_bytes: int
    free_bytes: int

    def used_bytes(self) -> int:
        """Bytes of all files inside; what vanishes while counting is not counted."""
        return tree_bytes(self.folder)

    def require_room(self, extra_bytes: int) -> None:
        """Raise StorageError unless ``extra_bytes`` more fit the visitor's share and the disk."""
        used = self.used_bytes()
        if used + extra_bytes > self.quota_bytes:
            raise StorageError(
                f"This needs {extra_bytes / MB:.0f} MB, and {used / MB:.0f} of your "
                f"{self.quota_bytes / MB:.0f} MB are in use. Remove videos, datasets or models "
                "that you no longer need.",
                code="storage_quota",
                needed=round(extra_bytes / MB),
                used=round(used / MB),
                limit=round(self.quota_bytes / MB),
            )
        require_disk(self.folder, extra_bytes, self.free_bytes)

    def keep(self, upload: Path, part: str = "media") -> Path:
        """Copy an uploaded file to where it stays; the same content is kept once.

        Raises StorageError when it does not fit.
        """
        target = self.folder / part / (content_hash(upload) + upload.suffix.lower())
        if target.exists():
            return target
        self.require_room(upload.stat().st_size)
        with whole_file(target, upload.name) as making:
            shutil.copyfile(upload, making)
        return target


class Workspaces:
    """All visitors' folders under one root, readable by this user of the computer alone."""

    def __init__(self, root: Path, quota_bytes: int, free_bytes: int) -> None:
        self.root = Path(root)
        self.quota_bytes = quota_bytes
        self.free_bytes = free_bytes

    def open(self, token: str | None) -> Workspace:
        """The workspace of ``token``; a fresh one when there is none of that token."""
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            workspace = self._workspace(token)
            with contextlib.suppress(FileNotFoundError):  # unknown, or swept away
                os.utime(workspace.folder / _USED)
                return workspace
        workspace = self._workspace(secrets.token_hex(16))
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            workspace.folder.mkdir(mode=0o700)
            for part in PARTS:
                (workspace.folder / part).mkdir()
            (workspace.folder / _USED).touch()
        except OSError as error:
            raise StorageError(
                f"No folder could be made for your files ({error.strerror}). Free some space on "
                "the disk, or set MMDEMO_DATA_ROOT to a folder that can be written.",
                code="storage_unwritable",
                reason=error.strerror,
            ) from error
        return workspace

    def sweep(self, older_than_s: float) -> int:
        """Delete workspaces that nobody opened for so long, and after a day those that nobody put
        anything into; how many."""
        gone = 0
        for folder in self.root.glob("*"):
            if not _TOKEN.fullmatch(folder.name):
                continue
            with contextlib.suppress(FileNotFoundError):
                unused_s = time.time() - (folder / _USED).stat().st_mtime
                if unused_s > older_than_s or (unused_s > EMPTY_S and not tree_bytes(folder)):
                    shutil.rmtree(folder, ignore_errors=True)
                    gone += 1
        return gone

    def _workspace(self, token: str) -> Workspace:
        return Workspace(token, self.root / token, self.quota_bytes, self.free_bytes)


def tree_bytes(folder: Path) -> int:
    """Bytes of all files under a folder; links are not followed."""
    total = 0
    for inside, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(inside, name)).st_size
    return total


def require_disk(folder: Path, extra_bytes: int, free_bytes: int) -> None:
    """Raise StorageError unless ``free_bytes`` stay free after writing ``extra_bytes``."""
    free = shutil.disk_usage(folder).free
    if free - extra_bytes < free_bytes:
        raise StorageError(
            f"The disk is nearly full: {free / MB:.0f} MB are free, and {free_bytes / MB:.0f} MB "
            "must stay free. Free some space and try again.",
            code="storage_disk",
            free=round(free / MB),
            limit=round(free_bytes / MB),
        )
