"""Wording: complete in every language, used, and without a blank that nobody fills."""

import ast
import re
import string
from pathlib import Path

import pytest

from mmdemo.config import ROOT
from mmdemo.data.archive import REASONS
from mmdemo.errors import MmdemoError
from mmdemo.types import Note, Problem
from mmdemo.ui.words import (
    LANGUAGES,
    MESSAGES,
    PARTS,
    capital,
    emotion_word,
    preferred_language,
    tell,
    tell_problem,
)
from mmdemo.ui.words_problems import place

UI = ROOT / "mmdemo" / "ui"
# where errors and notes that the page can show are made
MADE_IN = [
    path
    for folder in ("services", "data", "models")
    for path in (ROOT / "mmdemo" / folder).rglob("*.py")
]


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_key_exists_in_every_language_with_the_same_blanks():
    english = LANGUAGES["en"]
    for lang, sentences in LANGUAGES.items():
        assert sentences.keys() == english.keys(), lang
        for key in english:
            assert blanks(sentences[key]) == blanks(english[key]), (lang, key)
            assert sentences[key].strip(), (lang, key)


def test_no_two_files_say_the_same_key():
    for lang, parts in PARTS.items():
        assert sum(len(part) for part in parts) == len(LANGUAGES[lang])


def test_every_key_is_used():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in UI.glob("*.py")
        if not path.name.startswith("words_")
    )
    # keys that are put together: f"emotion.{label}", f"chip.{state}" ...
    heads = set(re.findall(r"""f["']([a-z]+[._][a-z_]*)\{""", code))
    heads |= {f"{verb}." for verb in ("says", "looks") if f'"{verb}"' in code}
    levels = {"sure", "fairly_sure", "unsure"}  # render.confidence_word
    for key in LANGUAGES["en"].keys() - levels:
        literal = f'"{key}"' in code or f"'{key}'" in code
        assert literal or any(key.startswith(head) for head in heads), key
    assert heads <= {"emotion.", "chip.", "says.", "looks.", "out.from_", "out.share_",
                     "out.column_", "video.", "error.", "welcome.",
                     # retrieval
                     "lib.state_", "strength.", "upload.", "find.make_", "find.made_",
                     "trim.", "tip.", "moment.fits_",
                     # teaching
                     "steps.", "state.", "term.", "told.", "score.", "template.", "gather.",
                     "light.", "columns.", "length.", "more.", "step.", "train.said_", "side.",
                     "match.", "runs.", "make.", "made.", "show.", "told_use.",
                     "train.", "note.",
                     # models
                     "models.use_", "models.state_", "models.kind_", "preset.",
                     # not wording: names of history columns and of events
                     "val_", "train_", "make_", "told_"}, heads  # fmt: skip


def codes_of(path: Path) -> list[tuple[str, set[str] | None]]:
    """(key, values that it comes with) of every error and note that a module makes.

    None for the values: they are put together elsewhere.
    """
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        makes_note = getattr(node.func, "id", "") == "Note" and node.args
        if makes_note and isinstance(node.args[0], ast.Constant):
            given = node.args[2] if len(node.args) > 2 else ast.Dict([], [])
            plain = isinstance(given, ast.Dict)
            values = {key.value for key in given.keys} if plain else None
            found.append((f"note.{node.args[0].value}", values))
        for keyword in node.keywords:
            if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                names = {other.arg for other in node.keywords}
                found.append((keyword.value.value, None if None in names else names))
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "mmdemo").with_suffix("").as_posix()


@pytest.mark.parametrize("path", MADE_IN, ids=name_of)
def test_errors_and_notes_are_said_in_chinese_with_the_values_they_carry(path):
    for key, values in codes_of(path):
        code = key.removeprefix("note.")
        known = MESSAGES["zh"]
        told = known.get(key) or known.get(code) or known.get(f"note.{code}")
        sentence = LANGUAGES["zh"].get(f"error.{code}") or told
        assert sentence, f"{path.name} says {key!r}; add it to the MESSAGES of a words file"
        assert values is None or blanks(sentence) <= values, (key, sentence, values)


def test_a_code_that_is_chosen_in_between_is_said_in_chinese():
    for code in ("verdict", "verdict_both"):  # services.finetune.scoring
        assert f"note.{code}" in MESSAGES["zh"]


def test_every_problem_of_a_row_or_file_is_said_in_chinese_with_what_it_carries():
    """Codes that stand beside their sentence, not in a call."""
    for code, sentence in REASONS.items():  # data.archive
        assert blanks(MESSAGES["zh"][code]) <= blanks(sentence)
    media = (ROOT / "mmdemo/data/media_files.py").read_text("utf-8")
    for node in ast.walk(ast.parse(media)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MediaProblem":
            code, given = node.args[1].value, {keyword.arg for keyword in node.keywords}
            assert blanks(MESSAGES["zh"][code]) <= given, code
    composed = {"column_images", "column_videos", "pair_no_medium", "pair_no_text"}
    assert composed <= MESSAGES["zh"].keys()


def test_a_problem_is_told_in_the_language_of_the_page():
    told = Note(
        "row_few_cells", "It has 2 cells where the header has 3.", {"cells": 2, "columns": 3}
    )
    problem = Problem.of("row 4 (line 6)", told, "skipped")
    assert problem == Problem("row 4 (line 6)", told.text, "skipped")  # to programs it is the same
    assert tell_problem(problem, "en") == told.text and place(problem.where, "en") == problem.where
    assert tell_problem(problem, "zh") == "有 2 个单元格，而表头有 3 个。"
    assert place(problem.where, "zh") == "第 4 行（文件的第 6 行）"
    assert [place(name, "zh") for name in ("row 7", "column a b", "row.csv")] == [
        "第 7 行", "列 a b", "row.csv",
    ]  # fmt: skip
    assert (
        tell_problem(Problem("a.csv", "Kept before codes.", "fixed"), "zh") == "Kept before codes."
    )


def test_every_class_of_error_has_a_chinese_sentence():
    for kind in MmdemoError.__subclasses__():
        assert kind.code in MESSAGES["zh"]


def test_a_note_is_told_in_the_language_with_its_values():
    note = Note("foreign_language", "This looks like German.", {"language": "German"})
    assert tell(note, "en", "note.") == "This looks like German."
    assert "德文" in tell(note, "zh", "note.")


def test_an_unknown_code_and_a_missing_value_fall_back_to_english():
    assert tell(Note("never_heard", "Plain English."), "zh") == "Plain English."
    assert tell(Note("picture_empty", "a.png is empty.", {}), "zh") == "a.png is empty."


def test_words_of_labels():
    assert emotion_word("joy", "zh") == "快乐"
    assert emotion_word("my label", "zh") == "my label"
    assert capital("joy, sure") == "Joy, sure"


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_browser_chooses_the_first_language(accept, lang):
    assert preferred_language(accept) == lang
