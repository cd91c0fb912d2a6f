"""Covers: the one stored frame of a video that shows what it is about."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from .library_frames import FrameTable

LOOKED_AT = 5  # frames of a video that are compared, evenly spread
FLAT = 0.5  # a middle frame with less contrast than this share of the best is passed over


def cover_frames(table: FrameTable, runs: Sequence[str]) -> dict[str, bytes]:
    """The JPEG of each run: the frame in its middle, or another one where that is nearly uniform,
    as in a fade from black."""
    frames = table.of_runs(runs)
    times = {run: frames.times[frames.runs == run] for run in runs}
    looked = {run: _spread(of_run) for run, of_run in times.items()}
    stored = table.thumbnails([(run, time_s) for run, few in looked.items() for time_s in few])
    return {run: _choose(stored, run, few) for run, few in looked.items()}


def _spread(times: np.ndarray) -> list[float]:
    """The middle time first, then others from the whole length."""
    if not len(times):
        return []
    places = np.linspace(0, len(times) - 1, LOOKED_AT).round().astype(int)
    return [float(times[place]) for place in dict.fromkeys([len(times) // 2, *places.tolist()])]


def _choose(stored: Mapping[tuple[str, int], bytes], run: str, times: Sequence[float]) -> bytes:
    pictures = [stored.get((run, round(time_s * 1000)), b"") for time_s in times]
    pictures = [picture for picture in pictures if picture]
    if len(pictures) < 2:
        return next(iter(pictures), b"")
    contrasts = [_contrast(picture) for picture in pictures]
    best = max(contrasts)
    return pictures[0] if contrasts[0] >= FLAT * best else pictures[contrasts.index(best)]


def _contrast(jpeg: bytes) -> float:
    """Standard deviation of the grey values, 0..128."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
        return float(np.asarray(picture.convert("L").resize((64, 64))).std())
