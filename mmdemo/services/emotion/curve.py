"""From single readings of sampled frames to the curve, the overall answer and the moments."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from PIL import Image

from ...types import Box, EmotionMoment, Reading, TimePoint

SMOOTHING = (0.25, 0.5, 0.25)
"""Weights of the sample before, the sample itself and the one after. Never across a gap, nor from
one person to another; where a neighbour is missing, the other weights are scaled up."""
MOST_MOMENTS = 4
APART_S = 2.0
"""Two moments lie at least this far apart (and at least two samples)."""
CALM = "neutral"

Probabilities = dict[str, float]


@dataclass(frozen=True)
class SampledFace:
    """One face of one sampled frame, read."""

    track: int
    box: Box  # in pixels of the upright video
    reading: Reading  # fused with the words of that instant


@dataclass
class Sample:
    """One sampled frame after reading."""

    time_s: float
    words: str = ""
    faces: list[SampledFace] = field(default_factory=list)
    spoken: Reading | None = None  # the words alone, when there is no face but a cue is spoken
    thumbnail: bytes = b""  # JPEG: a curve of half an hour keeps 1800 of them

    def followed(self, ranks: dict[int, int]) -> SampledFace | None:
        """The face the curve follows here: the one whose track ranks first."""
        return min(self.faces, key=lambda face: ranks[face.track], default=None)


def build_points(samples: list[Sample], ranks: dict[int, int]) -> tuple[TimePoint, ...]:
    """The curve: fused and smoothed; None where neither a face nor a spoken cue is."""
    points = []
    for sample in samples:
        face = sample.followed(ranks)
        reading = face.reading if face else sample.spoken
        points.append(
            TimePoint(
                time_s=sample.time_s,
                probabilities=reading.probabilities if reading else None,
                face=face.reading.modalities.get("face") if face else None,
                text=sample.words,
                box=face.box if face else None,
                track=ranks[face.track] if face else -1,
            )
        )
    return tuple(_smoothed(points))


def _smoothed(points: list[TimePoint]) -> Iterable[TimePoint]:
    """Points with a weighted mean of themselves and their neighbours on the same track."""
    for index, point in enumerate(points):
        if point.probabilities is None:
            yield point
            continue
        near = [
            (weight, points[place].probabilities)
            for place, weight in zip(range(index - 1, index + 2), SMOOTHING, strict=True)
            if 0 <= place < len(points)
            and points[place].probabilities is not None
            and points[place].track == point.track
        ]
        yield TimePoint(point.time_s, mean(near), point.face, point.text, point.box, point.track)


def mean(weighted: list[tuple[float, Probabilities]]) -> Probabilities:
    """Weighted mean of probabilities, label by label."""
    total = sum(weight for weight, _ in weighted)
    labels = weighted[0][1]
    return {name: sum(w * p.get(name, 0.0) for w, p in weighted) / total for name in labels}


def overall_reading(readings: list[Reading]) -> Reading | None:
    """Mean over the readings of the curve; a label is present if it is in half of them."""
    if not readings:
        return None
    names = sorted({name for reading in readings for name in reading.modalities})
    alone = {
        name: mean([(1.0, r.modalities[name]) for r in readings if name in r.modalities])
        for name in names
    }
    share_names = sorted({name for reading in readings for name in reading.shares})
    shares = {
        name: sum(r.shares.get(name, 0.0) for r in readings) / len(readings) for name in share_names
    }
    fused = mean([(1.0, reading.probabilities) for reading in readings])
    counts = {name: sum(name in r.present for r in readings) for name in fused}
    present = tuple(name for name in fused if counts[name] * 2 >= len(readings) and counts[name])
    return Reading(fused, alone, present, shares)


def strongest_moments(
    points: tuple[TimePoint, ...], samples: list[Sample], rate: float
) -> tuple[EmotionMoment, ...]:
    """Up to four moments, strongest first: each emotion's best, then further ones well apart.

    Neutral is a moment only when the curve shows nothing else.
    """
    found = []
    for place, point in enumerate(points):
        if point.probabilities:
            label = max(point.probabilities, key=point.probabilities.__getitem__)
            found.append((point.probabilities[label], place, label))
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    felt = [entry for entry in found if entry[2] != CALM] or found
    apart_s = max(APART_S, 2 / rate)
    chosen: list[tuple[float, int, str]] = []
    for new_labels_only in (True, False):
        for entry in felt:
            seen = {other[2] for other in chosen}
            far = all(
                abs(points[entry[1]].time_s - points[o[1]].time_s) >= apart_s - 1e-6 for o in chosen
            )
            if len(chosen) < MOST_MOMENTS and far and not (new_labels_only and entry[2] in seen):
                chosen.append(entry)
    return tuple(
        EmotionMoment(points[place].time_s, label, probability, unpack(samples[place].thumbnail))
        for probability, place, label in sorted(chosen, key=lambda entry: (-entry[0], entry[1]))
    )


def pack(frame: Image.Image, side: int) -> bytes:
    """A frame as a small JPEG of at most ``side`` pixels."""
    small = frame.copy()
    small.thumbnail((side, side))
    kept = io.BytesIO()
    small.save(kept, "JPEG", quality=85)
    return kept.getvalue()


def unpack(data: bytes) -> Image.Image:
    """The picture that ``pack`` kept."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        return picture.convert("RGB")
