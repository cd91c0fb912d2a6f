"""An upload -> a folder of its own in the workspace, unpacked and never changed afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...config import MB, Limits
from ...data.archive import claimed_bytes, extract_zip
from ...data.dataset import read_dataset
from ...data.junk import is_junk
from ...data.names import called, shown
from ...data.sniff import sniff
from ...data.tables import TABLE_BYTES, TABLE_SUFFIXES, other_table
from ...data.whole_file import disk_full, is_full
from ...data.workspaces import Workspace
from ...errors import DatasetError, MmdemoError
from ...types import Note, Problem
from .folders import DatasetFolder


def take_in(
    workspace: Workspace, folder: DatasetFolder, upload: Sequence[Path], limits: Limits
) -> tuple[Path, tuple[Problem, ...]]:
    """Bring a zip, a table, a folder or several files into ``folder.files``: (what to read there,
    what was left out and why). Raises DatasetError and StorageError."""
    if not upload:
        raise DatasetError(
            "There is no dataset yet: add a zip, a table with its files, or a folder.",
            code="upload_none",
        )
    with _plain_errors(called(upload[0])):
        if len(upload) > 1:
            return _files(workspace, folder, upload, limits)
        path = Path(upload[0])
        if path.is_dir():
            return _tree(workspace, folder, path, limits)
        if _is_zip(path):
            return _zip(workspace, folder, path, limits)
        return _table(workspace, folder, path, limits), ()


def _is_zip(path: Path) -> bool:
    return path.is_file() and not other_table(path) and sniff(path) == "zip"


def _zip(
    workspace: Workspace, folder: DatasetFolder, path: Path, limits: Limits
) -> tuple[Path, tuple[Problem, ...]]:
    workspace.require_room(min(claimed_bytes(path, limits), limits.zip_unpacked_bytes))
    root, problems = extract_zip(path, folder.path, limits)
    root.rename(folder.files)
    return folder.files, problems


def _table(workspace: Workspace, folder: DatasetFolder, path: Path, limits: Limits) -> Path:
    """A lone table. Anything else is refused by the reader before it is copied."""
    if path.suffix.lower() not in TABLE_SUFFIXES or path.stat().st_size > TABLE_BYTES:
        read_dataset(path, limits, folder.path)
    workspace.require_room(path.stat().st_size)
    folder.files.mkdir()
    target = folder.files / _plain_name(path.name)
    shutil.copyfile(path, target)
    return target


def _tree(
    workspace: Workspace, folder: DatasetFolder, root: Path, limits: Limits
) -> tuple[Path, tuple[Problem, ...]]:
    found, problems = [], []
    for inside, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not is_junk((n,)))
        for name in sorted(names):
            path = Path(inside, name)
            relative = path.relative_to(root)
            if is_junk(relative.parts):
                continue
            if path.is_symlink() or not path.is_file():
                name = shown(relative.as_posix())
                what = f"{name} is a link and not a file; add the file itself."
                note = Note("upload_link", what, {"name": name})
                problems.append(Problem.of(name, note, "skipped"))
                continue
            found.append((path, relative))
    _copy(workspace, folder, found, limits)
    return folder.files, tuple(problems)


def _files(
    workspace: Workspace, folder: DatasetFolder, upload: Sequence[Path], limits: Limits
) -> tuple[Path, tuple[Problem, ...]]:
    found, problems, taken = [], [], set()
    for path in map(Path, upload):
        name = _plain_name(path.name)
        note = None
        if _is_zip(path):
            what = f"{name} is an archive; add it alone, or unpack it and add its files."
            note = Note("upload_archive", what, {"name": name})
        elif name.casefold() in taken:
            what = f"{name} was added twice; the first one was kept."
            note = Note("upload_twice", what, {"name": name})
        if note is not None:
            problems.append(Problem.of(name, note, "skipped"))
            continue
        taken.add(name.casefold())
        found.append((path, Path(name)))
    _copy(workspace, folder, found, limits)
    return folder.files, tuple(problems)


def _copy(
    workspace: Workspace, folder: DatasetFolder, found: list[tuple[Path, Path]], limits: Limits
) -> None:
    """Copy (from, relative to) under the limits that a zip has."""
    if len(found) > limits.zip_entries:
        raise DatasetError(
            f"The dataset has {len(found):,} files; up to {limits.zip_entries:,} are read. "
            "Split it or leave files out.",
            code="dataset_files", n=len(found), limit=limits.zip_entries,
        )  # fmt: skip
    size = sum(path.stat().st_size for path, _ in found)
    if size > limits.zip_unpacked_bytes:
        raise DatasetError(
            f"The dataset has {size / MB:.0f} MB; up to {limits.zip_unpacked_bytes / MB:g} MB are "
            "read. Make it smaller, for example with smaller pictures.",
            code="dataset_bytes", size=round(size / MB), limit=limits.zip_unpacked_bytes / MB,
        )  # fmt: skip
    workspace.require_room(size)
    folder.files.mkdir()
    for path, relative in found:
        target = folder.files / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _plain_name(name: str) -> str:
    """A file name without control characters, as long as a file system takes."""
    plain = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in name)
    return plain.encode()[-200:].decode(errors="ignore") or "data"


@contextmanager
def _plain_errors(name: str) -> Iterator[None]:
    """A disk that is full, or a file that cannot be read, as an error for the user."""
    try:
        yield
    except MmdemoError:
        raise
    except OSError as error:
        if is_full(error):
            raise disk_full(name) from error
        raise DatasetError(
            f"{name} cannot be read ({error.strerror or error}). Check it and try again.",
            code="dataset_unreadable", name=name,
        ) from error  # fmt: skip
