"""A folder of odd media files, made on the spot: ``python -m tests.robust.odd_media FOLDER``.

Each file is named after what is odd about it. ``kind`` says what a reader must make of it: a
"picture", a "video", or "neither", which is refused with a sentence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import media
from tests.robust import odd_pictures, odd_videos

PICTURE, VIDEO, NEITHER = "picture", "video", "neither"
_LONG = "long name " * 30
# names that a program may trip over; each is given to a whole and to a cut picture
NAMES = (
    "<img src=x onerror=alert(1)>.jpg",
    "'\"><script>alert(1)<\u2044script>.jpg",
    "海边的日落 照片.jpg",
    "👨\u200d👩\u200d👧 family 🎉.jpg",
    "صورة من العطلة.jpg",
    "turned \u202egpj.exe",  # shows as "turned exe.jpg"
    "marks \u2067inside\u2069 a name.jpg",
    f"{_LONG[:247]}.jpg",
    f"{'长' * 83}.jpg",  # 83 * 3 + 4 bytes, near the 255 of a file system
    "two\nlines.jpg",
    "tab\tand bell\a.jpg",
    "line\u2028separator.jpg",
    "-i.jpg",
    "--help",
    "picture %03d %s {name} $(touch never) `x`.jpg",
    "concat:a.jpg|b.jpg",
    "http:example.jpg",
    "=cmd()|' -c calc'!A0.jpg",
    "one, two; three.jpg",
    "Cafe\u0301 decomposed.jpg",
    "ends with a dot.jpg.",
    "ends with a blank.jpg ",
    os.fsdecode(b"bytes \xe9\xff that are no text.jpg"),
)
_VIDEO_NAMES = (NAMES[0], NAMES[2], NAMES[3], NAMES[5], NAMES[7], NAMES[9], NAMES[12], NAMES[14],
                NAMES[15], NAMES[22])  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """One file of the corpus."""

    path: Path
    kind: str  # PICTURE, VIDEO or NEITHER
    plain: bool = True  # False: a link, a folder, a pipe

    @property
    def name(self) -> str:
        """The file's name, for a test's id."""
        return self.path.name.encode("ascii", "backslashreplace").decode()


def build(folder: Path, canary: Path, address: str) -> tuple[Odd, ...]:
    """Write all files into ``folder``. Some name ``canary``, a file outside, or ``address``, as
    http://host:port; no reader may open these."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [*_pictures(folder, canary, address), *_videos(folder, canary, address)]
    found += _named(folder, odd_pictures.jpeg(), _cut(), NAMES, PICTURE)
    found += _no_files(folder)
    return tuple(found)


def _write(folder: Path, kind: str, contents: dict[str, bytes]) -> Iterator[Odd]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
        yield Odd(folder / name, kind)


def _pictures(folder: Path, canary: Path, address: str) -> Iterator[Odd]:
    yield from _write(folder, PICTURE, {n: make() for n, make in odd_pictures.WHOLE.items()})
    yield from _write(folder, NEITHER, {n: make() for n, make in odd_pictures.BROKEN.items()})
    yield from _write(folder, NEITHER, odd_pictures.other_formats(canary, address))
    for orientation in range(1, 9):
        path = media.rotated_photo(folder / f"turned {orientation}.jpg", orientation)
        yield Odd(path, PICTURE)


def _videos(folder: Path, canary: Path, address: str) -> Iterator[Odd]:
    made = odd_videos.encode(folder)
    for name, path in made.items():
        yield Odd(path, NEITHER if name in odd_videos.NOT_READ else VIDEO)
    whole, broken = odd_videos.by_hand(made)
    yield from _write(folder, VIDEO, whole)
    yield from _write(folder, NEITHER, broken | odd_videos.texts(canary, address))
    data = made["plain.mp4"].read_bytes()
    names = [name.removesuffix(".jpg")[:240] + ".mp4" for name in _VIDEO_NAMES]
    yield from _named(folder, data, data[: len(data) // 2], names, VIDEO)


def _cut() -> bytes:
    return odd_pictures.BROKEN["cut.jpg"]()


def _named(folder: Path, data: bytes, cut: bytes, names, kind: str) -> Iterator[Odd]:
    """A whole file of each name, and a cut one in a folder beside."""
    beside = folder / "cut"
    beside.mkdir(exist_ok=True)
    for name in names:
        yield from _write(folder, kind, {name: data})
        yield from _write(beside, NEITHER, {name: cut})


def _no_files(folder: Path) -> Iterator[Odd]:
    """What has the name of a picture or a video and is no file."""
    secret = folder.parent / "secret.txt"
    secret.write_text("nobody is told this")
    links = {
        "link to a picture.jpg": ("plain.jpg", PICTURE),
        "link to a video.mp4": ("plain.mp4", VIDEO),
        "link to a secret.jpg": (secret, NEITHER),
        "link to nothing.jpg": ("nothing", NEITHER),
        "link to itself.jpg": ("link to itself.jpg", NEITHER),
        "link without an end.mp4": ("/dev/zero", NEITHER),
        "link to a terminal.jpg": ("/dev/tty", NEITHER),
    }
    for name, (target, kind) in links.items():
        (folder / name).symlink_to(target)
        yield Odd(folder / name, kind, plain=False)
    for name in ("folder.jpg", "folder.mp4"):
        (folder / name).mkdir()
        yield Odd(folder / name, NEITHER, plain=False)
    for name in ("pipe.jpg", "pipe.mp4"):
        os.mkfifo(folder / name)
        yield Odd(folder / name, NEITHER, plain=False)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    corpus = build(target, target.parent / "canary.txt", "http://127.0.0.1:9")
    print(f"{len(corpus)} files in {target}")
