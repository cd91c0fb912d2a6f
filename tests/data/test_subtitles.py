"""Subtitle files as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdemo.data.encoding import decode
from mmdemo.data.subtitles import Cue, parse_subtitles, read_subtitles, words_at
from mmdemo.errors import MediaError

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere\n\n2\n00:01:00,000 --> 01:00:01,250\nBye\n"


def test_srt():
    assert parse_subtitles(SRT) == (Cue(1.0, 2.5, "Hello there"), Cue(60.0, 3601.25, "Bye"))
    assert parse_subtitles(SRT).skipped == 0


def test_vtt_with_header_notes_style_names_and_settings():
    text = (
        "WEBVTT - a film\n\nSTYLE\n::cue { color: red }\n\nNOTE nobody reads this\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start position:10%\n"
        "<v Ann><i>I&apos;m <00:01.500>glad</i> &amp; well</v>\n"
    )
    cues = parse_subtitles(text)
    assert cues == (Cue(1.0, 2.0, "I'm glad & well"),)
    assert cues.skipped == 0


@pytest.mark.parametrize(
    "text",
    [
        "00:00:01.000 --> 00:00:02.000\nHi\n",  # no number, a dot
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n",
        "1\r00:00:01,0 --> 00:00:02,0\rHi\r",
        "0:01 --> 0:02\nHi",
        "1\n0:0:1,000-->0:0:2,000\n{\\an8}<font color=red>Hi</font>",
    ],
)
def test_ways_to_write_one_cue(text):
    assert parse_subtitles(text) == (Cue(1.0, 2.0, "Hi"),)


def test_missing_blank_line_between_cues():
    text = "1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:02,000 --> 00:00:03,000\nTwo\n"
    assert parse_subtitles(text) == (Cue(1.0, 2.0, "One"), Cue(2.0, 3.0, "Two"))


def test_bad_blocks_are_skipped_and_counted():
    text = (
        "1\n00:00:01,000 --> oops\nlost\n\n2\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n"
        "3\n00:00:06,000 --> 00:00:07,000\n\n4\n00:00:08,000 --> 00:00:09,000\nkept\n\nstray\n"
    )
    cues = parse_subtitles(text)
    assert [cue.text for cue in cues] == ["kept"]
    assert cues.skipped == 4


def test_cues_are_sorted_and_overlaps_are_joined_at_an_instant():
    text = "0:03 --> 0:06\nsecond\n\n0:01 --> 0:04\nfirst\n"
    cues = parse_subtitles(text)
    assert [cue.text for cue in cues] == ["first", "second"]
    assert words_at(cues, 0.5) == ""
    assert words_at(cues, 1.0) == "first"
    assert words_at(cues, 3.5) == "first second"
    assert words_at(cues, 4.0) == "second"
    assert words_at(cues, 6.0) == ""


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path, codec):
    path = tmp_path / "a.srt"
    path.write_bytes(SRT.replace("Hello", "Grüße").encode(codec))
    assert read_subtitles(path)[0].text == "Grüße there"


def test_old_windows_encoding():
    assert decode("Grüße".encode("cp1252")).text == "Grüße"


def test_chinese_subtitles_that_are_not_utf8(tmp_path):
    path = tmp_path / "a.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\n我今天很高兴，谢谢你\n".encode("gbk"))
    assert read_subtitles(path)[0].text == "我今天很高兴，谢谢你"


def refusal(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        read_subtitles(path)
    return str(caught.value)


def test_refusals(tmp_path):
    path = tmp_path / "a.srt"
    assert refusal(path).startswith("a.srt could not be opened")
    path.write_bytes(b"")
    assert refusal(path) == (
        "a.srt holds no subtitles that can be read. "
        "An .srt or .vtt file has lines like 00:00:01,000 --> 00:00:03,000."
    )
    path.write_bytes(b"x" * (5 * 1024 * 1024 + 1))
    assert refusal(path).startswith("a.srt has more than 5 MB")


@given(st.binary(max_size=300))
def test_any_bytes_end_in_sound_cues(data):
    cues = parse_subtitles(decode(data).text)
    assert all(0 <= cue.start_s < cue.end_s and cue.text.strip() for cue in cues)


WORDS = st.text(alphabet="abc,.'! -><&0123456789:\n", min_size=1, max_size=40)
LINES = st.lists(
    st.one_of(WORDS, st.sampled_from(["", "1", "0:01 --> 0:02", "00:00:01,5 --> ٠٠:9", "WEBVTT"])),
    max_size=20,
)


@given(LINES)
def test_any_lines_end_in_sound_cues(lines):
    cues = parse_subtitles("\n".join(lines))
    assert all(0 <= cue.start_s < cue.end_s and cue.text.strip() for cue in cues)
    assert list(cues) == sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))


TIMES = st.integers(min_value=0, max_value=10 * 3600 * 1000 - 1)


def stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{rest:03d}"


@given(st.lists(st.tuples(TIMES, TIMES, st.text("abc xyz", min_size=1)), max_size=10))
def test_what_is_written_is_read_back(entries):
    wanted = [
        Cue(start / 1000, end / 1000, " ".join(words.split()))
        for start, end, words in entries
        if start < end and words.strip()
    ]
    blocks = [
        f"{n}\n{stamp(start)} --> {stamp(end)}\n{words}\n"
        for n, (start, end, words) in enumerate(entries, 1)
    ]
    cues = parse_subtitles("\n".join(blocks))
    order = [(round(cue.start_s, 3), round(cue.end_s, 3), cue.text) for cue in cues]
    assert sorted(order) == sorted((cue.start_s, cue.end_s, cue.text) for cue in wanted)
