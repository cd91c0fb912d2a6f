"""Which sampled frames of a video are worth keeping, and where one shot ends and the next begins.

Two sampled frames are compared by the mean colours of a 16 x 16 grid: noise and compression vanish
in the means, while a person who walks through a still picture changes some cells a lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

GRID = 16
SAME_CELL = 14.0
"""Two frames are the same when no cell's mean colour (0-255) differs by more than this ..."""
SAME_MEAN = 2.0
"""... and the whole picture by no more than this on average."""
CUT_MEAN = 18.0
"""A cut changes the cells by more than this on average; palmier-pro takes 12 on an 8 x 8 grid of
brightness, which splits handheld film at one frame a second ..."""
CUT_COLOURS = 0.35
"""... and moves this share of the picture to other colours: the camera that turns in one place
changes the cells, but shows much the same colours."""
LONG_S = 20.0
"""A shot that has lasted this long also ends where the camera has wandered off to another place, or
where the picture, having stood still for so long, moves: otherwise an hour without a cut, of a body
camera or of one on a roof, would be a single shot and so a single hit."""
_LEVELS = 4  # of each of red, green and blue


@dataclass(frozen=True)
class KeptFrame:
    """A frame that is stored, for as long as the picture stays the same."""

    time_s: float
    end_s: float
    shot: int  # 0, 1, 2 ... within the video
    picture: Image.Image


@dataclass(frozen=True)
class _Look:
    cells: np.ndarray  # (16, 16, 3) mean colours, 0-255
    colours: np.ndarray  # (64,) share of the picture in each of 4 x 4 x 4 colours

    @classmethod
    def of(cls, picture: Image.Image) -> _Look:
        cells = np.asarray(picture.resize((GRID, GRID), Image.Resampling.BOX), dtype=np.float32)
        small = np.asarray(picture.resize((64, 64), Image.Resampling.BOX), dtype=np.int64)
        levels = small * _LEVELS // 256
        codes = (levels[..., 0] * _LEVELS + levels[..., 1]) * _LEVELS + levels[..., 2]
        return cls(cells, np.bincount(codes.ravel(), minlength=_LEVELS**3) / codes.size)

    def same_as(self, other: _Look) -> bool:
        change = np.abs(self.cells - other.cells)
        return bool(change.max() <= SAME_CELL and change.mean() <= SAME_MEAN)

    def cut_from(self, other: _Look) -> bool:
        moved = np.abs(self.colours - other.colours).sum() / 2
        change = np.abs(self.cells - other.cells).mean()
        return bool(change > CUT_MEAN and moved > CUT_COLOURS)


def kept_frames(
    sampled: Iterable[tuple[float, Image.Image]], every_s: float, duration_s: float
) -> Iterator[KeptFrame]:
    """Frames (time_s, RGB picture), one ``every_s`` seconds -> those that differ, with their shot.

    A frame that looks like the last kept one only makes that one last longer; comparing with the
    kept one, not with the one before, means that a slow change is noticed too. One kept picture is
    in memory at a time.
    """
    kept: tuple[float, Image.Image, _Look] | None = None
    before: _Look | None = None
    began: tuple[float, _Look] | None = None  # the shot's first frame
    shot, time_s = 0, 0.0
    for time_s, picture in sampled:
        look = _Look.of(picture)
        if kept is None:
            kept, began = (time_s, picture, look), (time_s, look)
        elif not look.same_as(kept[2]):
            yield KeptFrame(kept[0], time_s, shot, kept[1])
            stood_s, lasted_s = time_s - kept[0], time_s - began[0]
            wandered = lasted_s >= LONG_S and look.cut_from(began[1])
            if look.cut_from(before) or wandered or stood_s >= LONG_S:
                shot, began = shot + 1, (time_s, look)
            kept = (time_s, picture, look)
        before = look
    if kept is not None:
        end_s = max(kept[0], min(time_s + every_s, duration_s))
        yield KeptFrame(kept[0], end_s, shot, kept[1])
