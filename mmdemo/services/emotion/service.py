"""Emotion recognition as the page and the command line ask for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from ...config import Settings
from ...data.faces import FaceFinder
from ...data.images import load_image, shrunk
from ...data.language import reads_english
from ...data.subtitles import Cues, read_subtitles
from ...errors import EmptyInputError, MmdemoError, NoFaceError
from ...models.classifier import Classifier
from ...models.core import Core
from ...models.explain import explain
from ...models.training_vectors import even_frames
from ...render import hide_region
from ...types import (
    Box,
    EmotionResult,
    Explanation,
    ModelInfo,
    ModelStatus,
    Note,
    Progress,
    Reading,
    VideoReading,
)
from ..classifier_input import WholePictures, faces_of
from ..model_list import models_in, own_models
from . import export, video
from .notes import checked_text, language_notes, no_face, skipped_subtitles

log = logging.getLogger(__name__)


class EmotionService:
    """One per process: holds the core and the face finder; everything per user is an argument."""

    def __init__(self, settings: Settings, core: Core | None = None) -> None:
        self.settings = settings
        self.core = core or Core.of(settings)
        self.finder = FaceFinder()
        self._status = ModelStatus("loading", settings.emotion_model)
        self._loader: threading.Thread | None = None
        # one forward pass at a time: two cores, and torch already uses both for one
        self._busy = threading.Lock()

    def start_loading(self) -> None:
        """Load the default model in the background; :meth:`status` tells when it is ready."""
        if self._loader is None:
            self._loader = threading.Thread(target=self._load, name="load-model", daemon=True)
            self._loader.start()

    def _load(self) -> None:
        name = self.settings.emotion_model
        try:
            self.core.classifier(name).classify(["warm up"], [Image.new("RGB", (48, 48))])
            reads_english("the language model loads at its first sentence")
            self._status = ModelStatus("ready", name)
        except MmdemoError as error:
            self._status = ModelStatus("failed", name, str(error))
        except Exception:
            log.exception("loading %s failed", name)
            self._status = ModelStatus(
                "failed", name, f'The model "{name}" could not be loaded; see the log.'
            )

    def status(self) -> ModelStatus:
        """Whether the default model is loading, ready or failed."""
        return self._status

    def models(self, own: Path | None = None) -> tuple[ModelInfo, ...]:
        """Every classifier in the checkpoints folder, the default first, without damaged ones.

        ``own`` is the models folder of a workspace: its models come after those, the newest first,
        named by their path, which every ``model`` argument takes. Nobody else is told of them.
        """
        default = self.settings.emotion_model
        built_in = models_in(self.settings.checkpoints)
        mine = own_models(own) if own is not None else ()
        mine = tuple(model for model in mine if model.labels)
        return (*sorted(built_in, key=lambda m: (m.name != default, m.name)), *mine)

    def classifier(self, model: str | None = None) -> Classifier:
        """The classifier of that name (default: the one of the settings), loaded if need be."""
        return self.core.classifier(model or self.settings.emotion_model)

    def read(self, text: str, picture: Path | None, model: str | None = None) -> EmotionResult:
        """Read a sentence, a picture, or both.

        A picture without a face is said so and the text decides alone; without text that is a
        NoFaceError. Also raises EmptyInputError, MediaError.
        """
        text, notes = checked_text(text, self.settings.limits.text_characters)
        if not text and picture is None:
            raise EmptyInputError(
                "There is nothing to read yet: write a sentence, add a picture, or both."
            )
        classifier = self.classifier(model)
        image = load_image(Path(picture), self.settings.limits) if picture is not None else None
        with self._busy:
            faces = faces_of(image, self.finder, classifier) if image is not None else ()
            if image is not None and not faces:
                if not text:
                    raise NoFaceError(
                        "No face was found in the picture. Use one that shows a face from the "
                        "front, or add a sentence."
                    )
                notes.append(no_face())
            readings = classifier.classify(
                [text] * max(len(faces), 1), [f.crop for f in faces] or [None]
            )
            notes += classifier.notes(text)
        return EmotionResult(text, image, faces, tuple(readings), tuple(notes))

    def explain(
        self,
        text: str,
        face: Image.Image | None,
        label: str | None = None,
        model: str | None = None,
    ) -> Explanation:
        """Why ``label`` (default: the answer) got its score; heat has the size of ``face``."""
        classifier = self.classifier(model)
        with self._busy:
            return explain(classifier, text, face, label)

    def what_if(
        self,
        text: str,
        face: Image.Image | None,
        *,
        remove: tuple[int, int] | None = None,
        hide: Box | None = None,
        model: str | None = None,
    ) -> Reading:
        """The reading with a span of the text taken out or a box of the face crop blurred away."""
        if remove is not None:
            text = (text[: remove[0]] + text[remove[1] :]).strip()
        if hide is not None and face is not None:
            face = hide_region(face, hide)
        classifier = self.classifier(model)
        with self._busy:
            return classifier.classify([text], [face])[0]

    def read_video(
        self,
        path: Path,
        *,
        text: str = "",
        subtitles: Path | None = None,
        rate: float = 1.0,
        model: str | None = None,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> VideoReading:
        """Emotion over time; ``rate`` is sampled frames a second. Raises MediaError."""
        most = self.settings.limits.text_characters
        text, notes = checked_text(text, most)
        cues = read_subtitles(Path(subtitles)) if subtitles else Cues()
        spoken = language_notes(" ".join(cue.text for cue in cues)[:most])
        notes += [note for note in spoken + skipped_subtitles(cues.skipped) if note not in notes]
        classifier = self.classifier(model)

        def classify(texts: list[str], faces: list[Image.Image | None]) -> list[Reading]:
            with self._busy:  # released between batches, so that others get their turn
                return classifier.classify(texts, faces)

        whole = classifier.config.crop == "none"
        reading = video.read_video(
            Path(path),
            classify=classify,
            finder=WholePictures() if whole else self.finder,
            looks_like_face=classifier.looks_like_face,
            limits=self.settings.limits,
            rate=rate,
            text=text,
            cues=cues,
            progress=progress,
            should_stop=should_stop,
        )
        if whole and reading.points and not (should_stop and should_stop()):
            reading = replace(reading, overall=self.read_frames(Path(path), text, model))
        return _with_notes(reading, notes)

    def read_frames(self, path: Path, text: str, model: str | None = None) -> Reading:
        """A video as a model of whole pictures was trained to see it: as the mean of frames spread
        evenly over it. Raises MediaError."""
        frames = [shrunk(frame) for frame in even_frames(path, self.settings.limits)]
        classifier = self.classifier(model)
        with self._busy:
            return classifier.classify([text], [frames])[0]

    def browser_copy(
        self,
        path: Path,
        out: Path,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Path:
        """``path`` itself if every browser plays it, else ``out``, an MP4 made from it."""
        limits = self.settings.limits
        return export.browser_copy(path, out, limits, progress=progress, should_stop=should_stop)

    def export_csv(self, reading: VideoReading, out: Path) -> Path:
        """Write the curve as CSV."""
        return export.write_curve_csv(reading, out)

    def export_video(
        self,
        path: Path,
        reading: VideoReading,
        out: Path,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Path:
        """Write an MP4 with the current emotion drawn on the frames."""
        return export.write_annotated_video(
            Path(path),
            reading,
            out,
            limits=self.settings.limits,
            progress=progress,
            should_stop=should_stop,
        )


def _with_notes(reading: VideoReading, notes: list[Note]) -> VideoReading:
    return replace(reading, notes=(*notes, *reading.notes)) if notes else reading
