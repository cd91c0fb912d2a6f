"""From numbers to what is drawn: fixed colours, heat maps over pictures, spans of words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageFilter

from .types import Box, WordWeight

# Okabe & Ito (2008), told apart by people with any common colour blindness. The same everywhere.
EMOTION_COLORS = {
    "anger": "#D55E00",
    "disgust": "#009E73",
    "fear": "#CC79A7",
    "joy": "#E69F00",
    "neutral": "#7F7F7F",
    "sadness": "#0072B2",
    "surprise": "#56B4E9",
}
OTHER_COLOR = "#8A6D5B"  # labels of a model that a user taught

SURE, FAIRLY_SURE = 0.8, 0.5  # calibrated probability from which we say so

# Stops of the heat map, dark to light: readable in grey print too, because lightness only rises.
_HEAT_STOPS = np.array(
    [[40, 10, 90], [120, 20, 110], [190, 50, 80], [240, 110, 35], [252, 190, 60], [252, 250, 165]],
    dtype=np.float32,
)


def emotion_color(label: str) -> str:
    """The fixed colour of a label as ``#RRGGBB``."""
    return EMOTION_COLORS.get(label, OTHER_COLOR)


def confidence_word(probability: float) -> str:
    """How we speak of a calibrated probability: ``sure``, ``fairly_sure`` or ``unsure``."""
    if probability >= SURE:
        return "sure"
    return "fairly_sure" if probability >= FAIRLY_SURE else "unsure"


def heat_colors(heat: np.ndarray) -> np.ndarray:
    """(h, w) values 0..1 -> (h, w, 3) uint8 colours."""
    place = np.clip(heat, 0, 1).astype(np.float32) * (len(_HEAT_STOPS) - 1)
    low = np.minimum(place.astype(int), len(_HEAT_STOPS) - 2)  # (h, w)
    part = (place - low)[..., None]  # (h, w, 1)
    return (_HEAT_STOPS[low] * (1 - part) + _HEAT_STOPS[low + 1] * part).astype(np.uint8)


def overlay_heatmap(picture: Image.Image, heat: np.ndarray) -> Image.Image:
    """The picture in grey with the heat in colour over it; same size as ``picture``.

    ``heat`` is (height, width) of the picture, 0..1. Where it is 0 the grey picture shows through.
    """
    if heat.shape != (picture.height, picture.width):
        raise ValueError(f"heat {heat.shape} does not fit picture {picture.size[::-1]}")
    grey = np.asarray(picture.convert("L").convert("RGB"), dtype=np.float32)
    strength = (np.clip(heat, 0, 1) ** 0.8 * 0.7)[..., None]  # never hides the face completely
    mixed = grey * (1 - strength) + heat_colors(heat).astype(np.float32) * strength
    return Image.fromarray(mixed.round().astype(np.uint8))


def fit_heat(heat: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A heat map resized to ``size`` (width, height), float32 0..1."""
    grey = Image.fromarray(np.clip(heat, 0, 1).astype(np.float32))
    return np.clip(np.asarray(grey.resize(size, Image.Resampling.BICUBIC)), 0, 1)


def word_spans(
    text: str, words: Iterable[WordWeight]
) -> list[tuple[str, int | None, WordWeight | None]]:
    """Cut ``text`` into pieces: (piece, number of the word or None between words, its weight).

    The pieces joined give ``text`` again. Words that overlap an earlier one or lie outside the text
    are left out, so that nothing is shown twice.
    """
    pieces: list[tuple[str, int | None, WordWeight | None]] = []
    at = 0
    for number, word in sorted(enumerate(words), key=lambda pair: pair[1].start):
        if word.start < at or word.end > len(text) or word.end <= word.start:
            continue
        if word.start > at:
            pieces.append((text[at : word.start], None, None))
        pieces.append((text[word.start : word.end], number, word))
        at = word.end
    if at < len(text):
        pieces.append((text[at:], None, None))
    return pieces


def hide_region(picture: Image.Image, box: Box) -> Image.Image:
    """The picture with ``box`` blurred beyond recognition, which hides it from a model as well as
    from a person. A grey box would itself be something to see."""
    box = (max(0, box[0]), max(0, box[1]), min(picture.width, box[2]), min(picture.height, box[3]))
    if box[0] >= box[2] or box[1] >= box[3]:  # outside of the picture
        return picture
    hidden = picture.copy()
    hidden.paste(picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 8)).crop(box), box[:2])
    return hidden


def clock(seconds: float) -> str:
    """``mm:ss``, or ``h:mm:ss`` from an hour on."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes:02d}:{left:02d}"
