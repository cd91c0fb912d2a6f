"""Bytes of a text file -> text, and how sure that is."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ..types import Note

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it starts with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 20_000  # characters or bytes looked at where a share is enough
_COMMON_SHARE = 0.8


@dataclass(frozen=True)
class Decoded:
    """Text and the name of its encoding; ``guess`` tells when bytes had to be guessed."""

    text: str
    encoding: str
    guess: Note | None = None


def decode(raw: bytes) -> Decoded:
    """Text of a file in UTF-8, UTF-16, GB18030 or Windows-1252, with or without a mark."""
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return Decoded(raw[len(bom) :].decode(name, "replace"), name)
    wide = _wide(raw)
    if wide:
        return Decoded(raw.decode(wide, "replace"), wide, _guessed("UTF-16"))
    try:
        return Decoded(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _guess(raw, error)


def _wide(raw: bytes) -> str:
    """UTF-16 without its mark: every second byte of Latin letters and separators is zero."""
    head = raw[:_SAMPLE]
    if b"\0" not in head or len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < 0.1 * len(head) / 2 or min(even, odd) > 0.2 * max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(raw: bytes, error: UnicodeDecodeError) -> Decoded:
    damaged = raw.decode("utf-8", "replace")
    lost = damaged.count("\ufffd")
    whole = sum(1 for c in damaged if c > "\x7f") - lost
    if whole > 4 * lost:  # UTF-8 with a few broken bytes, not another encoding
        line = raw[: error.start].count(b"\n") + 1
        sentence = (
            f"It has {lost} broken characters, the first in line {line}; they read as \ufffd."
        )
        values = {"count": lost, "line": line}
        return Decoded(damaged, "utf-8", Note("encoding_broken", sentence, values))
    try:
        chinese = raw.decode("gb18030")
    except UnicodeDecodeError:
        pass
    else:
        if _looks_chinese(chinese):
            return Decoded(chinese, "gb18030", _guessed("GB18030 (Chinese)"))
    # five bytes have no meaning in Windows-1252; Latin-1 gives them one, so nothing is lost
    text = raw.decode("cp1252", "latin1-for-holes")
    return Decoded(text, "cp1252", _guessed("Windows-1252 (Western European)"))


def _looks_chinese(text: str) -> bool:
    """Whether the non-ASCII characters are common ones: Western bytes read as GB18030 are rare."""
    signs = re.findall(r"[^\x00-\x7f]", text)[:_SAMPLE]
    common = sum(1 for c in signs if _in_gb2312(c))
    return bool(signs) and common >= _COMMON_SHARE * len(signs)


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _guessed(name: str) -> Note:
    sentence = f"It is not marked as UTF-8; it was read as {name}. "
    sentence += "If letters look wrong, save as UTF-8."
    return Note("encoding_guessed", sentence, {"encoding": name})


def _holes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin1-for-holes", _holes)
