"""The curve as CSV and the annotated video, looked at as a browser and a spreadsheet would."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmdemo.config import Limits
from mmdemo.data import ffmpeg
from mmdemo.data.video import probe, sample_frames
from mmdemo.errors import MediaError, StoppedError
from mmdemo.services.emotion.export import browser_copy, write_annotated_video, write_curve_csv
from mmdemo.services.emotion.overlay import box_at, plate, point_at
from mmdemo.types import Reading, TimePoint, VideoReading
from tests import video_media as media

LIMITS = Limits()
JOY, SAD = {"joy": 0.9, "sadness": 0.1}, {"joy": 0.25, "sadness": 0.75}
ORANGE, BLUE = (0xE6, 0x9F, 0x00), (0x00, 0x72, 0xB2)  # joy and sadness


def point(time_s, probabilities=None, box=None, text="", track=0):
    face = probabilities if box else None
    return TimePoint(time_s, probabilities, face, text, box, track if box else -1)


def reading_of(*points, rate=1.0, duration_s=None):
    found = [p.probabilities for p in points if p.probabilities]
    overall = Reading(found[0], {}, ()) if found else None
    return VideoReading(duration_s or len(points) / rate, rate, points, overall)


CURVE = reading_of(point(0, JOY, (40, 30, 80, 70)), point(1), point(2, SAD, (60, 30, 100, 70)))


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_csv_has_the_curve_with_gaps_as_empty_cells(tmp_path):
    assert rows(write_curve_csv(CURVE, tmp_path / "curve.csv")) == [
        ["time_s", "joy", "sadness", "face_found", "text"],
        ["0.000", "0.9000", "0.1000", "yes", ""],
        ["1.000", "", "", "no", ""],
        ["2.000", "0.2500", "0.7500", "yes", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n@", " ="])
def test_csv_text_cannot_become_a_formula(tmp_path, start):
    curve = reading_of(point(0, JOY, text=f'{start}HYPERLINK("x"),\nyes'))
    cell = rows(write_curve_csv(curve, tmp_path / "curve.csv"))[1][-1]
    assert cell.startswith("'")
    assert "\n" not in cell


def test_csv_of_a_video_without_any_answer(tmp_path):
    empty = reading_of(point(0), point(1))
    assert rows(write_curve_csv(empty, tmp_path / "curve.csv")) == [
        ["time_s", "face_found", "text"],
        ["0.000", "no", ""],
        ["1.000", "no", ""],
    ]


def test_csv_leaves_no_part_behind(tmp_path):
    broken = reading_of(point(0, JOY), replace(point(1, JOY), time_s=None))
    with pytest.raises(TypeError):
        write_curve_csv(broken, tmp_path / "curve.csv")
    assert list(tmp_path.iterdir()) == []


def grey_clip(path, seconds=3, size=(160, 120), fps="10"):
    pictures = [Image.new("RGB", size, (128, 128, 128))] * round(seconds * float(fps))
    return media.clip_of(pictures, path, fps)


def frames_of(path, rate=1.0):
    frames = sample_frames(path, rate, max_side=2000, limits=LIMITS)
    return {time_s: np.asarray(frame).astype(int) for time_s, frame in frames}


def has_color(frame, color, allowed=40):
    return bool((abs(frame - np.array(color)).max(axis=2) < allowed).any())


def test_emotion_and_box_are_drawn_at_their_time(tmp_path):
    out = write_annotated_video(
        grey_clip(tmp_path / "a.mp4"), CURVE, tmp_path / "out.mp4", limits=LIMITS
    )
    frames = frames_of(out)
    assert sorted(frames) == [0, 1, 2]
    assert has_color(frames[0][50:, :], ORANGE)  # the box, below the plate
    assert has_color(frames[0][:25, :80], ORANGE)  # the plate's stripe
    assert not has_color(frames[1], ORANGE) and not has_color(frames[1], BLUE)
    assert frames[1][:25, :60].min() < 60  # "no face" is said there
    assert has_color(frames[2][50:, :], BLUE)
    assert frames[0][110:, 120:].mean() == pytest.approx(128, abs=6)  # the rest stays as it was
    column = frames[0][50, :, 2] < 90  # an orange line has little blue; grey has 128
    assert 38 <= np.nonzero(column)[0].min() <= 42
    assert 76 <= np.nonzero(column)[0].max() <= 81


def test_annotated_video_plays_in_browsers_with_its_sound(tmp_path):
    card = media.test_card(tmp_path / "card.mp4", 3)
    told = []
    out = write_annotated_video(
        card, CURVE, tmp_path / "out.mp4", limits=LIMITS, progress=lambda *a: told.append(a)
    )
    info = probe(out, LIMITS)
    assert (info.codec, info.pixel_format, info.container) == ("h264", "yuv420p", "mp4")
    assert info.has_audio
    assert info.duration_s == pytest.approx(3, abs=0.15)
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # faststart
    assert browser_copy(out, tmp_path / "copy.mp4", LIMITS) == out
    assert told[0][0] == 0
    assert told[-1] == (1.0, "Saved out.mp4")
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["card.mp4", "out.mp4"]


def test_large_and_rotated_videos_come_out_upright_and_fitted(tmp_path):
    clip = media.turned_clip(tmp_path / "turned.mp4", 90)
    out = write_annotated_video(clip, CURVE, tmp_path / "out.mp4", limits=LIMITS)
    info = probe(out, LIMITS)
    assert (info.width, info.height, info.rotation) == (160, 120, 0)
    frame = frames_of(out)[0]
    assert frame[50, 140, 0] > 150 > frame[50, 140, 2]  # red above
    assert frame[110, 140, 2] > 150 > frame[110, 140, 0]  # blue below
    large = grey_clip(tmp_path / "large.mp4", 0.2, (1920, 1080))
    curve = reading_of(point(0, JOY, (600, 300, 1200, 900)), duration_s=0.2)
    out = write_annotated_video(large, curve, tmp_path / "small.mp4", limits=LIMITS)
    assert (probe(out, LIMITS).width, probe(out, LIMITS).height) == (1280, 720)
    line = frames_of(out)[0][400, :, 2] < 90
    assert np.nonzero(line)[0].min() == pytest.approx(400, abs=3)  # 600 of 1920 is 400 of 1280
    assert np.nonzero(line)[0].max() == pytest.approx(800, abs=3)


def test_only_the_part_that_was_read_is_written(tmp_path):
    long = grey_clip(tmp_path / "long.mp4", 8)
    out = write_annotated_video(long, CURVE, tmp_path / "out.mp4", limits=LIMITS)
    assert probe(out, LIMITS).duration_s == pytest.approx(3, abs=0.15)


def test_frame_rates_keep_picture_and_sound_together(tmp_path):
    picture = media.clock_clip(tmp_path / "clock.mp4", "24000/1001", 6)
    out = write_annotated_video(
        picture,
        reading_of(*(point(n) for n in range(6))),
        tmp_path / "out.mp4",
        limits=LIMITS,
    )
    greys = [frame[40:, 50:].mean() for _, frame in sorted(frames_of(out).items())]
    assert greys == pytest.approx([20, 30, 40, 50, 60, 70], abs=4)


def test_failure_and_stop_leave_no_file(tmp_path, monkeypatch):
    clip = grey_clip(tmp_path / "a.mp4")
    out = tmp_path / "out.mp4"
    with pytest.raises(StoppedError, match="Stopped; no video was written"):
        write_annotated_video(clip, CURVE, out, limits=LIMITS, should_stop=lambda: True)
    with pytest.raises(MediaError, match=r"Nothing of a\.mp4 was read"):
        write_annotated_video(clip, reading_of(), out, limits=LIMITS)
    out.write_bytes(b"the old one")
    monkeypatch.setattr("mmdemo.services.emotion.overlay.draw", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_annotated_video(clip, CURVE, out, limits=LIMITS)
    assert out.read_bytes() == b"the old one"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "out.mp4"]


def test_damaged_source_of_an_annotated_video_is_a_clear_error(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(MediaError, match="is empty"):
        write_annotated_video(tmp_path / "a.mp4", CURVE, tmp_path / "out.mp4", limits=LIMITS)


def test_boxes_move_evenly_between_samples_of_one_face():
    moving = reading_of(
        point(0, JOY, (0, 0, 10, 10)),
        point(1, JOY, (10, 0, 20, 10)),
        point(2, JOY, (90, 0, 99, 9), track=1),
    )
    assert box_at(moving, 0.5) == (5, 0, 15, 10)
    assert box_at(moving, 1.4) == (10, 0, 20, 10)  # another face: no gliding across
    assert box_at(moving, 1.6) == (90, 0, 99, 9)
    assert box_at(moving, 2.5) == (90, 0, 99, 9)
    assert point_at(moving, 3.5) is None


def test_plate_is_legible():
    picture = plate("sadness 75 %", "#0072B2", 20).astype(int)
    assert picture.shape[0] > 20
    assert (picture.min(axis=2) > 230).mean() > 0.05  # white ink
    assert (picture.max(axis=2) < 40).mean() > 0.4  # on dark ground


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p"]),
        ("b.webm", ["-c:v", "libvpx", "-deadline", "realtime"]),
        ("c.mp4", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]),
    ],
)
def test_playable_videos_are_left_alone(tmp_path, name, options):
    clip = media.test_card(tmp_path / name, 1, "160x120", *options)
    assert browser_copy(clip, tmp_path / "out.mp4", LIMITS) == clip
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("old.avi", ["-c:v", "mpeg4"]),
        ("hevc.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none"]),
        ("ten.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"]),
        ("full.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv444p"]),
        ("repacked.mov", ["-c:v", "libx264", "-pix_fmt", "yuv420p"]),
        ("odd.mkv", ["-c:v", "ffv1"]),
    ],
)
def test_other_videos_are_made_playable(tmp_path, name, options):
    clip = media.test_card(
        tmp_path / name, 2, "161x121" if name == "odd.mkv" else "160x120", *options
    )
    out = browser_copy(clip, tmp_path / "out.mp4", LIMITS)
    assert out == tmp_path / "out.mp4"
    info = probe(out, LIMITS)
    assert (info.codec, info.pixel_format, info.has_audio) == ("h264", "yuv420p", True)
    assert info.duration_s == pytest.approx(2, abs=0.2)
    assert len(list(tmp_path.iterdir())) == 2


def test_browser_copy_can_be_stopped(tmp_path):
    clip = media.test_card(tmp_path / "a.avi", 20, "640x480", "-c:v", "mpeg4")
    with pytest.raises(StoppedError):
        browser_copy(clip, tmp_path / "out.mp4", LIMITS, should_stop=lambda: True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.avi"]


def test_a_full_disk_is_a_clear_error(tmp_path, monkeypatch):
    clip = media.test_card(tmp_path / "a.avi", 2, "160x120", "-c:v", "mpeg4")
    real = ffmpeg.started
    monkeypatch.setattr(ffmpeg, "started", lambda a, **k: real(a, **{**k, "file_bytes": 2000}))
    with pytest.raises(MediaError, match=r"The video could not be written"):
        browser_copy(clip, tmp_path / "out.mp4", LIMITS)
    assert [p.name for p in tmp_path.iterdir()] == ["a.avi"]
