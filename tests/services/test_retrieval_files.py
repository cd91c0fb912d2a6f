"""What leaves the retrieval tab as a file: clips, tables, JSON."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from mmdemo.config import Limits
from mmdemo.data.video import probe, sample_frames
from mmdemo.errors import MediaError, StoppedError, StorageError
from mmdemo.services.retrieval.answers import SearchResult
from mmdemo.services.retrieval.clips import write_clip
from mmdemo.services.retrieval.export import write_csv, write_json
from mmdemo.types import Moment, Note
from tests.services.coloured import colour_clip, colour_picture, indexed, service
from tests.video_media import ffmpeg
from tests.video_media import test_card as card_clip

LIMITS = Limits()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return colour_clip(tmp_path_factory.mktemp("clips") / "a.mp4", "red", "green", "blue")


def colours(path) -> list[str]:
    """The strongest of red, green and blue, once every half second."""
    frames = [
        np.asarray(f).mean((0, 1)) for _, f in sample_frames(path, 2, max_side=64, limits=LIMITS)
    ]
    return [["red", "green", "blue"][int(frame.argmax())] for frame in frames]


def test_the_range_is_cut_at_the_very_frame(clip, tmp_path):
    told = []
    out = write_clip(
        clip, (1.0, 4.5), tmp_path / "out.mp4", limits=LIMITS, progress=lambda *a: told.append(a)
    )
    assert colours(out) == ["red"] * 2 + ["green"] * 4 + ["blue"]
    assert probe(out, LIMITS).duration_s == pytest.approx(3.5, abs=0.3)
    assert told[-1][0] == 1.0 and [f for f, _ in told] == sorted(f for f, _ in told)
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"], "nothing half-made stays"


def test_the_sound_comes_along_and_ends_are_kept_inside(tmp_path):
    source = card_clip(tmp_path / "card.mp4", 3)
    out = write_clip(source, (-5, 99), tmp_path / "out.mp4", limits=LIMITS)
    assert probe(out, LIMITS).duration_s == pytest.approx(3, abs=0.3)
    ffmpeg("-i", out, "-map", "0:a:0", "-f", "null", "-")  # fails when there is no sound


def test_clips_that_cannot_be_made(clip, tmp_path):
    out = tmp_path / "out.mp4"
    for span in ((2.0, 2.1), (3.0, 2.0), (50.0, 60.0)):
        with pytest.raises(MediaError, match="would be shorter than"):
            write_clip(clip, span, out, limits=LIMITS)
    with pytest.raises(StoppedError):
        write_clip(clip, (0, 5), out, limits=LIMITS, should_stop=lambda: True)
    with pytest.raises(MediaError):
        write_clip(colour_picture(tmp_path / "p.png", "red"), (0, 1), out, limits=LIMITS)
    with pytest.raises(MediaError, match="could not be written"):
        write_clip(clip, (0, 1), tmp_path / "no" / "folder" / "out.mp4", limits=LIMITS)
    assert not out.exists()


def test_a_found_moment_becomes_a_clip(clip, tmp_path):
    own = service()
    indexed(own, tmp_path / "library", [clip])
    (moment,) = own.search(tmp_path / "library", "blue").moments
    span = (moment.start_s, moment.end_s)
    out = own.clip(tmp_path / "library", moment.item, span, tmp_path / "blue.mp4")
    assert set(colours(out)) == {"blue"}


def result_of(query: str, video: str) -> SearchResult:
    moment = Moment("f" * 32, video, 1.0, 2.5, 1.25, 3.14159, "strong", None)
    return SearchResult(query, (moment, moment), 7, True, (Note("some_code", "Some text."),))


def test_a_table_of_moments(tmp_path):
    out = write_csv(result_of("=1+1", "+ölçü, 犬.mp4"), tmp_path / "out.csv")
    with open(out, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert rows[0] == {
        "query": "'=1+1",
        "rank": "1",
        "video": "'+ölçü, 犬.mp4",
        "start_s": "1.000",
        "end_s": "2.500",
        "frame_s": "1.250",
        "score": "3.1416",
        "strength": "strong",
    }


def test_moments_as_json(tmp_path):
    own = service()
    out = own.export_json(result_of("=1+1", "犬.mp4"), tmp_path / "out.json")
    read = json.loads(out.read_text(encoding="utf-8"))
    assert read["query"] == "=1+1" and read["total"] == 7 and read["fits"] is True
    assert read["notes"] == [{"code": "some_code", "text": "Some text."}]
    assert len(read["moments"]) == 2
    assert read["moments"][0] == {
        "video": "犬.mp4",
        "start_s": 1.0,
        "end_s": 2.5,
        "frame_s": 1.25,
        "score": 3.1416,
        "strength": "strong",
        "item": "f" * 32,
    }


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    for write in (write_csv, write_json):
        with pytest.raises(StorageError, match="could not be saved"):
            write(result_of("a", "b"), tmp_path / "file" / "out")
