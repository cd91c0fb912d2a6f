"""Emotion over time: frames by time, faces followed by position, readings fused with the words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...config import Limits
from ...data.subtitles import Cue, words_at
from ...data.video import VideoInfo, probe, sample_frames
from ...render import clock
from ...types import Box, Face, Note, Progress, Reading, VideoReading
from . import curve
from .tracks import Finder, Follower, Watcher

if TYPE_CHECKING:
    from PIL import Image

FRAME_SIDE = 1280
"""Longest side of sampled frames. The finder works on its own smaller copy; at this size the crop
of a face that fills a twelfth of the width still has the pixels that the classifier wants. Against
640 it costs 0.6 CPU seconds more per minute of 720p video."""
FACES_READ = 3
"""Faces read per frame, the largest first; more would make a crowd cost minutes."""
BATCH = 12
"""Crops classified together."""
THUMBNAIL_SIDE = 320
SQUARISH = 4 / 3 + 0.02
"""A frame can only be one tight face, without a detection, if it is not wider than this."""

Classify = Callable[[list[str], "list[Image.Image | None]"], list[Reading]]
LooksLikeFace = Callable[["list[Image.Image]"], list[bool]]
ShouldStop = Callable[[], bool]


def read_video(
    path: Path,
    *,
    classify: Classify,
    finder: Finder,
    looks_like_face: LooksLikeFace | None,
    limits: Limits,
    rate: float = 1.0,
    text: str = "",
    cues: Sequence[Cue] = (),
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> VideoReading:
    """The curve of a video, sampled ``rate`` times a second, with its overall answer and moments.

    The words of an instant are the subtitle cue that covers it, else ``text``. A point without a
    face has the reading of the words alone if a cue is spoken then; the one sentence belongs to no
    instant, so without a face and a cue there is a gap. Stopping keeps what was read and says so.
    """
    info = probe(path, limits)
    reader = _Reader(info, classify, looks_like_face, tuple(cues), text.strip())
    clocked = _Clock(info.duration_s, rate, progress)
    stop = should_stop or (lambda: False)
    frames = sample_frames(path, rate, max_side=FRAME_SIDE, limits=limits, should_stop=stop)
    watcher = Watcher(finder)
    for time_s, frame in frames:
        reader.add(time_s, frame, watcher.find(frame)[:FACES_READ])
        clocked.tell(time_s)
        if stop():
            break
    reader.flush()
    return reader.result(rate, stopped=stop())


@dataclass
class _Waiting:
    """A sampled frame whose faces are found but not read yet."""

    time_s: float
    frame: Image.Image
    faces: list[tuple[Box, Image.Image]]  # box in the upright video, crop


class _Reader:
    """Collects sampled frames, reads them in batches, and puts the answer together."""

    def __init__(
        self,
        info: VideoInfo,
        classify: Classify,
        looks_like_face: LooksLikeFace | None,
        cues: tuple[Cue, ...],
        text: str,
    ) -> None:
        self.info, self.classify, self.looks_like_face = info, classify, looks_like_face
        self.cues, self.text = cues, text
        self.samples: list[curve.Sample] = []
        self._follower = Follower()
        self._waiting: list[_Waiting] = []
        self._spoken: dict[str, Reading] = {}  # words without a face, read once

    def add(self, time_s: float, frame: Image.Image, faces: tuple[Face, ...]) -> None:
        """Take one frame; reads a batch when enough crops wait."""
        across, down = self.info.width / frame.width, self.info.height / frame.height
        found = [(_scaled(face.box, across, down), face.crop) for face in faces]
        self._waiting.append(_Waiting(time_s, frame, found))
        crops = sum(len(waiting.faces) for waiting in self._waiting)
        if crops >= BATCH or len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Read everything that waits."""
        waiting, self._waiting = self._waiting, []
        self._take_tight_faces(waiting)
        crops: list[tuple[curve.Sample, int, Box, Image.Image]] = []
        for entry in waiting:
            said = words_at(self.cues, entry.time_s)
            sample = curve.Sample(entry.time_s, said or self.text)
            sample.thumbnail = curve.pack(entry.frame, THUMBNAIL_SIDE)
            tracks = self._follower.assign(len(self.samples), [box for box, _ in entry.faces])
            for track, (box, crop) in zip(tracks, entry.faces, strict=True):
                crops.append((sample, track, box, crop))
            if said and not entry.faces:
                sample.spoken = self._read_words(said)
            self.samples.append(sample)
        for start in range(0, len(crops), BATCH):
            batch = crops[start : start + BATCH]
            readings = self.classify([c[0].words for c in batch], [c[3] for c in batch])
            for (sample, track, box, _), reading in zip(batch, readings, strict=True):
                sample.faces.append(curve.SampledFace(track, box, reading))

    def _take_tight_faces(self, waiting: list[_Waiting]) -> None:
        """A frame filled by one face has no detection: the classifier says whether it is one."""
        asked = [w for w in waiting if not w.faces and _squarish(w.frame)]
        if not asked or self.looks_like_face is None:
            return
        answers = self.looks_like_face([entry.frame for entry in asked])
        for entry, answer in zip(asked, answers, strict=True):
            if answer:
                entry.faces = [((0, 0, self.info.width, self.info.height), entry.frame)]

    def _read_words(self, words: str) -> Reading:
        if words not in self._spoken:
            self._spoken[words] = self.classify([words], [None])[0]
        return self._spoken[words]

    def result(self, rate: float, *, stopped: bool) -> VideoReading:
        """The answer for the samples read so far."""
        ranks = self._follower.ranks()
        points = curve.build_points(self.samples, ranks)
        followed = [(sample, sample.followed(ranks)) for sample in self.samples]
        used = [face.reading if face else sample.spoken for sample, face in followed]
        readings = [reading for reading in used if reading is not None]
        if not readings and self.text:
            readings = [self._read_words(self.text)]
        return VideoReading(
            duration_s=self.info.duration_s,
            rate=rate,
            points=points,
            overall=curve.overall_reading(readings),
            moments=curve.strongest_moments(points, self.samples, rate),
            notes=self._notes(rate, stopped, ranks),
        )

    def _notes(self, rate: float, stopped: bool, ranks: dict[int, int]) -> tuple[Note, ...]:
        notes = []
        read_s = (
            min(self.samples[-1].time_s + 1 / rate, self.info.duration_s) if self.samples else 0
        )
        values = {"read": clock(read_s), "length": clock(self.info.duration_s)}
        if stopped:
            sentence = "Stopped at {read} of {length}; the answer covers that part."
            notes.append(Note("video_stopped", sentence.format(**values), values))
        elif read_s < self.info.duration_s - 1.5 / rate:
            sentence = "The picture ends at {read} of {length}; the answer covers that part."
            notes.append(Note("video_truncated", sentence.format(**values), values))
        faces = [sample.followed(ranks) for sample in self.samples]
        if self.samples and not any(faces):
            notes.append(Note("video_no_face", "No face was found in this video."))
        elif any(len(sample.faces) > 1 for sample in self.samples):
            sentence = (
                "Several faces: the curve follows the one that is longest and largest in view."
            )
            notes.append(Note("video_several_faces", sentence))
        return tuple(notes)


class _Clock:
    """Turns positions in the video into progress with the time left."""

    def __init__(self, duration_s: float, rate: float, progress: Progress | None) -> None:
        self._duration_s, self._rate, self._progress = duration_s, rate, progress
        self._started = time.monotonic()

    def tell(self, time_s: float) -> None:
        """Report that the frame at ``time_s`` is done."""
        if self._progress is None:
            return
        fraction = min(1.0, (time_s + 1 / self._rate) / self._duration_s)
        spent_s = time.monotonic() - self._started
        left = f", {clock(spent_s / fraction - spent_s)} left" if spent_s > 1 else ""
        self._progress(fraction, f"Read {clock(time_s)} of {clock(self._duration_s)}{left}")


def _scaled(box: Box, across: float, down: float) -> Box:
    left, top, right, bottom = box
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def _squarish(frame: Image.Image) -> bool:
    return max(frame.size) <= SQUARISH * min(frame.size)
