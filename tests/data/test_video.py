"""What sample_frames and probe promise, on clips of every kind that people upload."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmdemo.config import Limits
from mmdemo.data import ffmpeg
from mmdemo.data.video import fitted_size, probe, sample_frames
from mmdemo.errors import MediaError
from tests import video_media as media

LIMITS = Limits()


def sampled(path: Path, rate: float = 1.0, **options) -> list[tuple[float, Image.Image]]:
    return list(sample_frames(path, rate, max_side=320, limits=LIMITS, **options))


def seconds_shown(frames: list[tuple[float, Image.Image]]) -> list[int]:
    """Which second of a ``clock_clip`` each frame comes from."""
    return [round((np.asarray(frame).mean() - 20) / 10) for _, frame in frames]


@pytest.mark.parametrize("fps", ["30000/1001", "24000/1001", "25", "30", "10", "60"])
def test_one_frame_a_second_whatever_the_frame_rate(tmp_path, fps):
    clip = media.clock_clip(tmp_path / "clock.mp4", fps, 6)
    frames = sampled(clip)
    assert [time_s for time_s, _ in frames] == [0, 1, 2, 3, 4, 5]
    assert seconds_shown(frames) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("fps", ["30000/1001", "25"])
def test_sound_that_outlasts_the_picture_adds_no_frame(tmp_path, fps):
    silent = media.clock_clip(tmp_path / "silent.mp4", fps, 4)
    clip = tmp_path / "sound.mp4"
    media.ffmpeg("-i", silent, "-f", "lavfi", "-i", "sine=duration=4.4", "-c:v", "copy", clip)
    assert [time_s for time_s, _ in sampled(clip)] == [0, 1, 2, 3]


def test_two_frames_a_second_show_the_instants(tmp_path):
    frames = sampled(media.clock_clip(tmp_path / "clock.mp4", "25", 3), rate=2.0)
    assert [time_s for time_s, _ in frames] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert seconds_shown(frames) == [0, 0, 1, 1, 2, 2]


def test_part_of_a_video_keeps_the_times_of_the_whole(tmp_path):
    clip = media.clock_clip(tmp_path / "clock.mp4", "25", 6)
    frames = sampled(clip, start_s=2, end_s=5)
    assert [time_s for time_s, _ in frames] == [2, 3, 4]
    assert seconds_shown(frames) == [2, 3, 4]


def test_a_start_past_the_end_gives_nothing(tmp_path):
    assert sampled(media.clock_clip(tmp_path / "clock.mp4", "10", 2), start_s=5) == []


@pytest.mark.parametrize("rate", [0, -1, 0.05, 61, float("nan")])
def test_odd_rates_are_a_mistake_of_the_caller(tmp_path, rate):
    with pytest.raises(ValueError, match="rate must lie between"):
        sampled(tmp_path / "none.mp4", rate)


def test_variable_frame_rate_is_sampled_by_time(tmp_path):
    clip = media.clock_clip(tmp_path / "even.mp4", "25", 6)
    uneven = tmp_path / "uneven.mp4"
    # only every tenth frame of the first three seconds is kept, all of the others
    keep = "select='gte(t,3)+not(mod(n,10))'"
    media.ffmpeg("-i", clip, "-vf", keep, "-fps_mode", "vfr", "-c:v", "libx264", uneven)
    frames = sampled(uneven)
    assert [time_s for time_s, _ in frames] == [0, 1, 2, 3, 4, 5]
    assert seconds_shown(frames)[3:] == [3, 4, 5]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotated_video_comes_upright(tmp_path, degrees):
    clip = media.turned_clip(tmp_path / "turned.mp4", degrees)
    info = probe(clip, LIMITS)
    assert (info.width, info.height) == (160, 120)
    assert info.rotation in (90, 180, 270)
    frame = np.asarray(sampled(clip)[0][1]).astype(int)
    assert frame.shape == (120, 160, 3)
    assert frame[20, 80, 0] > 150 > frame[20, 80, 2]  # red above
    assert frame[100, 80, 2] > 150 > frame[100, 80, 0]  # blue below


def test_rotation_is_told_clockwise(tmp_path):
    assert probe(media.turned_clip(tmp_path / "a.mp4", 90), LIMITS).rotation == 90


def test_info_of_an_ordinary_clip(tmp_path):
    info = probe(media.test_card(tmp_path / "card.mp4", 2), LIMITS)
    assert (info.width, info.height, info.fps, info.rotation) == (160, 120, 10.0, 0)
    assert (info.has_audio, info.codec, info.container) == (True, "h264", "mp4")
    assert info.duration_s == pytest.approx(2, abs=0.1)


KINDS = {
    "ten_bit.mp4": ["-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none"],
    "av1.mp4": ["-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1"],
    "vp8.webm": ["-c:v", "libvpx", "-deadline", "realtime"],
    "vp9.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "old.avi": ["-c:v", "mpeg4", "-frames:v", "19"],
    "lossless.mkv": ["-c:v", "ffv1", "-pix_fmt", "yuv422p"],
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_video_that_are_read(tmp_path, name):
    quiet = dict(os.environ)
    os.environ["SVT_LOG"] = "1"
    clip = media.test_card(tmp_path / name, 2, "160x120", *KINDS[name])
    os.environ.clear()
    os.environ.update(quiet)
    assert len(sampled(clip)) == 2


def test_webm_without_a_duration_is_measured(tmp_path):
    options = ["-c:v", "libvpx", "-deadline", "realtime", "-f", "webm", "-live", "1"]
    clip = media.test_card(tmp_path / "live.webm", 3, "160x120", *options)
    assert probe(clip, LIMITS).duration_s == pytest.approx(3, abs=0.15)
    assert [time_s for time_s, _ in sampled(clip)] == [0, 1, 2]


def test_one_frame_is_one_picture(tmp_path):
    for name, codec in (("one.mp4", "libx264"), ("one.webm", "libvpx")):
        clip = media.clip_of(
            [Image.new("RGB", (64, 48), "red")], tmp_path / name, "25", "-c:v", codec
        )
        assert [time_s for time_s, _ in sampled(clip)] == [0]


def test_sample_aspect_ratio_is_shown_as_a_player_shows_it(tmp_path):
    options = ["-vf", "setsar=2/1", "-c:v", "libx264", "-preset", "ultrafast"]
    clip = media.test_card(tmp_path / "wide.mp4", 1, "80x120", *options)
    assert sampled(clip)[0][1].size == (160, 120)


def test_truncated_video_gives_what_is_there(tmp_path):
    whole = media.clock_clip(
        tmp_path / "whole.mp4", "10", 10,
        "-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
    )  # fmt: skip
    frames = sampled(media.cut_short(whole, tmp_path / "cut.mp4", 0.7))
    assert 2 <= len(frames) < 10
    assert seconds_shown(frames)[:2] == [0, 1]


def refusal(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(MediaError) as caught:
        list(sample_frames(path, 1.0, max_side=320, limits=limits))
    return str(caught.value)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_refusals_of_files_that_are_no_video(tmp_path):
    empty = written(tmp_path / "empty.mp4", b"")
    assert refusal(empty) == "empty.mp4 is empty (0 bytes). Export or record it again."
    picture = tmp_path / "picture.mp4"
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    kinds = "MP4, MOV, WebM, MKV and AVI are read."
    assert refusal(picture) == f"picture.mp4 is a PNG picture, not a video. {kinds}"
    noise = written(tmp_path / "noise.mp4", bytes(range(256)) * 9)
    assert refusal(noise) == f"noise.mp4 is not a video that can be read. {kinds}"
    words = written(tmp_path / "words.mp4", b"hello there, this is no video")
    assert refusal(words) == f"words.mp4 is plain text, not a video. {kinds}"
    gone = tmp_path / "gone.mp4"
    assert refusal(gone).startswith("gone.mp4 could not be opened")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.ts\n",
        "ffconcat version 1.0\nfile secret.mp4\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    ],
)
def test_playlists_named_mp4_are_refused(tmp_path, text):
    media.test_card(tmp_path / "secret.mp4", 1)
    told = refusal(written(tmp_path / "list.mp4", text.encode()))
    assert told.startswith(
        "list.mp4 is a playlist (a text that points to other files), not a video"
    )


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:9,\nsecret.mp4\n", "ffconcat version 1.0\nfile secret.mp4\n"]
)
def test_ffmpeg_itself_opens_no_playlist(tmp_path, text):
    """The first bytes are one guard; the whitelist must hold without it."""
    media.test_card(tmp_path / "secret.mp4", 1)
    hidden = written(tmp_path / "list.m3u8", b"\n" * 70 + text.encode())
    status, _, told = ffmpeg.run(ffmpeg.input_arguments(hidden))
    assert status != 0
    assert "Stream #" not in told


def test_refusals_of_broken_and_empty_videos(tmp_path):
    told = refusal(media.sound_only(tmp_path / "song.mp4"))
    assert told.startswith("song.mp4 has sound but no moving picture.")
    whole = media.test_card(tmp_path / "whole.mp4", 2)  # its index stands at the end
    assert refusal(media.cut_short(whole, tmp_path / "cut.mp4", 0.5)).startswith(
        "cut.mp4 is incomplete: the recording or the copy was cut off"
    )
    webm = media.test_card(tmp_path / "w.webm", 2, "160x120", *KINDS["vp8.webm"])
    told = refusal(written(tmp_path / "head.webm", webm.read_bytes()[:60]))
    assert told.startswith("head.webm is damaged") or "not a video" in told
    front = media.test_card(
        tmp_path / "front.mp4", 2, "160x120", "-c:v", "libx264", "-movflags", "+faststart"
    )
    data = front.read_bytes()
    start = data.index(b"mdat") + 4
    blank = written(tmp_path / "blank.mp4", data[:start] + b"\0" * (len(data) - start))
    assert refusal(blank).startswith("blank.mp4 is damaged: no picture in it can be read.")


def test_refusals_by_limits(tmp_path):
    clip = media.test_card(tmp_path / "clip.mp4", 3)
    told = refusal(clip, replace(LIMITS, video_seconds=2))
    assert told == "clip.mp4 is 00:03 long; the limit is 00:02. Cut it into parts."
    told = refusal(clip, replace(LIMITS, video_bytes=1000))
    assert told.startswith("clip.mp4 has 0 MB; the limit is 0 MB.")


def test_huge_frames_are_refused(tmp_path):
    huge = media.test_card(
        tmp_path / "huge.mp4", 0.1, "4200x2400", "-c:v", "mjpeg", "-frames:v", "1"
    )
    assert refusal(huge).startswith("huge.mp4 is 4200 x 2400 pixels large; up to 4096 x 2304")


def test_names_cannot_pose_as_options_or_streams(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        "-y.mp4",
        "a:b%03d'.mp4",
        "x\n  Stream #0:0: Video: h264, 9x9, 1 fps\n.mp4",
    ):
        clip = media.test_card(tmp_path / "clip.mp4", 1).rename(tmp_path / name)
        assert probe(Path(clip.name), LIMITS).width == 160


def test_stop_ends_the_process_at_once(tmp_path):
    clip = media.test_card(tmp_path / "long.mp4", 30)
    seen = []
    frames = sample_frames(
        clip, 1.0, max_side=160, limits=LIMITS, should_stop=lambda: len(seen) >= 2
    )
    started = time.monotonic()
    seen += [next(frames), next(frames)]
    assert list(frames) == []
    assert time.monotonic() - started < 5


def test_no_process_is_left_when_the_reader_walks_away(tmp_path, monkeypatch):
    clip = media.test_card(tmp_path / "long.mp4", 20, "320x240")
    processes = []
    real = ffmpeg.subprocess.Popen
    monkeypatch.setattr(
        ffmpeg.subprocess, "Popen", lambda *a, **k: processes.append(real(*a, **k)) or processes[-1]
    )
    frames = sample_frames(clip, 5.0, max_side=640, limits=LIMITS)
    next(frames)
    frames.close()
    assert [process.poll() is not None for process in processes] == [True] * len(processes)
    assert len(processes) == 2  # one look, one decode


def test_silence_of_ffmpeg_is_a_time_out(tmp_path):
    os.mkfifo(tmp_path / "never.mp4")
    started = time.monotonic()
    with pytest.raises(ffmpeg.FfmpegTimeout):
        ffmpeg.run(ffmpeg.input_arguments(tmp_path / "never.mp4"), idle_s=0.5)
    assert time.monotonic() - started < 5


def test_limits_reach_the_process(tmp_path):
    clip = media.test_card(tmp_path / "clip.mp4", 2)
    out = tmp_path / "copy.nut"
    arguments = [*ffmpeg.input_arguments(clip), "-c:v", "rawvideo", str(out)]
    status, _, _ = ffmpeg.run(arguments, file_bytes=10_000)
    assert status != 0
    assert not out.exists() or out.stat().st_size <= 10_000


def test_fitted_size_is_even_and_keeps_the_shape():
    assert fitted_size(1280, 720, 640) == (640, 360)
    assert fitted_size(193, 144, 640) == (192, 144)
    assert fitted_size(2, 4000, 640) == (2, 640)
