"""Files that computers leave behind and no person put into a dataset."""

from __future__ import annotations

from collections.abc import Iterable

_NAMES = frozenset({"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"})


def is_junk(parts: Iterable[str]) -> bool:
    """Whether a path (its folders and name) is such a file, or hidden by a leading dot."""
    return any(part.startswith(".") or part.lower() in _NAMES for part in parts)
