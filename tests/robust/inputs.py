"""Strategies that invent what strangers give, and a folder for each example."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from tests import media
from tests.robust.odd_pictures import saved

_EXTREMES = (b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0")
JPEG = saved(media.quadrants((8, 8)), "JPEG")
nightly = pytest.mark.slow  # left out of the default run, part of `make nightly`


def of_examples(share: float) -> settings:
    """Settings of the profile with more or fewer examples, for cheap and for dear tests."""
    return settings(max_examples=max(3, round(settings.default.max_examples * share)))


@contextlib.contextmanager
def fresh() -> Iterator[Path]:
    """An empty folder; in memory where there is such a place, because thousands are made."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def texts(most: int) -> st.SearchStrategy[str]:
    """Text as strangers have it: any script, also signs that break lines or turn them."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=most)


def names() -> st.SearchStrategy[str]:
    """Names that a file system takes, more or less."""
    signs = st.characters(exclude_categories=["Cs"], exclude_characters="/\0")
    free = st.text(signs, min_size=1, max_size=30)
    suffixed = st.tuples(free, st.sampled_from([".jpg", ".txt", ".csv", ".mp4", ".zip"]))
    return st.one_of(free, suffixed.map("".join))


@st.composite
def damaged(draw, whole: bytes) -> bytes:
    """A file of which bytes were changed, cut out, doubled or overwritten by extremes."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        what = draw(st.sampled_from(["set", "cut", "double", "extreme", "end"]))
        if what == "set":
            data[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif what == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif what == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif what == "extreme":
            data[at : at + 4] = draw(
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f" + b"\xff" * 3])
            )
        else:
            del data[at:]
    return bytes(data)


def json_values(leaves: int = 12) -> st.SearchStrategy:
    """Anything that JSON can say."""
    plain = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), texts(10),
        st.sampled_from([0, -1, 1e308, 2**63, 2**70, "", "text", "..", "\0"]),
    )  # fmt: skip
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(8), inner, max_size=4),
        max_leaves=leaves,
    )


@st.composite
def changed(draw, whole: object, most: int = 3) -> object:
    """A JSON value of which a few places hold something else, lack, or are doubled."""
    value = _copy(whole)
    for _ in range(draw(st.integers(0, most))):
        value = _change(draw, value)
    return value


def _copy(value: object) -> object:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _change(draw, value: object) -> object:
    """Go down some way and put something else there."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            del value[key]
        else:
            value[key] = _change(draw, value[key])
        return value
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        value[at] = _change(draw, value[at])
        return value
    return draw(json_values(4))


def as_json(value: object) -> bytes:
    """As a file holds it; NaN and Infinity are what Python writes and reads."""
    return json.dumps(value).encode()
