"""Subtitle files (.srt and .vtt) as cues; forgiving, because most of them are written by hand."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import MediaError
from .encoding import decode
from .names import called
from .sniff import require_file

MOST_BYTES = 5 * 1024 * 1024  # a feature film has about 0.1 MB
MOST_CUES = 20_000
MOST_CHARACTERS = 2_000  # of one cue

# 00:01:02,500 / 1:02.5 / 62.5 is no time; hours are optional in .vtt
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-+>\s*{_TIME}")
_TAGS = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")  # <i>, <v Name>, <00:01.5>, {\an8}
_VTT_BLOCKS = ("NOTE", "STYLE", "REGION", "WEBVTT")


@dataclass(frozen=True)
class Cue:
    """Words that are spoken from ``start_s`` up to, not including, ``end_s``."""

    start_s: float
    end_s: float
    text: str


class Cues(tuple[Cue, ...]):
    """Cues in the order of their start; ``skipped`` blocks of the file could not be read."""

    skipped: int = 0


def read_subtitles(path: Path) -> Cues:
    """The cues of an .srt or .vtt file; MediaError when not one cue can be read."""
    try:
        require_file(path)
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise MediaError(
            f"{called(path)} could not be opened ({error.strerror}). Choose the file again.",
            code="subtitles_missing",
            name=called(path),
        ) from error
    if len(data) > MOST_BYTES:
        raise MediaError(
            f"{called(path)} has more than 5 MB, too much for subtitles. "
            "Choose an .srt or .vtt file.",
            code="subtitles_bytes",
            name=called(path),
        )
    cues = parse_subtitles(decode(data).text)
    if not cues:
        raise MediaError(
            f"{called(path)} holds no subtitles that can be read. "
            "An .srt or .vtt file has lines like 00:00:01,000 --> 00:00:03,000.",
            code="subtitles_none",
            name=called(path),
        )
    return cues


def parse_subtitles(text: str) -> Cues:
    """Cues of the text of a subtitle file; blocks that make no sense are skipped and counted."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[Cue] = []
    skipped = 0
    for block in _blocks(lines):
        cue = _cue(block)
        if cue is not None and len(found) < MOST_CUES:
            found.append(cue)
        elif _is_broken(block):
            skipped += 1
    cues = Cues(sorted(found, key=lambda cue: (cue.start_s, cue.end_s)))
    cues.skipped = skipped
    return cues


def words_at(cues: tuple[Cue, ...], time_s: float) -> str:
    """What is said at an instant: the texts of all cues that cover it, in order."""
    return " ".join(cue.text for cue in cues if cue.start_s <= time_s < cue.end_s)


def _blocks(lines: list[str]) -> list[list[str]]:
    """Lines between blank lines; a times line starts a block even when no blank line is before."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line.strip():
            blocks.append([])
            continue
        if _TIMES.match(line) and any(_TIMES.match(before) for before in blocks[-1]):
            number = blocks[-1].pop() if blocks[-1][-1].strip().isdigit() else None
            blocks.append([number] if number else [])
        blocks[-1].append(line)
    return [block for block in blocks if block]


def _cue(block: list[str]) -> Cue | None:
    """The cue of a block: an optional name or number, the times, the words."""
    for index, line in enumerate(block[:2]):
        times = _TIMES.match(line)
        if times is None:
            continue
        start_s, end_s = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        words = html.unescape(_TAGS.sub("", " ".join(block[index + 1 :])))
        words = " ".join(words.replace("\0", "").split())[:MOST_CHARACTERS]
        return Cue(start_s, end_s, words) if words and start_s < end_s else None
    return None


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


def _is_broken(block: list[str]) -> bool:
    """True unless the block is a comment, a header, or a lone number between cues."""
    return not block[0].strip().lstrip("\ufeff").startswith(_VTT_BLOCKS) and not (
        len(block) == 1 and block[0].strip().isdigit()
    )
