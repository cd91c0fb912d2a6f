"""Emotion over time on clips whose curve is known: a fake classifier reads brightness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mmdemo.config import Limits
from mmdemo.data.subtitles import Cue
from mmdemo.errors import MediaError
from mmdemo.services.emotion import curve
from mmdemo.services.emotion.tracks import Follower, Watcher
from mmdemo.services.emotion.video import BATCH, read_video
from mmdemo.types import Face, Reading
from tests import media as pictures
from tests import video_media as media

LIMITS = Limits()
GREY = (128, 128, 128)


def reading_of(joy: float | None, sadness: float | None) -> Reading:
    """Face says joy, words say sadness; fused is their mean; the rest is neutral."""
    alone = {}
    if joy is not None:
        alone["face"] = {"joy": joy, "sadness": 0.0, "neutral": 1 - joy}
    if sadness is not None:
        alone["text"] = {"joy": 0.0, "sadness": sadness, "neutral": 1 - sadness}
    fused = curve.mean([(1.0, p) for p in alone.values()])
    return Reading(fused, alone, tuple(n for n, p in fused.items() if p >= 0.5))


class FakeClassifier:
    """Joy is the brightness of the crop, sadness that the words contain "sad"."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, texts, faces):
        assert len(texts) == len(faces)
        self.batches.append(len(texts))
        return [
            reading_of(
                None if face is None else float(np.asarray(face).mean()) / 255,
                None if not text else float("sad" in text),
            )
            for text, face in zip(texts, faces, strict=True)
        ]


