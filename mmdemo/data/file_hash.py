"""What a file is called by its content, so that a renamed or copied file is the same file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .sniff import require_file


def content_hash(path: Path) -> str:
    """32 hexadecimal digits (128 bits of SHA-256) of a file's bytes. OSError if unreadable."""
    require_file(path)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
