"""The words of the project as plain data: what flows between data, models, services and ui."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

# A progress callback: (fraction done 0..1, what is being done). Never a UI object.
Progress = Callable[[float, str], None]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the upright picture


@dataclass(frozen=True)
class Sample:
    """What a user gives: any of text, image and video; labels when training or evaluating."""

    row: int  # 1-based position in its dataset, as a person would count
    text: str = ""
    image: Path | None = None
    video: Path | None = None
    labels: tuple[str, ...] = ()
    split: str = ""  # "train", "dev", "test" or "" when the dataset names none
    # media as the dataset spells it (relative path), for reports and `predict` output
    image_name: str = ""
    video_name: str = ""


@dataclass(frozen=True)
class Note:
    """Something a user should know beside an answer: a code for ``ui.words``, and English."""

    code: str
    text: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a dataset: where, what, and what happened to it.

    ``code`` and ``values`` say the same for ``ui.words``, as those of a Note do.
    """

    where: str  # "row 19" or a file name
    what: str  # full sentence
    outcome: str  # "skipped" or "fixed"
    code: str = field(default="", compare=False)
    values: dict[str, object] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, where: str, note: Note, outcome: str) -> Problem:
        """What a note says, about one place."""
        return cls(where, note.text, outcome, note.code, dict(note.values))


@dataclass(frozen=True)
class Dataset:
    """Samples that can be used, and every problem met on the way."""

    name: str
    root: Path
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)  # role -> column name as written
    header: tuple[str, ...] = ()  # all column names as written; empty without a table

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in alphabetical order."""
        return tuple(sorted({name for s in self.samples for name in s.labels}))


@dataclass(frozen=True)
class Face:
    """One face found in a picture."""

    box: Box
    score: float  # detector confidence; higher is surer, comparable within one detector only
    crop: Image.Image  # upright RGB crop, square


@dataclass(frozen=True)
class WordWeight:
    """A stretch of the user's text and how much it spoke for (+) or against (-) a label."""

    start: int  # character offsets into the text as given
    end: int
    weight: float  # -1..1, largest absolute value over the text is 1 (or all 0)


@dataclass(frozen=True)
class Explanation:
    """Why one label got its score.

    ``heat`` has the height and width of the explained picture, values 0..1; ``word_heat`` holds one
    such map per entry of ``words``. ``shares`` are signed and their absolute values sum to 1. Of a
    video, ``heat`` is that of frame number ``frame`` of those read; ``frame_heat`` has them all, on
    one scale.
    """

    label: str
    words: tuple[WordWeight, ...] = ()
    heat: np.ndarray | None = None  # (h, w) float32
    word_heat: tuple[np.ndarray, ...] = ()  # each (h, w) float32
    shares: dict[str, float] = field(default_factory=dict)  # modality -> signed share
    frame: int = 0
    frame_heat: tuple[np.ndarray, ...] = ()  # each (h, w) float32


@dataclass(frozen=True)
class Reading:
    """What the model reads in one sample: probabilities fused and per modality."""

    probabilities: dict[str, float]
    modalities: dict[str, dict[str, float]]  # "text"/"face" -> probabilities of it alone
    present: tuple[str, ...]  # labels whose probability passes its threshold
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The single answer: the most probable label."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def confidence(self) -> float:
        """Calibrated probability of ``label``, 0..1."""
        return self.probabilities[self.label]


@dataclass(frozen=True)
class EmotionResult:
    """The answer for one sentence and one picture.

    With faces there is one reading per face, largest face first, each fused with the same text;
    without, one reading of the text alone.
    """

    text: str
    picture: Image.Image | None  # upright RGB, as read
    faces: tuple[Face, ...]
    readings: tuple[Reading, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class TimePoint:
    """One sampled second of a video. ``probabilities`` is None where no face was found: a gap."""

    time_s: float
    probabilities: dict[str, float] | None  # fused and smoothed
    face: dict[str, float] | None = None  # the face alone, not smoothed
    text: str = ""  # the words that were spoken at this time (subtitle or the one sentence)
    box: Box | None = None  # in pixels of the video's upright frame
    track: int = -1  # number of the followed face, 0 is the main one; -1 without a face


@dataclass(frozen=True)
class EmotionMoment:
    """A strongest moment of a video."""

    time_s: float
    label: str
    probability: float
    thumbnail: Image.Image


@dataclass(frozen=True)
class VideoReading:
    """Emotion over time: the curve, the overall answer, the strongest moments."""

    duration_s: float
    rate: float  # sampled frames a second
    points: tuple[TimePoint, ...]
    overall: Reading | None  # None when neither a face nor words were found
    moments: tuple[EmotionMoment, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class ModelInfo:
    """One model that can be picked."""

    name: str  # what --model and the page's list take
    title: str
    labels: tuple[str, ...]
    size_bytes: int
    ready: bool = False


@dataclass(frozen=True)
class Moment:
    """A time range of a video (or a whole picture) that answers a query."""

    item: str  # id of the library's item
    video: str  # its name as the user knows it
    start_s: float  # a picture has 0 and 0
    end_s: float
    frame_s: float  # the best frame: play from here, show this one
    score: float  # how much better than an unrelated phrase, in standard deviations
    strength: str  # "strong", "fair" or "weak"
    thumbnail: Path | None  # None: it was not asked for


@dataclass(frozen=True)
class MatchMap:
    """Where the words of a query are seen in a picture; maps have its height and width."""

    words: tuple[tuple[int, int], ...]  # character offsets into the text as given
    maps: np.ndarray  # (words, h, w) float32, 0..1
    overall: np.ndarray  # (h, w) float32, 0..1


@dataclass(frozen=True)
class ModelStatus:
    """Whether a model that loads in the background is there yet."""

    state: str  # "loading", "ready" or "failed"
    model: str
    message: str = ""  # why it failed, for the user
