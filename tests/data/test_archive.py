"""extract_zip: nothing outside the folder or beyond the limits; what is left out is listed."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdemo.config import MB, Limits
from mmdemo.data.archive import extract_zip
from mmdemo.errors import DatasetError
from tests import media

LIMITS = Limits()


def extract(path, tmp_path, limits=LIMITS):
    root, problems = extract_zip(path, tmp_path / "work", limits)
    found = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    return root, found, problems


def refused(path, tmp_path, limits=LIMITS):
    """The sentence of the refusal; nothing may stay behind."""
    with pytest.raises(DatasetError) as caught:
        extract_zip(path, tmp_path / "work", limits)
    assert list((tmp_path / "work").iterdir()) == []
    return str(caught.value)


def link_entry(name="link.jpg"):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_a_clean_zip(tmp_path):
    entries = media.csv_dataset()
    root, found, problems = extract(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert found == set(entries)
    assert problems == ()
    assert (root / "data.csv").read_text() == entries["data.csv"]


@pytest.mark.parametrize(
    "name",
    ["../evil.txt", "a/../../evil.txt", "/etc/evil", "C:/evil", "..\\evil.txt", "C:\\x\\evil.txt"],
)
def test_paths_out_of_the_folder_refuse_the_archive(tmp_path, name):
    path = media.write_zip(tmp_path / "a.zip", [("ok.txt", "x"), (name, "bad")])
    assert "a.zip was refused: its entry" in refused(path, tmp_path)
    assert {p.name for p in tmp_path.rglob("*")} == {"a.zip", "work"}


def test_backslashes_of_windows_tools_are_folders(tmp_path):
    _, found, _ = extract(media.write_zip(tmp_path / "a.zip", {"cat\\1.txt": "x"}), tmp_path)
    assert found == {"cat/1.txt"}


def test_a_link_is_left_out_and_listed(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", [(link_entry(), "/etc/passwd"), ("b.txt", "b")])
    root, found, (problem,) = extract(path, tmp_path)
    assert found == {"b.txt"}
    assert not (root / "link.jpg").is_symlink()
    assert problem.where == "link.jpg"
    assert problem.outcome == "skipped"
    assert problem.what == "link.jpg is a link and not a file; put the file itself into the zip."


def test_archives_inside_are_left_out_by_name_and_by_content(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x", "y")
    entries = {"more.zip": "x", "cat.jpg": inner.getvalue(), "ok.txt": "x"}
    _, found, problems = extract(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert found == {"ok.txt"}
    assert [p.where for p in problems] == ["more.zip", "cat.jpg"]
    assert all("an archive inside the archive" in p.what for p in problems)


def test_same_name_in_other_case_or_normal_form_keeps_the_first(tmp_path):
    pairs = [("a.txt", "1"), ("A.TXT", "2"), ("caf\u00e9.txt", "3"), ("cafe\u0301.txt", "4")]
    root, found, problems = extract(media.write_zip(tmp_path / "a.zip", pairs), tmp_path)
    assert found == {"a.txt", "caf\u00e9.txt"}
    assert (root / "a.txt").read_text() == "1"
    assert problems[0].what == (
        "A.TXT has the same name as a.txt; the first one was kept. Rename one."
    )
    assert len(problems) == 2


def test_a_file_where_a_folder_is_needed_costs_only_that_entry(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", [("a", "1"), ("a/b", "2"), ("c", "3")])
    _, found, problems = extract(path, tmp_path)
    assert found == {"a", "c"}
    assert [p.where for p in problems] == ["a/b"]


def test_junk_is_left_out_in_silence(tmp_path):
    entries = {
        "__MACOSX/._a.jpg": "x", ".DS_Store": "x", "cat/Thumbs.db": "x", "cat/.hidden": "x",
        "cat/a.txt": "x",
    }  # fmt: skip
    _, found, problems = extract(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert found == {"cat/a.txt"}
    assert problems == ()


def test_too_many_entries(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", {f"{i}.txt": "" for i in range(11)})
    assert refused(path, tmp_path, Limits(zip_entries=10)) == (
        "a.zip has more than 10 entries. Split it or leave files out."
    )


def test_a_huge_list_of_entries_is_not_even_read(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 9, 9, 4_000_000_000, 0, 0))
    assert "more than 20,000 entries" in refused(path, tmp_path)


def test_too_many_packed_bytes(tmp_path):
    path = media.zip_dataset(tmp_path / "a.zip")
    assert "zip files may have up to" in refused(path, tmp_path, Limits(zip_bytes=100))


def test_unpacked_bytes_are_counted(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", {f"{i}.txt": "x" * MB for i in range(3)})
    assert refused(path, tmp_path, Limits(zip_unpacked_bytes=2 * MB)) == (
        "a.zip unpacks to more than 2 MB. Make it smaller, for example with smaller pictures."
    )


def test_a_header_that_lies_about_its_size_does_not_help(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", {"a.txt": b"x" * (3 * MB)})
    raw = path.read_bytes().replace(struct.pack("<I", 3 * MB), struct.pack("<I", 10))
    path.write_bytes(raw)
    with pytest.raises(DatasetError):
        root, _ = extract_zip(path, tmp_path / "w", Limits(zip_unpacked_bytes=MB))
        # zipfile itself stops at the claimed size and finds the checksum wrong: nothing is kept
        assert sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) <= MB
        raise DatasetError("bounded")


def test_a_ratio_no_honest_file_has(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", {"a.bmp": b"\0" * (40 * MB)})
    assert "as zip bombs do" in refused(path, tmp_path)


def test_passwords(tmp_path):
    path = media.write_zip(tmp_path / "a.zip", {"a.txt": "x"})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1  # local header's flag
    raw[raw.find(b"PK\x01\x02") + 8] |= 1  # the directory's flag
    path.write_bytes(raw)
    assert refused(path, tmp_path) == (
        "a.zip is protected by a password. Make the zip again without one."
    )


def test_a_damaged_entry_is_listed_and_the_rest_unpacked(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.txt", "spoil this content")
        archive.writestr("good.txt", "fine")
    path.write_bytes(path.read_bytes().replace(b"spoil this", b"SPOIL THIS"))
    _, found, problems = extract(path, tmp_path)
    assert found == {"good.txt"}
    assert [p.what for p in problems] == ["bad.txt is damaged in the archive; make the zip again."]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no more", b"no zip at all" * 10])
def test_what_is_no_zip(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert "not a zip file that can be opened" in refused(tmp_path / "a.zip", tmp_path)


def test_a_zip_cut_off_in_the_middle(tmp_path):
    path = media.zip_dataset(tmp_path / "a.zip", 2, 20)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "or it is damaged" in refused(path, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312"])
def test_names_without_the_utf8_flag(tmp_path, encoding):
    raw = "高兴/图片.txt".encode(encoding)
    placeholder = "x" * len(raw)
    path = media.write_zip(tmp_path / "a.zip", {placeholder: "hello"})
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), raw))
    _, found, _ = extract(path, tmp_path)
    assert found == {"高兴/图片.txt"}


def test_very_long_and_very_deep_names(tmp_path):
    entries = {"a" * 400 + ".txt": "x", "d/" * 30 + "x.txt": "x", "b.txt": "x"}
    _, found, problems = extract(media.write_zip(tmp_path / "a.zip", entries), tmp_path)
    assert found == {"b.txt"}
    assert len(problems) == 2


NAMES = st.lists(
    st.sampled_from(["..", ".", "", "a", "B", "b", "con", "\u00e9", "e\u0301", "C:", "~", "x.zip"]),
    min_size=1,
    max_size=5,
).flatmap(lambda parts: st.sampled_from(["/", "\\"]).map(lambda sign: sign.join(parts)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(NAMES, st.binary(max_size=30), st.booleans()), max_size=6))
def test_nothing_is_ever_written_outside(tmp_path_factory, entries):
    top = tmp_path_factory.mktemp("top")
    outer = top / "1" / "2" / "3"
    outer.mkdir(parents=True)
    pairs = [(link_entry(n) if link else zipfile.ZipInfo(n), body) for n, body, link in entries]
    path = media.write_zip(outer / "a.zip", pairs)
    try:
        root, _ = extract_zip(path, outer / "work", LIMITS)
        assert root.parent == outer / "work"
        assert not any(p.is_symlink() for p in root.rglob("*"))
    except DatasetError:
        assert list((outer / "work").iterdir()) == []
    outside = {p for p in top.rglob("*") if (outer / "work") not in p.parents}
    assert outside == {top / "1", top / "1" / "2", outer, path, outer / "work"}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_zips_raise_nothing_else(tmp_path_factory, data):
    top = tmp_path_factory.mktemp("top")
    path = media.zip_dataset(top / "a.zip")
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        extract_zip(path, top / "work", LIMITS)
    except DatasetError as error:
        assert "a.zip" in str(error)
