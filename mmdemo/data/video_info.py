"""What a video file is, read from ffmpeg's own description; every refusal is one clear sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..config import MB, Limits
from ..errors import MediaError
from ..render import clock
from . import ffmpeg
from .names import called
from .sniff import KIND_WORDS, read_head, sniff_bytes

_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]", b"[Reference]")
_READ = frozenset({"mp4", "mov", "matroska", "avi"})
_KINDS = "MP4, MOV, WebM, MKV and AVI are read"


@dataclass(frozen=True)
class VideoInfo:
    """One video file. Width and height are as a player shows it: upright, with square pixels."""

    duration_s: float
    width: int
    height: int
    fps: float  # average frames a second
    rotation: int  # degrees clockwise that were applied to get upright: 0, 90, 180 or 270
    has_audio: bool
    codec: str  # ffmpeg's name: "h264", "hevc", "vp9", "av1", ...
    container: str = ""  # "mp4", "webm" or "avi": the family, by content
    pixel_format: str = ""  # "yuv420p"; "yuv420p10le" is 10-bit


def probe(path: Path, limits: Limits) -> VideoInfo:
    """What the file is, or MediaError saying what is wrong with it and what to do."""
    _check_file(path, limits)
    try:
        _, _, report = ffmpeg.run(ffmpeg.input_arguments(path))
    except ffmpeg.FfmpegTimeout as error:
        raise slow(path) from error
    report = report.replace(str(path.absolute()), "")  # a file name must not pose as a stream
    if huge := _HUGE.search(report):
        raise _too_large(path, int(huge[1]), int(huge[2]))
    info = _parse(path, report)
    if info.duration_s <= 0:
        info = replace(info, duration_s=_measure_duration(path))
    _check_limits(path, info, limits)
    return info


_STREAM = re.compile(r"^  Stream #0:(\d+)\S*: (Video|Audio): (.*)$", re.MULTILINE)
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", re.MULTILINE)
_SIZE = re.compile(r"(?:^|, )(\d+)x(\d+)(?: \[?SAR (\d+):(\d+))?")
_FPS = re.compile(r", ([\d.]+)(k?) (?:fps|tbr)")
_HUGE = re.compile(r"Picture size (\d+)x(\d+) exceeds")
_ROTATION = re.compile(r"rotation of (-?[\d.]+) degrees")


def _parse(path: Path, report: str) -> VideoInfo:
    header = re.search(r"^Input #0, ([\w,]+), from", report, re.MULTILINE)
    if header is None:
        raise _not_a_video(path, report)
    streams = list(_STREAM.finditer(report))
    video = next((s for s in streams if s[2] == "Video" and "(attached pic)" not in s[3]), None)
    if video is None:
        raise MediaError(
            f"{called(path)} has sound but no moving picture. Choose a video that shows something."
            if streams
            else f"{called(path)} holds no video. Export it again as MP4.",
            code="video_no_picture",
            name=called(path),
        )
    size = _SIZE.search(video[3])
    if size is None or int(size[1]) * int(size[2]) == 0:
        raise unreadable(path)
    following = [s.start() for s in streams if s.start() > video.start()]
    details = report[video.start() : following[0] if following else len(report)]
    length = _DURATION.search(report)
    seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0.0
    turned = _ROTATION.search(details)
    rotation = round(-float(turned[1]) / 90) * 90 % 360 if turned else 0
    width, height = _display_size(*(int(v) if v else 0 for v in size.groups()))
    if rotation in (90, 270):
        width, height = height, width
    pace = _FPS.search(video[3])
    return VideoInfo(
        duration_s=seconds,
        width=width,
        height=height,
        fps=float(pace[1]) * (1000 if pace[2] else 1) if pace else 25.0,
        rotation=rotation,
        has_audio=any(s[2] == "Audio" for s in streams),
        codec=re.match(r"\w+", video[3])[0],
        container={"mov": "mp4", "matroska": "webm"}.get(header[1].split(",")[0], "avi"),
        pixel_format=_pixel_format(video[3]),
    )


def _display_size(width: int, height: int, sar_x: int, sar_y: int) -> tuple[int, int]:
    """Size with square pixels, as players compute it: the width follows the sample aspect ratio."""
    if sar_x and sar_y and sar_x != sar_y and 1 / 4 < sar_x / sar_y < 4:
        width = round(width * sar_x / sar_y)
    return width, height


def _pixel_format(described: str) -> str:
    found = re.search(r", (\w*(?:yuv|rgb|bgr|gray|gbr|nv12|pal)\w*)", described)
    return found[1] if found else ""


def _measure_duration(path: Path) -> float:
    """Seconds until the last packet ends, by reading the file without decoding it."""
    arguments = ["-v", "error", *ffmpeg.input_arguments(path), "-map", "0:V:0", "-c", "copy"]
    try:
        _, report, _ = ffmpeg.run([*arguments, "-progress", "pipe:1", "-f", "null", "-"])
    except ffmpeg.FfmpegTimeout as error:
        raise slow(path) from error
    times = re.findall(r"^out_time_us=(\d+)", report, re.MULTILINE)
    if not times or int(times[-1]) == 0:
        raise unreadable(path)
    return int(times[-1]) / 1e6


# -- refusals ----------------------------------------------------------------------------------


def _check_file(path: Path, limits: Limits) -> None:
    """Refuse what can be refused without ffmpeg: missing, empty, too many bytes, other kinds."""
    name = called(path)
    try:
        head = read_head(path)
        size = path.stat().st_size
    except OSError as error:
        raise MediaError(
            f"{name} could not be opened ({error.strerror}). Choose the video again.",
            code="video_missing",
            name=name,
        ) from error
    if size == 0:
        raise MediaError(
            f"{name} is empty (0 bytes). Export or record it again.", code="video_empty", name=name
        )
    if size > limits.video_bytes:
        given, most = size / MB, limits.video_bytes / MB
        raise MediaError(
            f"{name} has {given:.0f} MB; the limit is {most:.0f} MB. "
            "Cut it, or save it at a lower quality.",
            code="video_bytes",
            name=name,
            megabytes=round(given),
            limit=round(most),
        )
    _check_kind(name, head)


def _check_kind(name: str, head: bytes) -> None:
    """Refuse by the first bytes what is clearly something else than a video."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PLAYLISTS):
        kind = "a playlist (a text that points to other files)"
    elif (sniffed := sniff_bytes(head)) in _READ or sniffed == "unknown":
        return  # ffmpeg decides, within its whitelist
    else:
        kind = KIND_WORDS[sniffed]
    ending = "which is not read here" if kind.endswith("video") else "not a video"
    raise MediaError(
        f"{name} is {kind}, {ending}. {_KINDS}.", code="video_other_kind", name=name, kind=kind
    )


