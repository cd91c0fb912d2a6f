"""What is drawn on the frames of an annotated video: the emotion of the moment and the face box."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...render import emotion_color
from ...types import Box, TimePoint, VideoReading

_PLATE = (17, 17, 17)
_INK = (255, 255, 255)
_NO_FACE = "no face"


def point_at(reading: VideoReading, time_s: float) -> TimePoint | None:
    """The sampled point nearest to an instant; None beyond what was read."""
    index = round(time_s * reading.rate)
    index = min(index, len(reading.points) - 1)
    if index < 0 or time_s - reading.points[index].time_s > 1.0 / reading.rate:
        return None
    return reading.points[index]


def box_at(reading: VideoReading, time_s: float) -> Box | None:
    """The face box at an instant, moved evenly between two samples of the same face."""
    near = point_at(reading, time_s)
    if near is None or near.box is None:
        return None
    position = time_s * reading.rate
    first = min(int(position), len(reading.points) - 1)
    before, after = reading.points[first], reading.points[min(first + 1, len(reading.points) - 1)]
    if before.box is None or after.box is None or before.track != after.track:
        return near.box
    share = min(1.0, position - first)
    pairs = zip(before.box, after.box, strict=True)
    left, top, right, bottom = (round(a + (b - a) * share) for a, b in pairs)
    return left, top, right, bottom


def draw(frame: np.ndarray, reading: VideoReading, time_s: float, scale: float) -> None:
    """Draw on ``frame`` (h, w, 3) uint8 in place; ``scale`` is frame pixels per video pixel."""
    point = point_at(reading, time_s)
    if point is None:
        return
    height, width = frame.shape[:2]
    if point.probabilities is None:
        _paste(frame, plate(_NO_FACE, "#7F7F7F", _text_size(height, width)))
        return
    label = max(point.probabilities, key=point.probabilities.__getitem__)
    words = f"{label} {point.probabilities[label] * 100:.0f} %"
    box = box_at(reading, time_s)
    if box is not None:
        _frame_box(frame, tuple(round(side * scale) for side in box), emotion_color(label))
    _paste(frame, plate(words, emotion_color(label), _text_size(height, width)))


def _text_size(height: int, width: int) -> int:
    """Readable on a phone: a fourteenth of the shorter side, never under 12 pixels."""
    return max(12, min(height, width) // 14)


@lru_cache(maxsize=512)
def plate(words: str, color: str, size: int) -> np.ndarray:
    """A dark plate with a stripe of the emotion's colour and the words beside it, (h, w, 3)."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(words)
    edge = max(3, size // 3)
    box = (right - left + 3 * edge + size // 2, size + 2 * edge)
    picture = Image.new("RGB", box, _PLATE)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, size // 2, box[1]), fill=color)
    middle = (size + 2 * edge - (bottom - top)) / 2 - top
    pen.text((size // 2 + edge * 1.5 - left, middle), words, fill=_INK, font=font)
    pen.rectangle((0, 0, box[0] - 1, box[1] - 1), outline=color, width=max(1, size // 12))
    return np.asarray(picture)


def _paste(frame: np.ndarray, picture: np.ndarray) -> None:
    """Put a plate near the top left corner, cut where the frame is smaller."""
    height, width = frame.shape[:2]
    edge = max(2, min(height, width) // 60)
    part = picture[: max(0, height - edge), : max(0, width - edge)]
    frame[edge : edge + part.shape[0], edge : edge + part.shape[1]] = part


def _frame_box(frame: np.ndarray, box: tuple[int, ...], color: str) -> None:
    """The outline of a box in a colour, with a thin dark line around it for bright grounds."""
    height, width = frame.shape[:2]
    line = max(2, min(height, width) // 180)
    rgb = tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))
    for grown, thick, ink in ((1, line + 2, _PLATE), (0, line, rgb)):
        left, top = max(0, box[0] - grown), max(0, box[1] - grown)
        right, bottom = min(width, box[2] + grown), min(height, box[3] + grown)
        frame[top : top + thick, left:right] = ink
        frame[max(0, bottom - thick) : bottom, left:right] = ink
        frame[top:bottom, left : left + thick] = ink
        frame[top:bottom, max(0, right - thick) : right] = ink
