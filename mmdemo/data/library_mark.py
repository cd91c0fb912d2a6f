"""The file that makes a folder a library."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import LibraryError
from .library_errors import not_a_library, plain_errors
from .whole_file import appearing

MARK = "library.json"
FORMAT = 1


def make_mark(folder: Path) -> None:
    """Make the folder a new library. LibraryError or StorageError if nothing can be written."""
    with plain_errors(folder), appearing(folder / MARK) as making:
        making.write_text(json.dumps({"mmdemo_library": FORMAT}) + "\n", encoding="utf-8")


def check_mark(folder: Path) -> None:
    """LibraryError if the folder is no library, or one of another version."""
    try:
        made = json.loads((folder / MARK).read_text(encoding="utf-8"))["mmdemo_library"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise not_a_library(folder, f"has a damaged {MARK}") from error
    if made != FORMAT:
        raise LibraryError(
            f"The library in {folder.name} was made by another version of mmdemo "
            f"(format {made}, here {FORMAT}). Index into a new folder.",
            code="library_format",
            name=folder.name,
        )
