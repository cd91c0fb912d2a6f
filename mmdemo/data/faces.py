"""Faces in a picture: dlib's frontal detector, and square crops framed as FER2013 frames them."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..types import Box, Face

# The longest side of the working copy. dlib sees faces from 80 px, so in a 640 px copy a face may
# be an eighth of the picture; small pictures are enlarged, but at most 4 times: 48 px become 192.
WORK_SIDE = 640
_MAX_ENLARGE = 4.0
# A second copy of pictures that are much larger than that, such as photos of a group. In 14 grids
# of nine Flickr8k pictures with smiling people, 1500 px wide, it found 14 faces where the other
# found 1; in 14 grids without people neither found any. Its bar is higher because a portrait that
# was enlarged to 46 megapixels had a false face of 0.01.
CLOSE_SIDE = 1280
_CLOSE_FROM = 800  # px, longest side
_CLOSE_THRESHOLD = 0.2
# dlib's own zero. In 250 Flickr8k pictures without people nothing reached it (0 false alarms);
# from -0.2 on there were 2.4 % for 5 points more of the pictures with smiling people.
_THRESHOLD = 0.0
# How a FER2013 picture frames its face, measured against dlib's box: 420 training pictures (60 a
# label), enlarged 3 to 4.5 times within a replicated border, six runs each at random scales because
# dlib's box sizes come in steps of 1.2. Medians over the 305 pictures found in four runs or more:
# side of the picture / side of the box, and its centre minus the box's, in box sides.
FER_SIDE = 1.16
FER_SHIFT_X = 0.0
FER_SHIFT_Y = -0.08  # the forehead is in the frame, dlib's box starts at the brows
# From this overlap of frame and picture on the picture itself is the crop: its edges are more exact
# than dlib's box. Of the FER2013 pictures with a detection 72 % overlap by 0.7 and 89 % by 0.55;
# the lower bar is for pictures so small that they are hardly anything but a face.
_ALREADY_A_CROP = 0.7
_ALREADY_A_CROP_IF_SMALL = 0.55
_SMALL = 100  # px, longest side
_SAME_FACE = 0.6  # shared area in parts of the smaller box


@dataclass(frozen=True)
class _Found:
    """One detection in pixels of the original picture; may reach over its edges."""

    left: float
    top: float
    right: float
    bottom: float
    score: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)


class FaceFinder:
    """Finds frontal faces; dlib is loaded at the first picture. Safe to share between threads."""

    def __init__(self) -> None:
        self._detector = None
        self._lock = threading.Lock()  # the detector keeps its image pyramid between calls

    def find(self, image: Image.Image, *, small: bool = False) -> tuple[Face, ...]:
        """Faces, largest first; empty when there is none.

        With ``small`` a large picture is also looked at closely, for four times the work: too much
        for every frame of a video.

        Where nothing is found a look follows within a replicated border, because the
        detector misses faces that fill their picture (measured: 69 -> 76 % of FER2013 pictures,
        61 -> 64 % of Flickr8k's smiling people, false alarms 0 -> 0.8 %; a second look at twice
        the size instead gained nothing on five real clips).
        """
        found = self._detect(image)
        if small and max(image.size) > _CLOSE_FROM:
            close = self._detect(image, side=CLOSE_SIDE)
            found += [face for face in close if face.score >= _CLOSE_THRESHOLD]
        found = found or self._detect(image, border=0.25)
        return tuple(_to_face(image, face) for face in _merged(found))

    def _detect(
        self, image: Image.Image, *, border: float = 0.0, side: int = WORK_SIDE
    ) -> list[_Found]:
        pixels, scale, margin = _working_copy(image, border, side)
        with self._lock:
            if self._detector is None:
                import dlib  # half a second and 60 MB: only who looks for faces pays

                self._detector = dlib.get_frontal_face_detector()
            boxes, scores, _ = self._detector.run(pixels, 0, _THRESHOLD)
        return [
            _Found(
                (box.left() - margin) / scale,
                (box.top() - margin) / scale,
                (box.right() + 1 - margin) / scale,  # dlib's right and bottom are inclusive
                (box.bottom() + 1 - margin) / scale,
                float(score),
            )
            for box, score in zip(boxes, scores, strict=True)
        ]


def crop_face(image: Image.Image, box: Box, *, margin: bool = True) -> Image.Image:
    """The square round ``box``, framed as FER2013 frames its faces; RGB, in the picture's pixels.

    With ``margin=False`` the box already is such a frame and is only made square. Where the square
    leaves the picture the edge is repeated, so that no black bars come in.
    """
    left, top, right, bottom = box
    return _cut(image, _frame(left, top, right, bottom) if margin else _square(box))


def _working_copy(image: Image.Image, border: float, side: int) -> tuple[np.ndarray, float, int]:
    """Grey copy (h, w) uint8 for the detector, its scale, and the border's width in its pixels."""
    scale = min(side / max(image.size), _MAX_ENLARGE)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    method = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX
    # grey: as many faces as in colour, in two thirds of the time (measured on Flickr8k)
    pixels = np.asarray(image.convert("L").resize(size, method))
    margin = round(border * max(size))
    if margin:
        pixels = np.pad(pixels, margin, mode="edge")
    return np.ascontiguousarray(pixels), scale, margin


