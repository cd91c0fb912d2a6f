"""Reading many samples with bounded memory, for `predict` and `evaluate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image

from ...data.images import load_image, shrunk
from ...errors import MmdemoError
from ...types import Reading, Sample
from ..classifier_input import CROP_SIDE, faces_of, whole_face
from .service import EmotionService

WINDOW = 256  # samples in memory at once
BATCH = 32  # samples in one pass of the model
NO_FACE = "No face was found in the picture."
NO_FACE_IN_VIDEO = "No face was found in the video."


@dataclass(frozen=True)
class SampleReading:
    """The answer for one sample.

    No reading when nothing could be read; no problem when all that the sample holds was read.
    """

    sample: Sample
    reading: Reading | None
    problem: str = ""


@dataclass(frozen=True)
class Prepared:
    """A sample ready for the model: its text and its face, as far as there are any."""

    sample: Sample
    text: str
    face: Image.Image | None = None
    candidate: Image.Image | None = None  # a small picture still to be judged
    reading: Reading | None = None  # of a video, which is read as a whole
    problem: str = ""


class BatchReader:
    """Reads samples in windows and in their order.

    One bad picture costs only that sample's face: its text is still read when it has one.
    """

    def __init__(self, service: EmotionService, model: str | None = None) -> None:
        self.service = service
        self.model = model
        self.classifier = service.classifier(model)
        self.limits = service.settings.limits
        self.reads_faces = self.classifier.config.crop == "face"

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names of the model."""
        return self.classifier.labels

    def read(self, samples: Iterable[Sample]) -> Iterator[SampleReading]:
        """Yield one SampleReading per sample, in order."""
        for window in self._windows(samples):
            yield from self._read_window(window)

    def prepare(self, samples: Iterable[Sample]) -> Iterator[Prepared]:
        """Yield text and face of each sample without reading them. Videos are read all the same."""
        for window in self._windows(samples):
            yield from window

    def _windows(self, samples: Iterable[Sample]) -> Iterator[list[Prepared]]:
        rest = iter(samples)
        while window := list(islice(rest, WINDOW)):
            items = [self._prepare(sample) for sample in window]
            self._judge_candidates(items)
            yield items

    def _prepare(self, sample: Sample) -> Prepared:
        item = Prepared(sample, sample.text.strip()[: self.limits.text_characters])
        try:
            if sample.video is not None:
                return self._read_video(item)
            if sample.image is None:
                return item
            picture = load_image(sample.image, self.limits)
        except MmdemoError as error:
            return replace(item, problem=str(error))
        if self.reads_faces and max(picture.size) <= CROP_SIDE:
            return replace(item, candidate=picture)
        return self._with_face(item, picture)

    def _read_video(self, item: Prepared) -> Prepared:
        if not self.reads_faces:
            reading = self.service.read_frames(item.sample.video, item.text, self.model)
            return replace(item, reading=reading)
        video = self.service.read_video(item.sample.video, text=item.text, model=self.model)
        seen = any(point.face for point in video.points)
        return replace(item, reading=video.overall, problem="" if seen else NO_FACE_IN_VIDEO)

    def _with_face(self, item: Prepared, picture: Image.Image) -> Prepared:
        """Take the largest face of a picture."""
        faces = faces_of(picture, self.service.finder, self.classifier)
        if not faces:
            return replace(item, candidate=None, problem=NO_FACE)
        return replace(item, candidate=None, face=shrunk(faces[0].crop))

    def _judge_candidates(self, items: list[Prepared]) -> None:
        """Decide for all small pictures of a window at once whether they are face crops."""
        waiting = [i for i, item in enumerate(items) if item.candidate is not None]
        verdicts = self.classifier.looks_like_face([items[i].candidate for i in waiting])
        for i, is_crop in zip(waiting, verdicts, strict=True):
            picture = items[i].candidate
            if is_crop:
                items[i] = replace(items[i], candidate=None, face=whole_face(picture).crop)
            else:
                items[i] = self._with_face(items[i], picture)

    def _read_window(self, items: list[Prepared]) -> Iterator[SampleReading]:
        open_ones = [i for i, x in enumerate(items) if x.reading is None and (x.text or x.face)]
        # sentences of like length share a pass, so that little padding is computed
        open_ones.sort(key=lambda i: (items[i].face is None, len(items[i].text)))
        readings = {i: item.reading for i, item in enumerate(items)}
        for start in range(0, len(open_ones), BATCH):
            batch = open_ones[start : start + BATCH]
            texts, faces = [items[i].text for i in batch], [items[i].face for i in batch]
            readings.update(zip(batch, self.classifier.classify(texts, faces), strict=True))
        for i, item in enumerate(items):
            yield SampleReading(item.sample, readings[i], item.problem)
