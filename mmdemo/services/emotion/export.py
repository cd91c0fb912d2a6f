"""What a person takes home from a video: the curve as CSV, and an MP4 with the emotion drawn on."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ...config import Limits
from ...data import transcode
from ...data.cells import safe_cell
from ...data.transcode import browser_copy
from ...data.video import VideoInfo, fitted_size, frames_at, probe
from ...data.video_info import slow
from ...data.whole_file import whole_file
from ...errors import MediaError, StoppedError
from ...render import clock
from ...types import Progress, VideoReading
from . import overlay

__all__ = ["browser_copy", "write_annotated_video", "write_curve_csv"]


def write_curve_csv(reading: VideoReading, out: Path) -> Path:
    """One row per sampled instant: time_s, a column per label, face_found, text. Gaps are empty.

    ``out`` appears whole or not at all. Raises StorageError.
    """
    known = [point.probabilities for point in reading.points if point.probabilities]
    if reading.overall is not None:
        known.append(reading.overall.probabilities)
    labels = list(known[0]) if known else []
    with whole_file(out) as part, open(part, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["time_s", *map(_cell, labels), "face_found", "text"])
        for point in reading.points:
            read = point.probabilities or {}
            cells = [f"{read[name]:.4f}" if name in read else "" for name in labels]
            found = "no" if point.face is None else "yes"
            rows.writerow([f"{point.time_s:.3f}", *cells, found, _cell(point.text)])
    return out


def _cell(text: str) -> str:
    """One line of text that a spreadsheet does not run as a formula."""
    return safe_cell(" ".join(text.split()))


def write_annotated_video(
    path: Path,
    reading: VideoReading,
    out: Path,
    *,
    limits: Limits,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """The part of the video that was read, as an H.264 MP4 with emotion, probability and face box.

    Sound is kept. ``out`` appears whole or not at all. The untrusted file is only ever read by our
    own bounded ffmpeg; moviepy gets decoded frames and encodes them.
    """
    if not reading.points:
        raise MediaError(
            f"Nothing of {path.name} was read, so there is nothing to draw. Read it first.",
            code="video_nothing_read",
            name=path.name,
        )
    info = probe(path, limits)
    duration_s = covered_s(info, reading)
    stop = should_stop or (lambda: False)
    with transcode.whole_or_nothing(out) as folder:
        silent = folder / "silent.mp4"
        frames = _Drawn(path, info, reading, limits, (progress, stop))
        try:
            length_s = max(duration_s, 1 / frames.fps)
            transcode.write_silent(frames.at, silent, fps=frames.fps, duration_s=length_s, crf=23)
        except OSError as error:
            raise transcode.unwritable() from error
        finally:
            frames.close()
        transcode.add_sound(
            silent, path, folder / "result.mp4", duration_s=duration_s, should_stop=stop
        )
    if progress is not None:
        progress(1.0, f"Saved {out.name}")
    return out


def covered_s(info: VideoInfo, reading: VideoReading) -> float:
    """Seconds of the video that were read: all of it, unless it was stopped or is damaged."""
    return min(info.duration_s, reading.points[-1].time_s + 1 / reading.rate)


class _Drawn:
    """The video's frames in order, with the drawing on them, as moviepy asks for them."""

    def __init__(
        self,
        path: Path,
        info: VideoInfo,
        reading: VideoReading,
        limits: Limits,
        watch: tuple[Progress | None, Callable[[], bool]],
    ) -> None:
        self.size = fitted_size(info.width, info.height, transcode.MOST_SIDE)
        # two decimals, because moviepy tells its encoder no more and the sound would drift away
        self.fps = round(min(transcode.MOST_FPS, max(1.0, info.fps)), 2)
        self._path, self._reading = path, reading
        self._duration_s = covered_s(info, reading)
        self._scale = self.size[0] / info.width
        self._progress, self._stop = watch
        self._source: Iterator[bytes] = frames_at(path, self.fps, size=self.size, limits=limits)
        self._index, self._frame = -1, np.zeros((self.size[1], self.size[0], 3), np.uint8)
        self._deadline = time.monotonic() + 120 + 10 * info.duration_s  # 1 s a second is usual

    def at(self, time_s: float) -> np.ndarray:
        """Frame (h, w, 3) at a time; times never go back. The last frame stays to the end."""
        wanted = round(time_s * self.fps)
        while self._index < wanted:
            if self._stop():
                raise StoppedError("Stopped; no video was written.", code="video_write_stopped")
            if time.monotonic() > self._deadline:
                raise slow(self._path)
            self._index += 1
            raw = next(self._source, None)
            if raw is not None:
                width, height = self.size
                self._frame = np.frombuffer(raw, np.uint8).reshape(height, width, 3).copy()
                overlay.draw(self._frame, self._reading, self._index / self.fps, self._scale)
            self._tell(float(time_s))
        return self._frame

    def _tell(self, time_s: float) -> None:
        if self._progress is not None and self._index % 10 == 0:
            share = min(1.0, time_s / max(self._duration_s, 0.01))
            doing = f"Drawing {clock(time_s)} of {clock(self._duration_s)}"
            self._progress(share, doing)

    def close(self) -> None:
        """End the decoding process."""
        self._source.close()
