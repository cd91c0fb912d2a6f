"""Writing videos that every browser plays, with ffmpeg under the same limits as reading."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGXFSZ

import numpy as np

from ..config import Limits
from ..errors import MediaError, StoppedError
from ..types import Progress
from . import ffmpeg
from .video import fitted_size
from .video_info import VideoInfo, probe, slow, unreadable

MOST_SIDE = 1280
"""Longest side of what is written: sharp enough for a page, and fast."""
MOST_FPS = 30.0
"""Frames a second of what is drawn frame by frame."""
_ALWAYS_PLAYED = {"mp4": {"h264", "av1", "vp9"}, "webm": {"vp8", "vp9", "av1"}}
_COPIED_TO_MP4 = {"h264", "av1", "vp9"}
_EIGHT_BIT = ("yuv420p", "yuvj420p")
_H264 = [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-crf",
    "23",
    "-pix_fmt",
    "yuv420p",
    "-threads",
    "2",
]
_SOUND = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
_FULL = ("No space left", "File too large", "Disk quota")
_MP4 = ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"]


@contextmanager
def whole_or_nothing(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` for what is being made; ``result.mp4`` in it becomes ``out``."""
    try:
        making = tempfile.TemporaryDirectory(prefix=".making-", dir=out.parent)
    except OSError as error:
        raise unwritable() from error
    with making as folder:
        yield Path(folder)
        os.replace(Path(folder) / "result.mp4", out)


def is_playable(path: Path, info: VideoInfo) -> bool:
    """True when current browsers play the file as it is."""
    suffixes = {"mp4": (".mp4", ".m4v"), "webm": (".webm",)}.get(info.container, ())
    return path.suffix.lower() in suffixes and _is_played(info, info.container)


def _is_played(info: VideoInfo, container: str) -> bool:
    played = info.codec in _ALWAYS_PLAYED.get(container, set())
    return played and (info.codec != "h264" or info.pixel_format in _EIGHT_BIT)


def browser_copy(
    path: Path,
    out: Path,
    limits: Limits,
    *,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """``path`` itself if browsers play it, else ``out``, an MP4 made from it.

    H.264, AV1 and VP9 in another container are only repacked; the rest is encoded again.
    """
    info = probe(path, limits)
    if is_playable(path, info):
        return path
    if info.codec in _COPIED_TO_MP4 and _is_played(info, "mp4"):
        picture = ["-c:v", "copy"]
    else:
        width, height = fitted_size(info.width, info.height, MOST_SIDE)
        picture = ["-vf", f"scale={width}:{height},setsar=1", *_H264, "-fpsmax", "60"]
    with whole_or_nothing(out) as folder:
        arguments = [*ffmpeg.input_arguments(path), "-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn"]
        arguments += [*picture, *_SOUND, *_MP4, str(folder / "result.mp4")]
        _run(path, arguments, info.duration_s, progress, should_stop)
    return out


def write_silent(
    frame_at: Callable[[float], np.ndarray], out: Path, *, fps: float, duration_s: float, crf: int
) -> None:
    """``frame_at(time_s)``, (h, w, 3) uint8 and asked for in order, as an H.264 MP4 without sound.

    ``crf`` is x264's quality, lower is better. Raises OSError, and whatever ``frame_at`` raises.
    """
    from moviepy import VideoClip  # a second of import time that only this needs

    clip = VideoClip(frame_at, duration=duration_s)
    try:
        clip.write_videofile(
            str(out),
            fps=fps,
            codec="libx264",
            audio=False,
            preset="superfast",
            threads=2,
            ffmpeg_params=["-crf", str(crf), "-profile:v", "high", "-pix_fmt", "yuv420p"],
            logger=None,
        )
    finally:
        clip.close()


def add_sound(
    silent: Path,
    source: Path,
    out: Path,
    *,
    duration_s: float,
    start_s: float = 0.0,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """``silent``'s picture with ``source``'s sound from ``start_s`` on, if it has any, up to the
    end of the picture."""
    arguments = ["-i", str(silent.absolute()), "-ss", f"{start_s:.6f}"]
    arguments += ffmpeg.input_arguments(source)
    arguments += ["-map", "0:v:0", "-map", "1:a:0?", "-c:v", "copy", *_SOUND]
    arguments += ["-t", f"{duration_s:.3f}", *_MP4, str(out)]
    _run(source, arguments, duration_s, None, should_stop)


def _run(
    path: Path,
    arguments: list[str],
    duration_s: float,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> None:
    """Run a writing ffmpeg to its end, telling progress; MediaError or StoppedError if it fails."""
    shown = ["-v", "error", "-y", "-progress", "pipe:1", "-stats_period", "0.5", "-threads", "2"]
    # x264 veryfast at 1280 takes about a second a second; ten times that is a hang
    most = {"cpu_s": int(120 + 10 * duration_s), "file_bytes": 4 << 30}
    with ffmpeg.started([*shown, *arguments], **most) as process:
        output = ffmpeg.Output(process, should_stop)
        try:
            for chunk in output.chunks():
                done = re.findall(rb"out_time_us=(\d+)", chunk)
                if done and progress:
                    share = min(1.0, int(done[-1]) / 1e6 / max(duration_s, 0.01))
                    progress(share, f"Preparing {path.name}")
        except ffmpeg.FfmpegTimeout as error:
            raise slow(path) from error
        if output.stopped:
            raise StoppedError("Stopped; no video was written.", code="video_write_stopped")
        if process.wait() != 0:
            full = any(words in output.errors for words in _FULL) or process.returncode == -SIGXFSZ
            raise unwritable() if full else unreadable(path)


def unwritable() -> MediaError:
    """The error for a video that the disk did not take."""
    return MediaError(
        "The video could not be written. See that the disk has free space, then try again.",
        code="video_write_failed",
    )
