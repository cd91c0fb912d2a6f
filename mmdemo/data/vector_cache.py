"""Vectors of texts and media on disk, by what they were made from and which encoder made them."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from pathlib import Path

import numpy as np

MOST_BYTES = 1024 * 1024 * 1024
_CLEAN_TO = 0.8  # of the bound, so that not every vector past it looks through the whole folder


def text_key(text: str) -> str:
    """What identifies a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class VectorCache:
    """One .npy file per vector in a folder per encoder; each appears by a rename, complete.

    Vectors of another encoder or of other options are never given back, because the folder is named
    by the encoder's identity. A full disk costs the cache, not the work.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.folder = Path(folder)
        self.most_bytes = most_bytes
        self._lock = threading.Lock()

    def get(self, identity: str, key: str) -> np.ndarray | None:
        """The vector, or None when it is not there or damaged."""
        path = self._path(identity, key)
        try:
            vector = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return vector

    def put(self, identity: str, key: str, vector: np.ndarray) -> None:
        """Keep a vector."""
        path = self._path(identity, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.save(file, vector, allow_pickle=False)
                os.replace(temporary, path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError:
            return

    def tidy(self) -> None:
        """Delete the vectors that were made longest ago when there are more than the bound."""
        with self._lock:
            found = []
            for path in self.folder.glob("*/*/*.npy"):
                try:
                    status = path.stat()
                except OSError:
                    continue  # another process tidies too
                found.append((status.st_mtime, status.st_size, path))
            total = sum(size for _, size, _ in found)
            if total <= self.most_bytes:
                return
            for _, size, path in sorted(found, key=lambda entry: entry[0]):
                if total <= _CLEAN_TO * self.most_bytes:
                    break
                path.unlink(missing_ok=True)
                total -= size

    def _path(self, identity: str, key: str) -> Path:
        return self.folder / identity / key[:2] / f"{key}.npy"
