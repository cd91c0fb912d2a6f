"""One file into the library: sampled, thinned out, encoded and stored in one pass."""

from __future__ import annotations

import contextlib
import io
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from PIL import Image

from ...config import Limits
from ...data.images import load_image
from ...data.library import Library
from ...data.library_frames import Frames
from ...data.library_ledger import Entry
from ...data.shots import KeptFrame, kept_frames
from ...data.video import probe, sample_frames
from ...errors import CheckpointError, StoppedError
from .sources import Source

RATE = 1.0  # sampled frames a second
FRAME_SIDE = 400
"""Longest side of a decoded frame: the encoder reads 256 pixels a side, a thumbnail has 320."""
THUMBNAIL_SIDE = 320
BATCH = 16  # frames encoded at a time
STORED = 256  # frames written at a time
AHEAD = 2 * BATCH  # frames decoded while others are encoded; 30 of 400 x 225 take 8 MB

T = TypeVar("T")
ShouldStop = Callable[[], bool]


class ImageEncoder(Protocol):
    """What indexing needs of a matcher."""

    name: str
    identity: str
    width: int

    def encode_images(self, images: list[Image.Image]) -> np.ndarray:
        """n pictures -> (n, width) of unit length."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What came of one file."""

    state: str  # "indexed", "known" or "renamed"
    before: str = ""  # its name until now, when renamed
    read_s: float = 0.0  # of a video: where its picture ends, and how long it claims to be
    duration_s: float = 0.0


@dataclass
class Watch:
    """How one file's indexing is followed and stopped."""

    progress: Callable[[float], None] = lambda fraction: None  # 0..1 of this file
    should_stop: ShouldStop = lambda: False


@dataclass
class Indexer:
    """Puts files into one library with one model."""

    library: Library
    matcher: ImageEncoder
    limits: Limits
    busy: threading.Lock = field(default_factory=threading.Lock)  # one forward pass at a time

    def index(self, source: Source, watch: Watch) -> Outcome:
        """Index one file unless its content is known.

        Raises MediaError, StorageError, and StoppedError, after which nothing of it counts.
        """
        item = source.item()
        with self.library.claim(item, watch.should_stop) as mine:
            if not mine:
                raise StoppedError(f"Stopped before {source.name}.")
            known = self.library.entry(item, self.matcher.identity)
            if known is not None:
                return self._meet_again(known, source)
            return self._index_new(item, source, watch)

    def _index_new(self, item: str, source: Source, watch: Watch) -> Outcome:
        run_id, kind, duration_s = self.library.new_run(item), source.kind(), 0.0
        if kind == "picture":
            frames = self._picture(source.path)
        else:
            duration_s = probe(source.path, self.limits).duration_s
            frames = self._video(source.path, duration_s, watch)
        count, read_s = self._store(run_id, frames, watch.should_stop)
        model = (self.matcher.name, self.matcher.identity)
        entry = Entry(item, run_id, source.name, str(source.path), kind, duration_s, count, *model)
        self.library.finish(entry)
        return Outcome("indexed", read_s=read_s, duration_s=duration_s)

    def _meet_again(self, known: Entry, source: Source) -> Outcome:
        """Note a new name or place; a copy beside the file we know changes nothing."""
        moved = not Path(known.path).exists()
        renamed = known.name != source.name and (moved or known.path == str(source.path))
        if renamed or moved:
            self.library.rename(known, source.name, str(source.path))
        return Outcome("renamed", before=known.name) if renamed else Outcome("known")

    def _picture(self, path: Path) -> Iterator[KeptFrame]:
        picture = load_image(path, self.limits)
        picture.thumbnail((FRAME_SIDE, FRAME_SIDE))
        yield KeptFrame(0.0, 0.0, 0, picture)

    def _video(self, path: Path, duration_s: float, watch: Watch) -> Iterator[KeptFrame]:
        sampled = sample_frames(
            path,
            RATE,
            max_side=FRAME_SIDE,
            limits=self.limits,
            sparse=True,
            should_stop=watch.should_stop,
        )
        reported = _reporting(sampled, lambda time_s: watch.progress(min(1.0, time_s / duration_s)))
        yield from kept_frames(reported, 1 / RATE, duration_s)

    def _store(
        self, run_id: str, frames: Iterator[KeptFrame], should_stop: ShouldStop
    ) -> tuple[int, float]:
        """Encode and write frames as they come: how many, and when the last one ends."""
        count, end_s, waiting = 0, 0.0, _Rows()
        with contextlib.closing(ahead(frames, AHEAD)) as decoded:
            while batch := list(islice(decoded, BATCH)):
                if should_stop():
                    break
                vectors = self._vectors(batch)
                waiting.take(batch, vectors)
                end_s = batch[-1].end_s
                if len(waiting.times) >= STORED:
                    count += self._write(run_id, waiting)
                    waiting = _Rows()
        if should_stop():
            raise StoppedError("Stopped; what was finished is kept.")
        return count + self._write(run_id, waiting), end_s

    def _vectors(self, batch: list[KeptFrame]) -> np.ndarray:
        with self.busy:
            vectors = self.matcher.encode_images([frame.picture for frame in batch])
        if not np.isfinite(vectors).all():
            raise CheckpointError(
                f'The model "{self.matcher.name}" answers with what is no number: it is damaged. '
                "Choose another one."
            )
        return vectors

    def _write(self, run_id: str, rows: _Rows) -> int:
        if rows.times:
            self.library.append(run_id, self.matcher.identity, rows.frames(), rows.thumbnails)
        return len(rows.times)