def _check_limits(path: Path, info: VideoInfo, limits: Limits) -> None:
    name = called(path)
    if info.width * info.height > ffmpeg.MAX_PIXELS:
        raise _too_large(path, info.width, info.height)
    if info.duration_s > limits.video_seconds:
        raise MediaError(
            f"{name} is {clock(info.duration_s)} long; the limit is "
            f"{clock(limits.video_seconds)}. Cut it into parts.",
            code="video_seconds",
            name=name,
            length=clock(info.duration_s),
            limit=clock(limits.video_seconds),
        )


def _too_large(path: Path, width: int, height: int) -> MediaError:
    return MediaError(
        f"{called(path)} is {width} x {height} pixels large; up to 4096 x 2304 is read. "
        "Save it smaller.",
        code="video_pixels",
        name=called(path),
        width=width,
        height=height,
    )


def unreadable(path: Path) -> MediaError:
    """The error for a file in which no frame can be decoded."""
    return MediaError(
        f"{called(path)} is damaged: no picture in it can be read. Export or record it again.",
        code="video_damaged",
        name=called(path),
    )


def slow(path: Path) -> MediaError:
    """The error for a file that ffmpeg could not get through in time."""
    return MediaError(
        f"{called(path)} could not be read in time. "
        "Save it again as MP4 (H.264) and try that file.",
        code="video_slow",
        name=called(path),
    )


def _not_a_video(path: Path, report: str) -> MediaError:
    """The error for a file that ffmpeg cannot open at all, by the reason it gave."""
    head = _head(path)
    started = (b"ftyp", b"mdat", b"moov", b"free", b"wide")
    if "moov atom not found" in report and head[4:8] in started:
        return MediaError(
            f"{called(path)} is incomplete: the recording or the copy was cut off before its index "
            "was written. Copy or record it again.",
            code="video_incomplete",
            name=called(path),
        )
    if head.startswith(b"\x1aE\xdf\xa3"):
        return unreadable(path)
    return MediaError(
        f"{called(path)} is not a video that can be read. {_KINDS}.",
        code="video_unknown_kind",
        name=called(path),
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)
