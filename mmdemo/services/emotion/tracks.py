"""Following faces from one sampled frame to the next by where they are and how large they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ...types import Box, Face

if TYPE_CHECKING:
    from PIL import Image

MISSES = 2
"""Samples a face may be missing from before it counts as gone."""
REACH = 1.0
"""How far a centre may move between two samples, in face sides; a second is long for a head."""
SIZE_CHANGE = 2.0
"""Largest ratio of sides between two samples of one face."""

NEAR = 3.0
"""Side of the part that is searched again for a lost face, in sides of its last box."""


class Finder(Protocol):
    """What finds faces: data.faces.FaceFinder, or a fake in tests."""

    def find(self, image: Image.Image) -> tuple[Face, ...]:
        """Faces of one picture, largest first."""
        ...


class Watcher:
    """Finds faces frame by frame and, when they vanish, looks once more where the last one was.

    The finder enlarges small pictures, so in a part of the frame it sees smaller faces.
    """

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._last: Box | None = None
        self._missed = 0

    def find(self, frame: Image.Image) -> tuple[Face, ...]:
        """Faces of the next sampled frame, largest first."""
        faces = self._finder.find(frame)
        if not faces and self._last is not None:
            faces = self._look_near(frame, self._last)
        if faces:
            self._last, self._missed = faces[0].box, 0
        else:
            self._missed += 1
            if self._missed > MISSES:
                self._last = None
        return faces

    def _look_near(self, frame: Image.Image, box: Box) -> tuple[Face, ...]:
        left, top, right, bottom = box
        reach = max(right - left, bottom - top) * NEAR / 2
        across, down = (left + right) / 2, (top + bottom) / 2
        part = (
            max(0, round(across - reach)),
            max(0, round(down - reach)),
            min(frame.width, round(across + reach)),
            min(frame.height, round(down + reach)),
        )
        if part[2] - part[0] >= frame.width and part[3] - part[1] >= frame.height:
            return ()  # that was the whole frame
        return tuple(
            replace(face, box=_moved(face.box, part[0], part[1]))
            for face in self._finder.find(frame.crop(part))
        )


def _moved(box: Box, across: int, down: int) -> Box:
    return box[0] + across, box[1] + down, box[2] + across, box[3] + down


@dataclass
class _Track:
    number: int
    box: Box
    last: int  # index of the last sample it was seen in
    mass: float = 0.0  # sum of its areas: time on screen times mean size


class Follower:
    """Gives each face of each sample the number of its track."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []

    def assign(self, index: int, boxes: list[Box]) -> list[int]:
        """Track numbers of the boxes of sample ``index``; indexes must grow."""
        alive = [track for track in self._tracks if index - track.last <= MISSES + 1]
        pairs = [
            (closeness, place, track)
            for track in alive
            for place, box in enumerate(boxes)
            if (closeness := _closeness(track.box, box)) > 0
        ]
        numbers = [-1] * len(boxes)
        taken: set[int] = set()
        for _, place, track in sorted(pairs, key=lambda pair: -pair[0]):  # the surest pair first
            if numbers[place] < 0 and track.number not in taken:
                numbers[place] = track.number
                taken.add(track.number)
        for place, box in enumerate(boxes):
            if numbers[place] < 0:
                numbers[place] = len(self._tracks)
                self._tracks.append(_Track(numbers[place], box, index))
            track = self._tracks[numbers[place]]
            track.box, track.last = box, index
            track.mass += _area(box)
        return numbers

    def ranks(self) -> dict[int, int]:
        """Track number -> rank; rank 0 is the main face: long on screen and large."""
        order = sorted(self._tracks, key=lambda track: (-track.mass, track.number))
        return {track.number: rank for rank, track in enumerate(order)}


def _area(box: Box) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))


def _closeness(one: Box, other: Box) -> float:
    """1 for the same box, 0 for boxes that cannot be the same face in two successive samples."""
    sides = [max(1.0, _area(box) ** 0.5) for box in (one, other)]
    if max(sides) / min(sides) > SIZE_CHANGE:
        return 0.0
    across = (one[0] + one[2] - other[0] - other[2]) / 2
    down = (one[1] + one[3] - other[1] - other[3]) / 2
    return 1.0 - (across**2 + down**2) ** 0.5 / (REACH * max(sides))