class FakeFinder:
    """A face is a square that is not the grey of the ground; largest first."""

    def find(self, image):
        values = np.asarray(image.convert("L")).astype(int)
        found = []
        for left, right in ((0, image.width // 2), (image.width // 2, image.width)):
            rows, columns = np.nonzero(abs(values[:, left:right] - 128) > 12)
            if len(rows) > 50:
                box = (columns.min() + left, rows.min(), columns.max() + left + 1, rows.max() + 1)
                box = tuple(int(side) for side in box)
                inner = (box[0] + 4, box[1] + 4, box[2] - 4, box[3] - 4)
                found.append(Face(box, 1.0, image.crop(inner)))
        return tuple(sorted(found, key=lambda face: face.box[0] - face.box[2]))


def scene(*squares: tuple[int, int, int, int]) -> Image.Image:
    """A grey frame with squares of (left, top, side, brightness)."""
    picture = Image.new("RGB", (160, 80), GREY)
    for left, top, side, value in squares:
        draw = ImageDraw.Draw(picture)
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=(value,) * 3)
    return picture


def clip(path, seconds):
    """A clip of 5 frames a second with one scene per second."""
    return media.clip_of([picture for picture in seconds for _ in range(5)], path, "5")


def read(path, **options):
    options = {"classify": FakeClassifier(), "finder": FakeFinder(), **options}
    return read_video(path, looks_like_face=None, limits=LIMITS, **options)


def joys(result):
    return [p.face and round(p.face["joy"], 1) for p in result.points]


def test_the_curve_follows_the_face(tmp_path):
    values = [51, 51, 204, 255, 204, 51]
    path = clip(tmp_path / "a.mp4", [scene((10 + 5 * n, 20, 30, v)) for n, v in enumerate(values)])
    result = read(path)
    assert [point.time_s for point in result.points] == [0, 1, 2, 3, 4, 5]
    assert joys(result) == [0.2, 0.2, 0.8, 1.0, 0.8, 0.2]
    # 1-2-1 smoothing of .2 .2 .8 1 .8 .2; at the ends 2-1
    expected = [0.2, 0.35, 0.7, 0.9, 0.7, 0.4]
    assert [p.probabilities["joy"] for p in result.points] == pytest.approx(expected, abs=0.02)
    assert {point.track for point in result.points} == {0}
    assert result.overall.probabilities["joy"] == pytest.approx(3.2 / 6, abs=0.02)
    assert result.overall.label == "joy"
    assert set(result.overall.modalities) == {"face"}
    assert result.duration_s == pytest.approx(6)
    assert result.notes == ()


def test_no_face_is_a_gap_and_smoothing_stops_there(tmp_path):
    bright, empty, dark = scene((10, 20, 30, 255)), scene(), scene((10, 20, 30, 51))
    result = read(clip(tmp_path / "a.mp4", [bright, bright, empty, empty, dark, dark]))
    assert joys(result) == [1.0, 1.0, None, None, 0.2, 0.2]
    smoothed = [p.probabilities and round(p.probabilities["joy"], 1) for p in result.points]
    assert smoothed == [1.0, 1.0, None, None, 0.2, 0.2]
    assert [point.track for point in result.points] == [0, 0, -1, -1, 0, 0]  # it survived the gap
    assert [point.box is None for point in result.points] == [False] * 2 + [True] * 2 + [False] * 2


def test_after_a_long_gap_it_is_another_face(tmp_path):
    face, empty = scene((10, 20, 30, 204)), scene()
    result = read(clip(tmp_path / "a.mp4", [face, empty, empty, empty, face, face]))
    assert [point.track for point in result.points] == [1, -1, -1, -1, 0, 0]
    assert result.notes == ()  # one face that left and came back is not several


def test_the_main_face_is_long_and_large(tmp_path):
    both = scene((10, 20, 20, 51), (100, 10, 50, 230))
    left = scene((10, 20, 20, 51))
    result = read(clip(tmp_path / "a.mp4", [left, both, both, both, left]))
    assert joys(result) == [0.2, 0.9, 0.9, 0.9, 0.2]
    assert [note.code for note in result.notes] == ["video_several_faces"]
    assert [point.track for point in result.points] == [1, 0, 0, 0, 1]
    # no smoothing from one person to the other
    assert result.points[0].probabilities["joy"] == pytest.approx(0.2, abs=0.02)
    assert result.points[1].probabilities["joy"] == pytest.approx(0.9, abs=0.02)


def test_words_are_aligned_in_time(tmp_path):
    bright, empty = scene((10, 20, 30, 255)), scene()
    path = clip(tmp_path / "a.mp4", [bright, bright, bright, empty, empty])
    cues = (Cue(1.0, 2.0, "so sad"), Cue(3.0, 4.0, "very sad"))
    result = read(path, cues=cues, text="a calm day")
    said = ["a calm day", "so sad", "a calm day", "very sad", "a calm day"]
    assert [point.text for point in result.points] == said
    assert [point.face is not None for point in result.points] == [True, True, True, False, False]
    alone = result.points[3].probabilities  # a cue without a face: the words alone
    assert alone["sadness"] == pytest.approx(1.0)
    assert result.points[4].probabilities is None  # the one sentence belongs to no instant
    assert result.points[1].probabilities["sadness"] == pytest.approx(0.25)  # 0, .5, 0 smoothed
    assert result.overall.modalities["text"]["sadness"] == pytest.approx(0.5)  # of four readings
    assert result.overall.modalities["face"]["joy"] == pytest.approx(1.0, abs=0.02)


def test_a_sentence_without_any_face_still_gets_an_overall_answer(tmp_path):
    result = read(clip(tmp_path / "a.mp4", [scene()] * 3), text="so sad")
    assert result.overall.label == "sadness"
    assert [point.probabilities for point in result.points] == [None] * 3
    assert [note.code for note in result.notes] == ["video_no_face"]
    assert result.moments == ()


def test_neither_face_nor_words(tmp_path):
    result = read(clip(tmp_path / "a.mp4", [scene()] * 2))
    assert result.overall is None
    assert len(result.points) == 2


def test_boxes_are_in_pixels_of_the_upright_video(tmp_path):
    big = scene((20, 20, 40, 255)).resize((1600, 800), Image.Resampling.NEAREST)
    box = read(media.clip_of([big] * 5, tmp_path / "a.mp4", "5")).points[0].box
    assert box == pytest.approx((200, 200, 600, 600), abs=12)


def test_moments_are_distinct_strong_and_apart(tmp_path):
    values = [51, 51, 255, 230, 51, 51, 51, 240, 51]
    path = clip(tmp_path / "a.mp4", [scene((10, 20, 30, v)) for v in values])
    cues = (Cue(4.0, 6.0, "sad"), Cue(5.0, 6.0, "so sad"))
    result = read(path, cues=cues)
    labels = [moment.label for moment in result.moments]
    assert set(labels) == {"joy", "sadness"}
    assert result.moments[0].label == "joy"
    assert result.moments[0].time_s == 2.0
    times = sorted(moment.time_s for moment in result.moments)
    assert all(later - earlier >= 2 for earlier, later in pairwise(times))
    assert all(max(moment.thumbnail.size) <= 320 for moment in result.moments)
    assert result.moments[0].thumbnail.getpixel((25, 35))[0] > 230  # the bright face


def test_neutral_is_a_moment_only_when_there_is_nothing_else(tmp_path):
    result = read(clip(tmp_path / "a.mp4", [scene((10, 20, 30, 51))] * 5))
    assert {moment.label for moment in result.moments} == {"neutral"}


def test_stopping_keeps_what_was_read(tmp_path):
    path = clip(tmp_path / "a.mp4", [scene((10, 20, 30, 230))] * 8)
    seen = []
    result = read(
        path, progress=lambda share, said: seen.append(share), should_stop=lambda: len(seen) >= 3
    )
    assert [point.time_s for point in result.points] == [0, 1, 2]
    assert joys(result) == [0.9] * 3
    assert [note.code for note in result.notes] == ["video_stopped"]
    assert result.notes[0].text == "Stopped at 00:03 of 00:08; the answer covers that part."


def test_stopping_before_anything_was_read(tmp_path):
    result = read(clip(tmp_path / "a.mp4", [scene()] * 2), should_stop=lambda: True)
    assert result.points == ()
    assert result.overall is None


def test_progress_grows_to_one(tmp_path):
    told = []
    path = clip(tmp_path / "a.mp4", [scene((10, 20, 30, 230))] * 4)
    read(path, progress=lambda share, said: told.append((share, said)))
    assert [share for share, _ in told] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert told[1][1].startswith("Read 00:01 of 00:04")


def test_crops_are_read_in_batches(tmp_path):
    classify = FakeClassifier()
    read(clip(tmp_path / "a.mp4", [scene((10, 20, 30, 230))] * 30), classify=classify)
    assert classify.batches == [BATCH, BATCH, 30 - 2 * BATCH]


def test_a_tight_face_without_a_detection_is_asked_for_and_read(tmp_path):
    class Blind:
        def find(self, image):
            return ()

    square = media.clip_of([Image.new("RGB", (80, 80), (204,) * 3)] * 10, tmp_path / "a.mp4", "5")
    asked = []

    def looks_like_face(images):
        asked.append(len(images))
        return [True] * len(images)

    options = {"classify": FakeClassifier(), "finder": Blind(), "limits": LIMITS}
    result = read_video(square, looks_like_face=looks_like_face, **options)
    assert joys(result) == [0.8, 0.8]
    assert result.points[0].box == (0, 0, 80, 80)
    assert asked == [2]
    wide = clip(tmp_path / "wide.mp4", [scene()] * 2)  # no face fills a frame of 2:1
    assert joys(read_video(wide, looks_like_face=looks_like_face, **options)) == [None, None]
    assert asked == [2]


def test_truncated_video_is_read_and_said_so(tmp_path):
    frames = [scene((10, 20, 30, 230))] * 50
    options = ["-c:v", "libx264", "-g", "5", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    whole = media.clip_of(frames, tmp_path / "whole.mp4", "5", *options)
    result = read(media.cut_short(whole, tmp_path / "cut.mp4", 0.75))
    assert 0 < len(result.points) < 9
    assert [note.code for note in result.notes] == ["video_truncated"]


def test_a_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(MediaError, match=r"a\.mp4 is empty"):
        read(tmp_path / "a.mp4")


def test_tracks_cross_in_size_but_not_in_place():
    follower = Follower()
    assert follower.assign(0, [(0, 0, 40, 40), (100, 0, 140, 40)]) == [0, 1]
    assert follower.assign(1, [(110, 0, 150, 40), (5, 0, 45, 40)]) == [1, 0]  # given the other way
    assert follower.assign(2, [(5, 0, 145, 140)]) == [2]  # three times as large: someone else


def test_a_lost_face_is_looked_for_where_it_was():
    class ShortSighted(FakeFinder):
        """Sees only in pictures that are at most 100 pixels wide."""

        asked: tuple[tuple[int, int], ...] = ()

        def find(self, image):
            self.asked += (image.size,)
            return super().find(image) if image.width <= 100 else ()

    finder = ShortSighted()
    watcher = Watcher(finder)
    assert watcher.find(scene((10, 20, 30, 230))) == ()  # never seen: nowhere to look
    watcher.find(scene((60, 20, 20, 230)).crop((40, 0, 140, 80)))  # seen at (20, 20)
    again = watcher.find(scene((30, 20, 20, 230)))
    assert again[0].box == (30, 20, 50, 40)  # in pixels of the frame, not of the part
    assert finder.asked == ((160, 80), (100, 80), (160, 80), (60, 60))
    for _ in range(3):  # after three misses the place is forgotten
        assert watcher.find(scene()) == ()
    before = len(finder.asked)
    watcher.find(scene())
    assert len(finder.asked) == before + 1


def test_a_real_face_is_followed_across_a_clip(tmp_path):
    from mmdemo.data.faces import FaceFinder

    portrait = pictures.portrait_image().crop((120, 20, 320, 220))
    frames = []
    for step in range(20):
        frame = Image.new("RGB", (480, 240), (90, 110, 130))
        frame.paste(portrait, (10 + 12 * step, 20))
        frames.append(frame if not 8 <= step < 12 else Image.new("RGB", (480, 240)))
    path = media.clip_of(frames, tmp_path / "a.mp4", "4")
    result = read(path, finder=FaceFinder())
    assert [point.track for point in result.points] == [0, 0, -1, 0, 0]
    centres = [(p.box[0] + p.box[2]) / 2 for p in result.points if p.box]
    assert np.diff(centres) == pytest.approx([48, 96, 48], abs=12)
    assert centres[0] == pytest.approx(10 + (175 + 265) / 2 - 120, abs=15)
