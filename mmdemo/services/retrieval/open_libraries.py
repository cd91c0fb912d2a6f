"""The libraries that are open in this process, and what they hold."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ...config import Limits
from ...data.images import load_image
from ...data.library import Library
from ...data.library_ledger import Entry
from ...data.library_mark import MARK
from ...data.video import sample_frames
from ...errors import LibraryError, MediaError
from .answers import LibraryItem, LibraryView
from .search import Searcher
from .yardstick import Yardstick

OPEN_LIBRARIES = 4  # the least recently used one goes: each may hold 200 MB of vectors
KEY_FRAME_SIDE = 960  # longest side of the key frame that is shown with its regions
READY, OTHER_MODEL = "ready", "other_model"


class OpenLibraries:
    """Opens libraries and keeps a few of them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._libraries: OrderedDict[Path, Library] = OrderedDict()
        self._searchers: dict[Path, Searcher] = {}

    def library(self, folder: Path, *, create: bool = False) -> Library:
        """The library in a folder. Raises LibraryError."""
        key = Path(folder).resolve()
        with self._lock:
            if key not in self._libraries or not (key / MARK).is_file():
                self._libraries[key] = Library.open(Path(folder), create=create)
            self._libraries.move_to_end(key)
            while len(self._libraries) > OPEN_LIBRARIES:
                gone, _ = self._libraries.popitem(last=False)
                self._searchers.pop(gone, None)
            return self._libraries[key]

    def searcher(self, folder: Path, identity: str, yardstick: Yardstick) -> Searcher:
        """What scores the library for queries of one model."""
        key, library = Path(folder).resolve(), self.library(folder)
        with self._lock:
            searcher = self._searchers.get(key)
            if searcher is None or searcher.library is not library or searcher.identity != identity:
                searcher = self._searchers[key] = Searcher(library, identity, yardstick)
            return searcher


def searchable(name: str, entries: Sequence[Entry], identity: str, model: str) -> dict[str, Entry]:
    """Those entries of the library ``name`` that one model made, by item. LibraryError when there
    are none."""
    found = {entry.item: entry for entry in entries if entry.identity == identity}
    if found:
        return found
    versions = {(entry.model, entry.identity) for entry in entries}
    if versions:
        if any(other == model for other, _ in versions):  # trained anew under the same name
            model = f"{model} {identity[:8]}"
            versions = {(f"{other} {made[:8]}", made) for other, made in versions}
        model, others = _title(model), ", ".join(sorted(_title(other) for other, _ in versions))
        raise LibraryError(
            f'The files in the library were indexed with another model ("{others}"; now it is '
            f'"{model}"), and what two models say cannot be compared. Index the files again, or '
            "choose that model.",
            code="library_other_model",
            name=name,
            model=model,
            others=others,
        )
    raise LibraryError(
        "The library is still empty. Add some videos or pictures first.",
        code="library_empty",
        name=name,
    )


def _title(model: str) -> str:
    """A model's name without the folder of this computer that it lies in."""
    return Path(model).name if Path(model).is_absolute() else model


def view(library: Library, identity: str, model: str) -> LibraryView:
    """What a library holds; an item that several models indexed is shown once."""
    latest: dict[str, Entry] = {}
    for entry in library.entries():
        if entry.item not in latest or entry.identity == identity:
            latest[entry.item] = entry
    entries = list(latest.values())
    thumbnails: dict[str, Path] = {}
    for made_by in {entry.identity for entry in entries}:
        runs = [entry.run_id for entry in entries if entry.identity == made_by]
        thumbnails |= dict(zip(runs, library.covers(made_by, runs), strict=True))
    items = tuple(
        LibraryItem(
            id=entry.item,
            name=entry.name,
            kind=entry.kind,
            duration_s=entry.duration_s,
            frames=entry.frames,
            thumbnail=thumbnails[entry.run_id],
            path=Path(entry.path) if Path(entry.path).is_file() else None,
            state=READY if entry.identity == identity else OTHER_MODEL,
        )
        for entry in entries
    )
    return LibraryView(items, model, any(item.state == OTHER_MODEL for item in items))


def source_file(entry: Entry) -> Path:
    """The file of an item. MediaError when it is no longer where it was."""
    if not Path(entry.path).is_file():
        raise MediaError(
            f"{entry.name} is no longer where it was indexed. Add the file again: it is recognised "
            "and nothing is computed anew.",
            code="library_file_gone",
            name=entry.name,
        )
    return Path(entry.path)


def key_frame(entry: Entry, time_s: float, limits: Limits) -> Image.Image:
    """The picture of an item at a time. MediaError when its file is gone or was changed."""
    path = source_file(entry)
    if entry.kind == "picture":
        picture = load_image(path, limits)
        picture.thumbnail((KEY_FRAME_SIDE, KEY_FRAME_SIDE))
        return picture
    around = {"start_s": time_s, "end_s": time_s + 1}
    frames = sample_frames(path, 1.0, max_side=KEY_FRAME_SIDE, limits=limits, **around)
    for _, picture in frames:
        frames.close()
        return picture
    raise MediaError(
        f"{entry.name} shows no picture there any more; index it again.",
        code="library_file_changed",
        name=entry.name,
    )
