"""What a person drops in: one zip, several files, or a folder whose paths the browser kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import gradio as gr

from ..errors import DatasetError
from .served import fresh_path, link_or_copy

# web/folder.js writes the path of a file inside its folder into its name, with this instead of "/"
SEPARATOR = "∕"
Upload = tuple[str, Path]  # name as the person's computer has it, where it lies now


class DatasetInput(gr.File):
    """A gr.File that also hands over the original names; a dataset's table speaks of those."""

    is_template = True  # it looks like gr.File in the browser

    def preprocess(self, payload: object) -> list[Upload]:
        """(original name, path) of every upload; Gradio has checked that they are uploads."""
        files = getattr(payload, "root", payload)
        files = files if isinstance(files, list) else [files] if files else []
        return [(file.orig_name or Path(file.path).name, Path(file.path)) for file in files]


def is_archive(uploads: Sequence[Upload]) -> bool:
    """Whether this is a dataset as one zip, to which nothing can be added."""
    return len(uploads) == 1 and uploads[0][0].lower().endswith(".zip")


def inside(name: str) -> PurePosixPath:
    """The place of a file in its dataset. DatasetError for a name that leads out of it."""
    parts = [part.strip() for part in name.replace(SEPARATOR, "/").replace("\\", "/").split("/")]
    parts = [part for part in parts if part not in ("", ".")]
    if not parts or ".." in parts or any("\0" in part or ":" in part for part in parts):
        raise DatasetError(
            f'The file name "{name[:80]}" cannot be used. Rename the file and add it again.',
            code="upload_name",
            name=name[:80],
        )
    return PurePosixPath(*parts)


def as_dataset(uploads: Sequence[Upload], folder: Path) -> tuple[Path, str]:
    """(what to read, what to call it): the one file as it is, several files as one folder."""
    if not uploads:
        raise DatasetError(
            "There is no dataset yet: add a zip, a table with its files, or a folder.",
            code="upload_none",
        )
    first = inside(uploads[0][0])
    if len(uploads) == 1 and len(first.parts) == 1:
        return uploads[0][1], first.stem
    root = fresh_path(folder, "dataset")
    for name, path in uploads:
        target = root.joinpath(*inside(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():  # the same name twice: the first one counts
            link_or_copy(path, target)
    tops = {inside(name).parts[0] for name, _ in uploads}
    return root, tops.pop() if len(tops) == 1 else "dataset"