@dataclass
class _Rows:
    """Encoded frames that wait to be written together; pictures are already small JPEGs."""

    times: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    shots: list[int] = field(default_factory=list)
    vectors: list[np.ndarray] = field(default_factory=list)
    thumbnails: list[bytes] = field(default_factory=list)

    def take(self, batch: list[KeptFrame], vectors: np.ndarray) -> None:
        """Add a batch and its (n, width) vectors."""
        self.times += [frame.time_s for frame in batch]
        self.ends += [frame.end_s for frame in batch]
        self.shots += [frame.shot for frame in batch]
        self.vectors.append(vectors)
        self.thumbnails += [thumbnail(frame.picture) for frame in batch]

    def frames(self) -> Frames:
        """As the library takes them; the run's id is added there."""
        return Frames(
            np.full(len(self.times), "", dtype=object),
            np.array(self.times),
            np.array(self.ends),
            np.array(self.shots, dtype=np.int32),
            np.concatenate(self.vectors),
            np.zeros(len(self.times), np.uint64),
        )


def thumbnail(picture: Image.Image) -> bytes:
    """A small JPEG."""
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def _reporting(
    sampled: Iterable[tuple[float, Image.Image]], progress: Callable[[float], None]
) -> Iterator[tuple[float, Image.Image]]:
    """The same frames; the time of each is reported first."""
    for time_s, picture in sampled:
        progress(time_s)
        yield time_s, picture


def ahead(items: Iterator[T], most: int) -> Iterator[T]:
    """The same items, worked out in a thread up to ``most`` in advance.

    A pipe from ffmpeg holds less than one frame, so without this decoding would stand still while
    frames are encoded. What the thread raises is raised here; closing ends it.
    """
    ready: queue.Queue = queue.Queue(most)
    closed = threading.Event()

    def put(kind: str, value: object) -> bool:
        while not closed.is_set():
            with contextlib.suppress(queue.Full):
                ready.put((kind, value), timeout=0.1)
                return True
        return False

    def fill() -> None:
        try:
            if all(put("item", item) for item in items):
                put("end", None)
        except BaseException as error:  # goes to whoever reads
            put("error", error)
        finally:
            items.close()

    worker = threading.Thread(target=fill, name="decode-ahead", daemon=True)
    worker.start()
    try:
        while (got := ready.get())[0] != "end":
            if got[0] == "error":
                raise got[1]
            yield got[1]
    finally:
        closed.set()
        worker.join()
