"""Invented inputs for the readers of strangers' files: a result, or one clear refusal."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmdemo.config import MB, Limits
from mmdemo.data.archive import claimed_bytes, extract_zip
from mmdemo.data.dataset import read_dataset
from mmdemo.data.encoding import decode
from mmdemo.data.subtitles import MOST_CHARACTERS, parse_subtitles, read_subtitles, words_at
from mmdemo.data.tables import read_table
from mmdemo.errors import DatasetError, MediaError, MmdemoError
from tests import media
from tests.robust.inputs import JPEG, damaged, fresh, names, nightly, of_examples, texts

LIMITS = Limits(zip_entries=50, zip_unpacked_bytes=8 * MB, zip_bytes=8 * MB)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030",
             "cp1252", "latin-1", "shift_jis")  # fmt: skip
CELLS = st.one_of(
    texts(40),
    st.sampled_from(
        ["", " ", "p.jpg", "P.JPG", "../p.jpg", "/etc/passwd", "C:\\p.jpg", "a" * 300, "joy|anger",
         "dev", '"', '""', '"open', 'x"y', "\0", "http://x/p.jpg", "=1+1", "p.jpg\n", "~", "."]
    ),
)  # fmt: skip
HEADERS = st.sampled_from(
    ["text,label", "text;image;label", "image\tlabel", "Sentence,IMAGE_PATH,class,split", "a,b",
     "sep=;", '"text","label"', "text", "text,text,label,label", ",,,", "video,label,text"]
)  # fmt: skip


@st.composite
def tables(draw) -> bytes:
    """The bytes of something like a CSV."""
    lines = [draw(HEADERS)]
    for row in draw(st.lists(st.lists(CELLS, max_size=5), max_size=8)):
        lines.append(draw(st.sampled_from([",", ";", "\t"])).join(row))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines)
    return text.encode(draw(st.sampled_from(ENCODINGS)), "replace")


def readable(problem) -> bool:
    """Whether a report can show it."""
    return problem.what.strip().endswith((".", ")")) and problem.outcome in ("skipped", "fixed")


@given(st.one_of(tables(), st.binary(max_size=300)))
@example(b"")
@example(b"\xff\xfe")
@example(b'text,label\n"' + b"\n" * 50)
@example(b"sep=;\n")
@example(b"\0" * 100)
def test_a_table_of_anything(data):
    with fresh() as folder:
        path = folder / "data.csv"
        path.write_bytes(data)
        (folder / "p.jpg").write_bytes(JPEG)
        try:
            table = read_table(path)
        except DatasetError as error:
            assert "data.csv" in str(error)
            return
        assert all(len(row.cells) == len(table.header) for row in table.rows)
        assert [row.number for row in table.rows] == sorted({row.number for row in table.rows})
        try:
            dataset = read_dataset(path, LIMITS, folder / "work")
        except DatasetError as error:
            assert len(str(error)) < 3000
            return
        assert all(readable(problem) for problem in dataset.problems)
        for sample in dataset.samples:
            assert sample.text or sample.image or sample.video
            assert (sample.image or folder / "p.jpg").is_relative_to(folder)
            assert len(sample.text) <= LIMITS.text_characters


@given(st.text(max_size=200), st.sampled_from(ENCODINGS))
@example("\ufeff\ufeff", "utf-8")
@example("\ud7ff\ue000", "utf-16-le")
def test_text_in_any_encoding_is_decoded(text, encoding):
    decoded = decode(text.encode(encoding, "replace"))
    assert not any("\ud800" <= c <= "\udfff" for c in decoded.text)
    if encoding in ("utf-8-sig", "utf-16", "utf-32"):  # marked, so nothing is guessed
        assert decoded.text == text


@given(st.binary(max_size=400))
def test_bytes_of_no_encoding_are_decoded(data):
    decode(data).text.encode()


@st.composite
def folders(draw) -> dict[str, bytes]:
    """Files of something like a dataset: relative name -> content."""
    contents = st.one_of(
        st.binary(max_size=40), st.just(JPEG), tables(), st.just(media.VIDEO_HEADER),
        texts(30).map(lambda t: t.encode("utf-8", "replace")),
    )  # fmt: skip
    parts = st.one_of(
        names(), st.sampled_from(["train", "dev", "joy", "JOY", "data.csv", "p.jpg", "p.txt",
                                  ".DS_Store", "__MACOSX", "v.mp4"]),
    )  # fmt: skip
    paths = st.lists(parts, min_size=1, max_size=3).map("/".join)
    return draw(st.dictionaries(paths, contents, min_size=1, max_size=8))


def lay(folder: Path, files: dict[str, bytes]) -> None:
    """Write what a file system takes."""
    for name, content in files.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError:  # a file where a folder should be, or a name that is too long
            continue


@given(folders())
def test_a_folder_of_anything(files):
    with fresh() as folder:
        lay(folder / "set", files)
        (folder / "set").mkdir(exist_ok=True)
        try:
            dataset = read_dataset(folder / "set", LIMITS, folder / "work")
        except DatasetError as error:
            assert str(error).isprintable() or "\n" not in str(error)
            return
        for sample in dataset.samples:
            assert sample.text or sample.image or sample.video
        for problem in dataset.problems:
            assert readable(problem) and "\n" not in problem.where


def zipped(entries: list[tuple[str, bytes, int]]) -> bytes:
    """A zip of (name, content, mode) entries, whatever they say."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name or "x", (2026, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return out.getvalue()


