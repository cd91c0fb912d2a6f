"""A range of a video as a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ...config import Limits
from ...data import transcode
from ...data.video import VideoInfo, fitted_size, probe, sample_frames
from ...errors import MediaError, StoppedError
from ...types import Progress

SHORTEST_S = 0.2


def write_clip(
    path: Path,
    span: tuple[float, float],
    out: Path,
    *,
    limits: Limits,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """``span`` (start_s, end_s) of a video as an H.264 MP4 with its sound.

    Encoded anew, so it begins at the very frame. ``out`` appears whole or not at all. The file is
    only ever read by our own bounded ffmpeg; moviepy gets decoded frames and encodes them.
    """
    info = probe(path, limits)
    start_s, end_s = max(0.0, span[0]), min(span[1], info.duration_s)
    if end_s - start_s < SHORTEST_S:
        raise MediaError(
            f"The clip would be shorter than {SHORTEST_S:g} seconds. Move its ends apart.",
            code="clip_short",
            least=SHORTEST_S,
        )
    stop = should_stop or (lambda: False)
    report = progress or (lambda fraction, what: None)
    with transcode.whole_or_nothing(out) as folder:
        silent = folder / "silent.mp4"
        frames = _Frames(path, info, (start_s, end_s), limits)
        try:
            frames.encode(silent, lambda share: report(0.9 * share, f"Cutting {path.name}"), stop)
        except OSError as error:
            raise transcode.unwritable() from error
        transcode.add_sound(
            silent, path, folder / "result.mp4",
            duration_s=end_s - start_s, start_s=start_s, should_stop=stop,
        )  # fmt: skip
    report(1.0, f"Saved {out.name}")
    return out


class _Frames:
    """The frames of a range in order, as moviepy asks for them."""

    def __init__(
        self, path: Path, info: VideoInfo, span: tuple[float, float], limits: Limits
    ) -> None:
        self.path, self.span, self.limits = path, span, limits
        self.fps = min(info.fps or 25.0, transcode.MOST_FPS)
        self.side = max(fitted_size(info.width, info.height, transcode.MOST_SIDE))
        self._at, self._frame = -1.0, None

    def encode(self, out: Path, report: Callable[[float], None], stop: Callable[[], bool]) -> None:
        """Write the range without sound."""
        start_s, end_s = self.span
        length = end_s - start_s
        source = sample_frames(
            self.path,
            self.fps,
            max_side=self.side,
            limits=self.limits,
            start_s=start_s,
            end_s=end_s,
            should_stop=stop,
        )

        def frame_at(time_s: float) -> np.ndarray:
            if stop():
                raise StoppedError("Stopped; no video was written.", code="video_write_stopped")
            report(time_s / length)
            return self._until(source, start_s + time_s)

        try:
            transcode.write_silent(frame_at, out, fps=self.fps, duration_s=length, crf=21)
        finally:
            source.close()

    def _until(self, source: Iterator, time_s: float) -> np.ndarray:
        """The frame on the screen at ``time_s``; the last one where the picture ends early."""
        while self._frame is None or self._at + 0.5 / self.fps < time_s:
            found = next(source, None)
            if found is None:
                break
            self._at, self._frame = found[0], np.asarray(found[1])
        if self._frame is None:
            raise MediaError(
                f"{self.path.name} shows no picture in that range. Choose another one.",
                code="clip_no_picture",
                name=self.path.name,
            )
        return self._frame
