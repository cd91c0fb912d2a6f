"""One file of the hub into the hub's cache, going on from what an earlier try left.

huggingface_hub 2 throws a partial file away when the process or the connection ends; half a
gigabyte over a weak line would never arrive.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from huggingface_hub import get_hf_file_metadata, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import WeakFileLock, build_hf_headers
from tqdm import tqdm

from .hub import cache_folder

_SHA256 = re.compile(r"[0-9a-f]{64}")  # the name of large files; small ones are named by git


class BrokenFileError(OSError):
    """What arrived is not what the hub announced."""


def fetch_file(repo: str, name: str, revision: str, bar: type[tqdm]) -> Path:
    """Path of the file in the cache, fetched if need be. ``bar`` is told of every piece."""
    root = cache_folder(repo)
    pointer = root / "snapshots" / revision / name
    if pointer.exists():
        return pointer
    url = hf_hub_url(repo, name, revision=revision)
    found = get_hf_file_metadata(url)
    blob = root / "blobs" / re.sub(r"[^\w.-]", "_", str(found.etag))
    blob.parent.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(root / f"{blob.name}.lock"):
        if not blob.exists():
            _fetch_blob(url, blob, found.size, bar)
    pointer.parent.mkdir(parents=True, exist_ok=True)
    _point(pointer, blob)
    return pointer


def _fetch_blob(url: str, blob: Path, size: int | None, bar: type[tqdm]) -> None:
    """Append to the partial file until it is whole, check it, and give it its name."""
    part = blob.with_name(f"{blob.name}.part")
    with _opened(part) as file:
        here = file.seek(0, os.SEEK_END)
        if size is not None and here > size:
            here = file.truncate(0)
            file.seek(0)
        http_get(
            url, file, resume_size=here, headers=build_hf_headers(), expected_size=size,
            tqdm_class=bar,
        )  # fmt: skip
        file.flush()
        os.fsync(file.fileno())
    if _SHA256.fullmatch(blob.name):
        with open(part, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != blob.name:
                part.unlink()
                raise BrokenFileError(f"{url} is not what was announced")
    os.replace(part, blob)


@contextlib.contextmanager
def _opened(part: Path) -> Iterator:
    """The partial file for reading and appending, made if it is not there."""
    part.touch()
    with open(part, "r+b") as file:
        yield file


def _point(pointer: Path, blob: Path) -> None:
    """A link as the hub's cache has them; the file itself where links are not allowed."""
    try:
        os.symlink(os.path.relpath(blob, pointer.parent), pointer)
    except FileExistsError:
        return
    except OSError:
        os.replace(blob, pointer)
