"""Where a training keeps what a kill must not cost: a hidden folder beside its output."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from ..data.file_hash import content_hash
from ..data.locks import held, is_held
from ..errors import MmdemoError
from ..types import Sample

LOCK = "lock"


@contextlib.contextmanager
def run_folder(output: Path, samples: Iterable[Sample], options: object) -> Iterator[Path]:
    """The folder of this very training, so that only the same samples, files and options go on
    with it. A block that ends well removes it, and those of earlier trainings for this output that
    were never finished. MmdemoError while another process trains in it.
    """
    output = output.resolve()
    start = f".{output.name}.run-"
    folder = output.parent / (start + _identity(samples, options))
    folder.mkdir(exist_ok=True)
    with held(folder / LOCK) as mine:
        if not mine:
            raise MmdemoError(
                f"The same training is running in another process, which will write {output}. "
                "Wait for it, or name another --output."
            )
        try:
            yield folder
        except BaseException:
            if [path.name for path in folder.iterdir()] == [LOCK]:  # nothing was learned
                shutil.rmtree(folder, ignore_errors=True)
            raise
    for path in output.parent.glob(glob.escape(start) + "*"):
        if not is_held(path / LOCK):
            shutil.rmtree(path, ignore_errors=True)


def _identity(samples: Iterable[Sample], options: object) -> str:
    """Changes with anything that the training learns from. Media count by their bytes: a zip is
    unpacked at another place each time, and a table is edited where it stands."""
    named = cache(_content)
    digest = hashlib.sha256(repr(options).encode())
    for s in samples:
        row = (s.row, s.text, s.labels, s.split, named(s.image), named(s.video))
        digest.update(repr(row).encode())
    return digest.hexdigest()[:12]


def _content(path: Path | None) -> str:
    with contextlib.suppress(OSError):  # training says what is wrong with it
        return content_hash(path) if path else ""
    return "unreadable"
