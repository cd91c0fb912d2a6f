"""Frames of a video by time, streamed from one bounded ffmpeg process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image

from ..config import Limits
from . import ffmpeg
from .video_info import VideoInfo, probe, slow, unreadable

__all__ = ["VideoInfo", "fitted_size", "frames_at", "probe", "sample_frames"]

LEAST_RATE, MOST_RATE = 0.1, 60.0
"""Sampled frames a second; more than videos have would only repeat them."""
_THREADS = "2"
_SPARSE = ("-skip_frame", "noref")  # 60 s of 720p H.264: 3.2 CPU seconds instead of 5.5


def sample_frames(
    path: Path,
    rate: float,
    *,
    max_side: int,
    limits: Limits,
    start_s: float = 0.0,
    end_s: float | None = None,
    sparse: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[tuple[float, Image.Image]]:
    """``rate`` frames a second of video time as (time_s, upright RGB picture).

    The picture at ``time_s`` is the first frame that starts at that instant or within one frame's
    length after it, else the one still on the screen: with rate 1 the times are 0, 1, 2, ...
    whatever the frame rate of the file, and ten seconds give ten pictures at 29.97 too. One frame
    is in memory at a time. A damaged file ends the frames early; MediaError if there is none at
    all. A ``start_s`` past the end gives no frames.

    ``sparse`` does not decode frames that no other frame needs: about 40 % less work for a second
    of H.264, and a picture may be a few frames older than its time says.
    """
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise ValueError(f"rate must lie between {LEAST_RATE} and {MOST_RATE}, not {rate}")
    info = probe(path, limits)
    span = (start_s, info.duration_s if end_s is None else min(end_s, info.duration_s))
    size = fitted_size(info.width, info.height, max_side)
    # 2 ms less than a frame, because WebM rounds its timestamps to whole milliseconds
    early_s = max(0.0, min(1 / max(info.fps, 1e-3), 0.5 / rate) - 0.002)
    # round=up: output frame n is the last one whose (shifted) timestamp is <= n / rate
    filters = f"setpts=PTS-{early_s:.6f}/TB,fps={rate:.6f}:round=up:start_time=0"
    given = 0
    for block in _raw_frames(path, filters, size, span, should_stop, _SPARSE if sparse else ()):
        time_s = start_s + given / rate
        if end_s is not None and given and time_s >= end_s - 1e-6:
            return
        given += 1
        yield time_s, Image.frombytes("RGB", size, block)
    if not given and start_s == 0 and not (should_stop and should_stop()):
        raise unreadable(path)


def frames_at(
    path: Path,
    fps: float,
    *,
    size: tuple[int, int],
    limits: Limits,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[bytes]:
    """Every frame at a constant ``fps`` as raw RGB bytes of ``size``: what re-encoding needs."""
    info = probe(path, limits)
    span = (0.0, info.duration_s)
    given = False
    for block in _raw_frames(path, f"fps={fps:.6f}:start_time=0", size, span, should_stop):
        given = True
        yield block
    if not given and not (should_stop and should_stop()):
        raise unreadable(path)


def _raw_frames(
    path: Path,
    filters: str,
    size: tuple[int, int],
    span: tuple[float, float],
    should_stop: Callable[[], bool] | None,
    decoding: Sequence[str] = (),
) -> Iterator[bytes]:
    """Blocks of width * height * 3 bytes: the RGB frames that leave ``filters``, scaled."""
    start_s, end_s = span
    width, height = size
    seek = ["-ss", f"{start_s:.6f}"] if start_s > 0 else []
    arguments = ["-v", "error", "-threads", _THREADS, "-t", f"{end_s - start_s + 1:.3f}", *seek]
    arguments += decoding
    arguments += [*ffmpeg.input_arguments(path), "-map", "0:V:0", "-an", "-sn", "-dn"]
    arguments += ["-vf", f"{filters},scale={width}:{height}:flags=area,setsar=1"]
    arguments += ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    # 4 CPU seconds a second of video is 4K AV1; the floor is for starting up and for seeking
    cpu_s = int(120 + 4 * end_s)
    with ffmpeg.started(arguments, cpu_s=cpu_s) as process:
        try:
            yield from ffmpeg.Output(process, should_stop).blocks(width * height * 3)
        except ffmpeg.FfmpegTimeout as error:
            raise slow(path) from error


def fitted_size(width: int, height: int, max_side: int) -> tuple[int, int]:
    """(width, height) scaled down so that the longest side is at most ``max_side``; both even."""
    scale = min(1.0, max_side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