ENTRY_NAMES = st.one_of(
    st.lists(names(), min_size=1, max_size=4).map("/".join),
    st.sampled_from(["../x", "/x", "C:/x", "a/../../x", "a\\..\\x", "data.csv", "a/", "a", "a/b",
                     "A", "x" * 300, "./x", "a//b", "con", "x.zip", "joy/p.jpg", "sad/p.jpg"]),
)  # fmt: skip
ENTRIES = st.lists(
    st.tuples(
        ENTRY_NAMES,
        st.one_of(st.binary(max_size=60), st.just(JPEG), tables()),
        st.sampled_from([0, 0o100644, 0o120777, 0o040755, 0o010644, 0o104755]),
    ),
    max_size=8,
)


def check_archive(data: bytes) -> None:
    """Unpack and read; nothing may appear beside the folder, and no error but ours."""
    with fresh() as folder:
        path, work = folder / "upload.zip", folder / "inside" / "work"
        path.write_bytes(data)
        try:
            assert claimed_bytes(path, LIMITS) >= 0
            root, problems = extract_zip(path, work, LIMITS)
        except DatasetError as error:
            assert "upload.zip" in str(error)
            assert list(work.iterdir()) == []
        else:
            assert all(readable(problem) for problem in problems)
            for path_inside in root.rglob("*"):
                assert not path_inside.is_symlink()
                assert path_inside.resolve().is_relative_to(root.resolve())
            sizes = [p.stat().st_size for p in root.rglob("*") if p.is_file()]
            assert sum(sizes) <= LIMITS.zip_unpacked_bytes
        assert {p.name for p in folder.iterdir()} == {"upload.zip", "inside"}
        assert [p.name for p in (folder / "inside").iterdir()] == ["work"]
        with contextlib.suppress(DatasetError):
            read_dataset(path, LIMITS, work)


@given(ENTRIES)
def test_a_zip_of_anything(entries):
    check_archive(zipped(entries))


@given(damaged(zipped([("data.csv", b"text,label\na,b\nc,d\n", 0), ("p.jpg", JPEG, 0o100644)])))
def test_a_damaged_zip(data):
    check_archive(data)


@given(st.text(max_size=300))
@example("1\n00:00:00,000 --> 00:00:01,000\n")
@example("999:99:99.999999 --> 999:99:99,9\nx")
@example("00:01 --> 00:02\n00:01 --> 00:02\n00:01 --> 00:03\nx")
@example("&#1114112; &#xD800;\n00:00 --> 00:09\n&#xD800;&#1114112;&#0;<" + "<" * 500)
def test_subtitles_of_anything(text):
    check_cues(parse_subtitles(text))


TIMES = st.from_regex(r"\A\d{0,4}:?\d{1,3}:\d{1,3}[.,]?\d{0,8} ?-{1,4}> ?\d{0,3}:\d\d:\d\d,\d{3}\Z")
LINES = st.one_of(
    TIMES, texts(20), st.sampled_from(["", "1", "WEBVTT", "NOTE x", "<v Bob>hi", "{\\an8}", "-->"])
)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_subtitles_of_lines(text):
    check_cues(parse_subtitles(text))


def check_cues(cues) -> None:
    assert list(cues) == sorted(cues, key=lambda cue: (cue.start_s, cue.end_s))
    assert cues.skipped >= 0
    for cue in cues:
        assert 0 <= cue.start_s < cue.end_s and cue.text.strip() == cue.text != ""
        assert len(cue.text) <= MOST_CHARACTERS and "\n" not in cue.text
        cue.text.encode()  # what a page or a file can take
        assert cue.text in words_at(cues, cue.start_s)


@given(st.binary(max_size=300))
def test_a_subtitle_file_of_bytes(data):
    with fresh() as folder:
        path = folder / "film.srt"
        path.write_bytes(data)
        try:
            check_cues(read_subtitles(path))
        except MediaError as error:
            assert "film.srt" in str(error)


@pytest.mark.parametrize("kind", ["picture", "video"])
@nightly
def test_damaged_media_are_read_or_refused(kind, media_bytes):
    """Pictures and videos of which some bytes were changed."""
    from mmdemo.data.images import check_image, load_image
    from mmdemo.data.video import probe, sample_frames

    @of_examples(4.0 if kind == "picture" else 0.15)
    @given(st.sampled_from(media_bytes[kind]).flatmap(damaged))
    def look(data) -> None:
        with fresh() as folder:
            path = folder / "file"
            path.write_bytes(data)
            try:
                if kind == "picture":
                    check_image(path, LIMITS)
                    load_image(path, LIMITS)
                else:
                    probe(path, LIMITS)
                    list(sample_frames(path, 1.0, max_side=32, limits=LIMITS))
            except MmdemoError as error:
                assert "file" in str(error)

    look()
