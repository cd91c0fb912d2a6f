"""A service whose answers are clearly made up, so that the page can be tried without a model.

Only tests use it: the words "happy", "sad" and so on decide, and every picture whose upper left
pixel is not black holds one face (or two when it is wide).
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image

from mmdemo.config import Settings
from mmdemo.errors import EmptyInputError, MediaError, NoFaceError
from mmdemo.types import (
    EmotionMoment,
    EmotionResult,
    Explanation,
    Face,
    ModelInfo,
    Note,
    Reading,
    TimePoint,
    VideoReading,
    WordWeight,
)

LABELS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
KEYWORDS = {"happy": "joy", "sad": "sadness", "heart": "sadness", "wow": "surprise",
            "angry": "anger", "afraid": "fear"}  # fmt: skip


def spread(label: str, top: float) -> dict[str, float]:
    """``top`` for one label, the rest shared by the others with a slope."""
    others = [name for name in LABELS if name != label]
    weights = np.arange(len(others), 0, -1, dtype=float)
    rest = (1 - top) * weights / weights.sum()
    return {label: top, **dict(zip(others, rest.tolist(), strict=True))}


def _crop(face: Image.Image | None) -> Face | None:
    return Face((0, 0, 1, 1), 1.0, face) if face is not None else None


class FakeEmotionService:
    """The interface of EmotionService with made-up answers."""

    def __init__(self, settings: Settings, *, loading_s: float = 0) -> None:
        self.settings = settings
        self.ready_at = time.monotonic() + loading_s
        self.calls = 0
        self.second_s = 0.25  # how long one second of a video takes to read
        self.busy = threading.Lock()

    def status(self) -> SimpleNamespace:
        """Loading for the first ``loading_s`` seconds."""
        state = "loading" if time.monotonic() < self.ready_at else "ready"
        return SimpleNamespace(state=state, model="emotion-compact", message="")

    def models(self) -> tuple[ModelInfo, ...]:
        """One made-up model."""
        return (ModelInfo("emotion-compact", "Compact", LABELS, 9_000_000),)

    def read(self, text: str, picture: Path | None, model: str | None = None) -> EmotionResult:
        """Keywords decide the text; every face smiles."""
        self.calls += 1
        text, notes, image, faces = text.strip(), [], None, ()
        if "crash" in text:
            raise RuntimeError("/secret/path broke")
        if not text and picture is None:
            raise EmptyInputError("There is nothing to read yet: write a sentence, add a picture.")
        if picture is not None:
            image = self._open(picture)
            faces = self._faces(image)
            if not faces and not text:
                raise NoFaceError("No face was found in the picture.")
            if not faces:
                notes.append(Note("no_face", "No face was found; the text decided alone."))
        if any("一" <= sign <= "鿿" for sign in text):
            notes.append(
                Note("foreign_language", "This looks like Chinese.", {"language": "Chinese"})
            )
        readings = tuple(self._reading(text, face) for face in (faces or (None,)))
        return EmotionResult(text, image, faces, readings, tuple(notes))

    def _open(self, picture: Path) -> Image.Image:
        try:
            return Image.open(picture).convert("RGB")
        except OSError as error:
            raise MediaError(
                f"{picture.name} is damaged. Save it again as JPEG or PNG.",
                code="picture_broken", name=picture.name,
            ) from error  # fmt: skip

    def _faces(self, image: Image.Image) -> tuple[Face, ...]:
        if image.getpixel((0, 0)) == (0, 0, 0):
            return ()
        side = min(image.size)
        boxes = [(0, 0, side, side)]
        if image.width > 1.5 * image.height:
            boxes.append((image.width - side, 0, image.width, side))
        return tuple(Face(box, 1.0, image.crop(box)) for box in boxes)

    def _reading(self, text: str, face: Face | None) -> Reading:
        modalities = {}
        if text:
            found = [label for word, label in KEYWORDS.items() if word in text.lower()]
            modalities["text"] = spread(found[0], 0.71) if found else spread("neutral", 0.44)
        if face is not None:
            modalities["face"] = spread("joy", 0.66)
        mixed = {n: float(np.mean([m[n] for m in modalities.values()])) for n in LABELS}
        shares = (
            {"text": 0.58, "face": 0.42} if len(modalities) == 2 else {next(iter(modalities)): 1.0}
        )
        if len(modalities) == 2 and modalities["text"]["joy"] < 0.5:
            shares = {"text": 0.64, "face": -0.36}
        top = max(mixed, key=mixed.__getitem__)
        return Reading(mixed, modalities, (top, "surprise") if top == "joy" else (top,), shares)

    def explain(self, text, face, label=None, model=None) -> Explanation:
        """Keywords carry the weight; the lower half of the face is hot."""
        time.sleep(0.1)
        words, at = [], 0
        for piece in text.split():
            start = text.index(piece, at)
            at = start + len(piece)
            weight = (
                1.0
                if any(k in piece.lower() for k in KEYWORDS)
                else (-0.4 if piece == "but" else 0.15)
            )
            words.append(WordWeight(start, at, weight))
        heat, word_heat = None, ()
        if face is not None:
            rows, columns = np.mgrid[0 : face.height, 0 : face.width].astype(np.float32)

            def blob(y: float, x: float) -> np.ndarray:
                away = (rows / face.height - y) ** 2 + (columns / face.width - x) ** 2
                return np.exp(-away / 0.03)

            heat = blob(0.65, 0.5)
            word_heat = tuple(blob(0.3, (i + 1) / (len(words) + 1)) for i in range(len(words)))
        shares = {"text": 0.58, "face": 0.42} if text and face is not None else {}
        label = label or self._reading(text, _crop(face)).label
        return Explanation(label, tuple(words), heat, word_heat, shares)

    def what_if(self, text, face, *, remove=None, hide=None, model=None) -> Reading:
        """The text without the words; a hidden face is a little less happy."""
        if remove is not None:
            text = (text[: remove[0]] + text[remove[1] :]).strip()
        return self._reading(text, _crop(face))

    def read_video(self, path, *, text="", subtitles=None, rate=1.0, model=None,
                   progress=None, should_stop=None) -> VideoReading:  # fmt: skip
        """A wave of joy and surprise over twelve seconds with a gap in the middle."""
        if path.suffix == ".txt" or path.stat().st_size < 100:
            raise MediaError(f"{path.name} is damaged.", code="video_damaged", name=path.name)
        points, notes = [], ()
        for second in range(12):
            if should_stop and should_stop():
                values = {"read": f"00:{second:02d}", "length": "00:12"}
                notes = (Note("video_stopped", "Stopped.", values),)
                break
            time.sleep(self.second_s)
            joy = 0.5 + 0.4 * float(np.sin(second / 2))
            gone = 6 <= second < 8
            points.append(
                TimePoint(second, None if gone else spread("joy", joy), track=-1 if gone else 0)
            )
            if progress:
                progress((second + 1) / 12, "reading")
        thumb = Image.new("RGB", (160, 120), "teal")
        moments = tuple(
            EmotionMoment(t, "joy", 0.9, thumb) for t in (1.0, 3.0, 10.0) if t < len(points)
        )
        overall = self._reading(text or "happy", Face((0, 0, 9, 9), 1.0, thumb))
        return VideoReading(12.0, rate, tuple(points), overall, moments, notes)

    def browser_copy(self, path, out, progress=None, should_stop=None) -> Path:
        """Every video plays."""
        return path

    def export_csv(self, reading, out: Path) -> Path:
        """A CSV of the times."""
        out.write_text("time_s\n" + "".join(f"{p.time_s}\n" for p in reading.points))
        return out

    def export_video(self, path, reading, out: Path, progress=None, should_stop=None) -> Path:
        """The video as it is, after a second."""
        for tenth in range(10):
            time.sleep(self.second_s / 2)
            if progress:
                progress((tenth + 1) / 10, "drawing")
        out.write_bytes(path.read_bytes())
        return out
