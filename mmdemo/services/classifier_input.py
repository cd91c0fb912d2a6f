"""What a classifier is shown of a picture: its faces, or the whole of it."""

from __future__ import annotations

from PIL import Image

from ..data.faces import FaceFinder, crop_face
from ..data.images import shrunk
from ..models.classifier import Classifier
from ..types import Face

# Pictures up to this side are first asked whether they already are face crops (they nearly always
# are, and a detector has little to go by); larger ones only when the detector finds nobody.
CROP_SIDE = 96


class WholePictures:
    """In place of a face finder, for models that read whole pictures."""

    def find(self, image: Image.Image) -> tuple[Face, ...]:
        """The picture itself, no larger than models read it."""
        return (Face((0, 0, *image.size), 1.0, shrunk(image)),)


def faces_of(image: Image.Image, finder: FaceFinder, classifier: Classifier) -> tuple[Face, ...]:
    """Faces of an upright picture, largest first; a picture that already is a tight face crop is
    one face. Models that read whole pictures get the whole picture."""
    if classifier.config.crop == "none":
        return WholePictures().find(image)
    small = max(image.size) <= CROP_SIDE
    if small and classifier.looks_like_face([image])[0]:
        return (whole_face(image),)
    faces = finder.find(image, small=True)
    if not faces and not small and classifier.looks_like_face([image])[0]:
        return (whole_face(image),)
    return faces


def whole_face(image: Image.Image) -> Face:
    """The whole picture as one face: it already is a tight crop."""
    box = (0, 0, *image.size)
    return Face(box, 1.0, crop_face(image, box, margin=False))