def _merged(found: list[_Found]) -> list[_Found]:
    """Largest first, without the weaker of two boxes that cover the same face."""
    kept: list[_Found] = []
    for face in sorted(found, key=lambda f: -f.score):
        if all(_shared(face, other) < _SAME_FACE * min(face.area, other.area) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda f: -f.area)


def _shared(a: _Found, b: _Found) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(0.0, width) * max(0.0, height)


def _to_face(image: Image.Image, found: _Found) -> Face:
    frame = _frame(found.left, found.top, found.right, found.bottom)
    enough = _ALREADY_A_CROP_IF_SMALL if max(image.size) <= _SMALL else _ALREADY_A_CROP
    if _overlap(frame, image.size) >= enough:
        frame = _square((0, 0, *image.size))
    box = (
        max(0, round(found.left)),
        max(0, round(found.top)),
        min(image.width, round(found.right)),
        min(image.height, round(found.bottom)),
    )
    return Face(box, found.score, _cut(image, frame))


def _frame(left: float, top: float, right: float, bottom: float) -> tuple[int, int, int]:
    """FER2013's frame round a dlib box: (left, top, side) in pixels."""
    box_side = ((right - left) + (bottom - top)) / 2
    side = FER_SIDE * box_side
    x = (left + right) / 2 + FER_SHIFT_X * box_side
    y = (top + bottom) / 2 + FER_SHIFT_Y * box_side
    return round(x - side / 2), round(y - side / 2), max(1, round(side))


def _square(box: Box) -> tuple[int, int, int]:
    """The smallest square over the box with the same centre: (left, top, side)."""
    left, top, right, bottom = box
    side = max(1, right - left, bottom - top)
    return (left + right - side) // 2, (top + bottom - side) // 2, side


def _overlap(frame: tuple[int, int, int], size: tuple[int, int]) -> float:
    """Intersection over union of the frame and the whole picture."""
    left, top, side = frame
    whole = _Found(0, 0, *size, 0.0)
    square = _Found(left, top, left + side, top + side, 0.0)
    shared = _shared(whole, square)
    return shared / (whole.area + square.area - shared)


def _cut(image: Image.Image, frame: tuple[int, int, int]) -> Image.Image:
    """The square (left, top, side) of the picture, its edge repeated outside."""
    left, top, side = frame
    inside = (
        min(max(left, 0), image.width - 1),
        min(max(top, 0), image.height - 1),
        max(1, min(left + side, image.width)),
        max(1, min(top + side, image.height)),
    )
    part = np.asarray(image.crop(inside).convert("RGB"))  # (h, w, 3)
    missing_left, missing_top = max(0, inside[0] - left), max(0, inside[1] - top)
    pad = (
        (missing_top, max(0, side - part.shape[0] - missing_top)),
        (missing_left, max(0, side - part.shape[1] - missing_left)),
        (0, 0),
    )
    return Image.fromarray(np.pad(part, pad, mode="edge")[:side, :side])
