"""read_table: encodings, delimiters, and rows that are wrong without harming their neighbours."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mmdemo.data.encoding import decode
from mmdemo.data.tables import read_table
from mmdemo.errors import DatasetError


def table_of(tmp_path, content, known=("text", "label")):
    path = tmp_path / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, known)


def cells(table):
    return [row.cells for row in table.rows]


CHINESE = "text,label\n我今天非常高兴,快乐\n这真让人难过,悲伤\n"
WESTERN = "text,label\nLe café était très bon à Zürich,joie\nSeñor Müller weint,tristeza\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guessed"),
    [
        (CHINESE, "utf-8", False),
        (CHINESE, "utf-8-sig", False),
        (CHINESE, "utf-16", False),
        (CHINESE, "utf-32", False),
        (CHINESE, "gb18030", True),
        (WESTERN, "utf-8", False),
        (WESTERN, "utf-16", False),
        (WESTERN, "utf-16-le", True),
        (WESTERN, "utf-16-be", True),
        (WESTERN, "cp1252", True),
        ("text,label\nplain ascii,joy\n", "ascii", False),
        ("text,label\n\u201cquoted\u201d \u2013 dash\u2026,joy\n", "cp1252", True),
        ("text,label\nfür,joy\n", "cp1252", True),
    ],
)
def test_encodings(tmp_path, text, encoding, guessed):
    table = table_of(tmp_path, text.encode(encoding))
    expected = [tuple(line.split(",")) for line in text.splitlines()]
    assert [table.header, *cells(table)] == expected
    assert bool(table.problems) == guessed
    if guessed:
        assert table.problems[0].where == "data.csv"
        assert table.problems[0].outcome == "fixed"
        assert "it was read as" in table.problems[0].what


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else():
    raw = ("é" * 100 + "\nü").encode() + b"\xff\n"
    decoded = decode(raw)
    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith("é" * 100)
    assert "1 broken characters, the first in line 2" in decoded.guess.text


def test_bytes_without_meaning_in_windows_1252_are_not_an_error():
    assert decode(b"caf\xe9 \x81\n").text == "caf\xe9 \x81\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path, delimiter):
    content = f'text{delimiter}label\n"hello, you; there"{delimiter}joy\n'
    assert cells(table_of(tmp_path, content)) == [("hello, you; there", "joy")]


def test_the_known_names_decide_between_delimiters(tmp_path):
    table = table_of(tmp_path, "text;label;a,b,c,d\nhello;joy;x\n")
    assert table.header == ("text", "label", "a,b,c,d")


def test_excels_own_first_line(tmp_path):
    assert cells(table_of(tmp_path, "sep=;\r\ntext;label\r\na;b\r\n")) == [("a", "b")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(tmp_path, end):
    table = table_of(tmp_path, end.join(["", "text,label", "", "a,b", "   ", "c,d", "", ""]))
    assert cells(table) == [("a", "b"), ("c", "d")]
    assert [(row.number, row.line) for row in table.rows] == [(1, 4), (2, 6)]


def test_a_cell_over_several_lines(tmp_path):
    table = table_of(tmp_path, 'text,label\n"one\ntwo, ""three""",joy\nfour,anger\n')
    assert cells(table) == [('one\ntwo, "three"', "joy"), ("four", "anger")]
    assert table.rows[1].line == 4
    assert table.problems == ()


def test_wrong_numbers_of_cells_are_listed_by_line_and_the_others_read(tmp_path):
    table = table_of(tmp_path, "text,label\na,b\nonly one\nc,d,e\nf,g,,\n")
    assert cells(table) == [("a", "b"), ("f", "g")]
    assert [(p.where, p.what, p.outcome) for p in table.problems] == [
        ("row 2 (line 3)", "It has 1 cells where the header has 2.", "skipped"),
        (
            "row 3 (line 4)",
            "It has 3 cells where the header has 2. "
            "Put text that contains the separator into quotation marks.",
            "skipped",
        ),
    ]


@pytest.mark.parametrize("bad", ['"open,joy', 'text,"open', '"a"b,joy', '"open, and ""more"",joy'])
@pytest.mark.parametrize("others_quoted", [True, False])
def test_an_open_quote_in_line_19_costs_only_line_19(tmp_path, bad, others_quoted):
    line = '"sentence {0}, with comma","joy"' if others_quoted else "sentence {0},joy"
    lines = ["text,label", *(line.format(i) for i in range(2, 40))]
    lines[18] = bad
    table = table_of(tmp_path, "\n".join(lines) + "\n")
    assert [p.where for p in table.problems] == ["row 18 (line 19)"]
    assert "quotation mark" in table.problems[0].what
    assert [row.line for row in table.rows] == [i for i in range(2, 40) if i != 19]


def test_a_lone_quote_inside_a_word_is_a_character(tmp_path):
    assert cells(table_of(tmp_path, 'text,label\n5" screen,joy\n')) == [('5" screen', "joy")]


def test_a_very_long_cell_is_read(tmp_path):
    table = table_of(tmp_path, 'text,label\n"' + "a, " * 100_000 + '",joy\n')
    assert len(table.rows[0].cells[0]) > 250_000


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_table(tmp_path, content):
    with pytest.raises(DatasetError, match=r"^data\.csv is empty\."):
        table_of(tmp_path, content)


def test_a_header_with_an_open_quote(tmp_path):
    with pytest.raises(DatasetError, match=r"The first line of data\.csv has an open quotation"):
        table_of(tmp_path, '"text,label\na,b\n')


def test_forty_thousand_rows_take_seconds(tmp_path):
    content = "text,label\n" + '"a sentence, of usual length, number 1",joy|anger\n' * 43_410
    start = time.process_time()
    assert len(table_of(tmp_path, content).rows) == 43_410
    assert time.process_time() - start < 5


def test_a_table_full_of_open_quotes_takes_seconds(tmp_path):
    start = time.process_time()
    table = table_of(tmp_path, "text,label\n" + '"open,joy\n""x,y\n' * 5_000)
    assert time.process_time() - start < 10
    assert len(table.rows) + len(table.problems) == 10_000


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12).map(str.strip)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(CELL.filter(bool), CELL), max_size=8))
@example([('"', "a"), ("b\u2028c", "\u00a0d".strip())])
def test_what_pythons_writer_wrote_comes_back(tmp_path_factory, rows):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *rows])
    table = table_of(tmp_path_factory.mktemp("t"), out.getvalue())
    assert cells(table) == rows
    assert table.problems == ()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b"text,label\n\x00\x00")
@example(b"sep=;\n")
@example(b'text,label\n"')
def test_any_bytes_give_a_table_or_a_dataset_error(tmp_path_factory, raw):
    folder = tmp_path_factory.mktemp("t")
    for content in (raw, b"text,label\n" + raw):
        try:
            table = table_of(folder, content)
        except DatasetError:
            continue
        assert all(len(row.cells) == len(table.header) for row in table.rows)
