"""Clips made on the spot with imageio-ffmpeg's ffmpeg, each builder named after its case."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
from PIL import Image


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg on test material that we made ourselves."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True, timeout=120)


def clip_of(pictures: Sequence[Image.Image], path: Path, fps: str = "10", *options: object) -> Path:
    """A clip with one picture per frame; x264 unless the options say otherwise."""
    width, height = pictures[0].size
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo"]
    command += ["-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", fps, "-i", "-"]
    defaults = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    data = b"".join(picture.convert("RGB").tobytes() for picture in pictures)
    command += [*(map(str, options) if options else defaults), str(path)]
    subprocess.run(command, input=data, check=True, timeout=120)
    return path


def clock_clip(path: Path, fps: str, seconds: int, *options: object) -> Path:
    """Grey clip whose brightness tells the second: second n has the grey value 20 + 10 n.

    The frame that starts at or after n seconds is the first with the new grey.
    """
    rate = Fraction(fps)
    total = round(seconds * rate)
    greys = [20 + 10 * int(Fraction(number) / rate) for number in range(total)]
    pictures = [Image.new("RGB", (64, 48), (grey, grey, grey)) for grey in greys]
    return clip_of(pictures, path, fps, *options)


def test_card(path: Path, seconds: float = 2, size: str = "160x120", *options: object) -> Path:
    """ffmpeg's moving test card with a tone, H.264 and AAC unless the options say otherwise."""
    sources = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=10:duration={seconds}"]
    sources += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    defaults = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    ffmpeg(*sources, *(options or defaults), path)
    return path


test_card.__test__ = False  # a builder, whatever its name says to pytest


def turned_clip(path: Path, degrees: int) -> Path:
    """A 160 x 120 clip, red over blue when upright, stored with a rotation mark."""
    picture = Image.new("RGB", (160, 120), "red")
    picture.paste("blue", (0, 60, 160, 120))
    stored = picture.rotate(degrees, expand=True)  # the mark turns it back
    flat = clip_of([stored] * 5, path.with_suffix(".flat.mp4"))
    ffmpeg("-display_rotation", degrees * -1 % 360, "-i", flat, "-c", "copy", path)
    return path


def sound_only(path: Path) -> Path:
    """An MP4 with a tone and no picture track."""
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", path)
    return path


def cut_short(source: Path, path: Path, share: float) -> Path:
    """The first part of a file's bytes, as a broken download leaves it."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
