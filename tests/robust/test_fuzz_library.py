"""Invented content for the files of a library: it is read, or said to be damaged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdemo.data.library import Library
from mmdemo.errors import LibraryError, MmdemoError
from mmdemo.services.retrieval.waiting import left_behind
from tests.robust import library_scenes
from tests.robust.inputs import as_json, damaged, fresh, json_values, of_examples


@given(st.one_of(json_values().map(as_json), st.binary(max_size=60)))
def test_a_mark_of_anything(content):
    with fresh() as folder:
        (folder / "library").mkdir()
        (folder / "library" / "library.json").write_bytes(content)
        with suppress(LibraryError):
            assert Library.open(folder / "library").entries() == ()


LINE = st.one_of(
    json_values(5), st.fixed_dictionaries({"path": json_values(2), "name": json_values(2)}),
    st.fixed_dictionaries({"done": json_values(2)}),
)  # fmt: skip


@given(st.lists(LINE.map(as_json) | st.binary(max_size=30), max_size=6).map(b"\n".join))
def test_a_waiting_list_of_anything(content):
    with fresh() as folder:
        (folder / "waiting").mkdir()
        (folder / "waiting" / "a.jsonl").write_bytes(content)
        for source in left_behind(folder):
            assert isinstance(source.path, Path) and isinstance(source.name, str)


@pytest.fixture(scope="module")
def whole_library(tmp_path_factory) -> dict[str, bytes]:
    """The files of a small library."""
    folder = tmp_path_factory.mktemp("library")
    library_scenes.Remove().make(folder)
    root = folder / "library"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.logs_errors
@given(data=st.data())
@of_examples(0.25)
def test_a_library_of_which_a_file_is_damaged(whole_library, data):
    with fresh() as folder:
        name = data.draw(st.sampled_from(sorted(n for n in whole_library if n.startswith("db"))))
        content = data.draw(st.none() | damaged(whole_library[name]))
        for path, whole in whole_library.items():
            target = folder / "library" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path != name:
                target.write_bytes(whole)
            elif content is not None:
                target.write_bytes(content)
        look_into(folder / "library")


def look_into(folder: Path) -> None:
    """What the page asks of a library: answers, or one of our errors."""
    with suppress(MmdemoError):
        library, identity = Library.open(folder), library_scenes.matcher().identity
        entries = library.entries(identity)
        library.frames(identity, [entry.run_id for entry in entries])
        library.thumbnails(identity, [(entry.run_id, 0.0) for entry in entries])
        library.upkeep()


@pytest.mark.logs_errors
def test_a_manifest_at_which_the_engine_panics(whole_library, tmp_path):
    """Found by fuzzing: the length of a part points behind the end of the file."""
    for path, whole in whole_library.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        damage = path.startswith("db/ledger") and path.endswith(".manifest")
        (tmp_path / path).write_bytes(b"\0\0" + whole[1:] if damage else whole)
    with pytest.raises(LibraryError, match="damaged"):
        Library.open(tmp_path).entries()
