"""What a model sees of a picture or video, and what a person is shown with the explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ...config import Limits
from ...data.faces import FaceFinder
from ...data.images import load_image, shrunk
from ...models.classifier import Classifier, Look
from ...models.explain import explain
from ...models.training_vectors import even_frames
from ...render import fit_heat
from ...types import Box, Explanation
from ..classifier_input import faces_of

SHOWN_SIDE = 512  # pixels of a picture that is shown: a map per word of this size stays small


@dataclass(frozen=True)
class Seen:
    """One picture or video, prepared.

    ``look`` is what the classifier reads (None when it reads faces and there is none);
    ``explained`` the one picture of it that is explained; ``box`` where that lies in ``shown``.
    """

    shown: Image.Image
    look: Look | None = None
    explained: Image.Image | None = None
    box: Box | None = None


def see_picture(path: Path, classifier: Classifier, finder: FaceFinder, limits: Limits) -> Seen:
    """A picture file as the model was trained to see it. Raises MediaError."""
    image = load_image(path, limits)
    shown = shrunk(image, SHOWN_SIDE)
    faces = faces_of(image, finder, classifier)
    if not faces:
        return Seen(shown)
    whole = classifier.config.crop == "none"
    crop = shrunk(faces[0].crop)
    box = (0, 0, *image.size) if whole else _round(faces[0].box, faces[0].crop.width)
    return Seen(shown, crop, crop, _scaled(box, shown.width / image.width))


def see_video(path: Path, classifier: Classifier, finder: FaceFinder, limits: Limits) -> Seen:
    """A video file: frames spread evenly are read together, the middle one is explained."""
    frames = list(even_frames(path, limits))
    middle = shrunk(frames[len(frames) // 2], SHOWN_SIDE)
    if classifier.config.crop == "none":
        small = [shrunk(frame) for frame in frames]
        return Seen(middle, small, small[len(small) // 2], (0, 0, *middle.size))
    found = [(frame, faces_of(frame, finder, classifier)) for frame in frames]
    found = [(frame, faces[0]) for frame, faces in found if faces]
    if not found:
        return Seen(middle)
    frame, face = found[len(found) // 2]
    shown = shrunk(frame, SHOWN_SIDE)
    box = _scaled(_round(face.box, face.crop.width), shown.width / frame.width)
    return Seen(shown, [shrunk(f.crop) for _, f in found], shrunk(face.crop), box)


def _round(box: Box, side: int) -> Box:
    """The square of that side round the middle of a face's box: what its crop shows."""
    across, down = (box[0] + box[2] - side) // 2, (box[1] + box[3] - side) // 2
    return across, down, across + side, down + side


def _scaled(box: Box, scale: float) -> Box:
    left, top, right, bottom = (round(side * scale) for side in box)
    return left, top, right, bottom


def explained(
    classifier: Classifier, text: str, seen: Seen | None, label: str | None
) -> Explanation:
    """Why ``label`` got its score, of a video from all frames that were read; maps have the size of
    ``seen.shown``, which of a video is the frame in its middle."""
    found = explain(classifier, text, seen.look if seen else None, label)
    if found.heat is None or seen is None:
        return found
    frames = found.frame_heat
    return replace(
        found,
        heat=_laid(frames[len(frames) // 2] if frames else found.heat, seen),
        frame_heat=(),
        word_heat=tuple(_laid(heat, seen) for heat in found.word_heat),
    )


def _laid(heat: np.ndarray, seen: Seen) -> np.ndarray:
    """A map over the explained part -> over the whole shown picture, 0 outside the part."""
    left, top, right, bottom = seen.box
    part = fit_heat(heat, (max(1, right - left), max(1, bottom - top)))
    whole = np.zeros((seen.shown.height, seen.shown.width), np.float32)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(seen.shown.width, right), min(seen.shown.height, bottom)
    whole[y0:y1, x0:x1] = part[y0 - top : y1 - top, x0 - left : x1 - left]
    return whole
