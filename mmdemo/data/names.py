"""Names of files that strangers chose, fit for a sentence."""

from __future__ import annotations

from pathlib import Path

_SHOWN = 120  # characters of a name in a sentence
_BEGIN = 80  # of these at the start; the end tells the suffix
# joiners hold letters of some scripts and emoji together, tags make flags of regions
_JOINERS = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})


def clean(name: str) -> str:
    """The name on one line, in the order it is read: what would break the line, turn its direction
    or cannot be written as text becomes a replacement character."""
    return "".join(c if c.isprintable() or c in _JOINERS else "\ufffd" for c in name)


def shown(name: str) -> str:
    """The same, and not long."""
    whole = clean(name)
    if len(whole) <= _SHOWN:
        return whole
    return f"{whole[:_BEGIN]}...{whole[_BEGIN + 3 - _SHOWN :]}"


def called(path: Path) -> str:
    """What a sentence calls a file."""
    return shown(path.name)
