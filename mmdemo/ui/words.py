"""All wording of the page, in every language it speaks."""

from __future__ import annotations

from ..types import Note, Problem
from . import (
    words_en,
    words_finetune_en,
    words_finetune_messages_zh,
    words_finetune_zh,
    words_messages_zh,
    words_models_en,
    words_models_zh,
    words_problems,
    words_retrieval_en,
    words_retrieval_zh,
    words_zh,
)
from .words_messages_zh import ZH_LANGUAGES

# each tab has files of its own; a test makes sure that no two say the same key
PARTS = {
    "en": (words_en.EN, words_retrieval_en.EN, words_finetune_en.EN, words_models_en.EN),
    "zh": (words_zh.ZH, words_retrieval_zh.ZH, words_finetune_zh.ZH, words_models_zh.ZH),
}
LANGUAGES = {
    lang: {key: said for part in parts for key, said in part.items()}
    for lang, parts in PARTS.items()
}
MESSAGE_PARTS = (
    words_messages_zh.MESSAGES,
    words_retrieval_zh.MESSAGES,
    words_finetune_messages_zh.MESSAGES,
    words_models_zh.MESSAGES,
    words_problems.MESSAGES,
)
MESSAGES = {"zh": {code: said for part in MESSAGE_PARTS for code, said in part.items()}}
LANGUAGE_NAMES = {"en": "EN", "zh": "中文"}


def say(key: str, lang: str, **values: object) -> str:
    """The sentence for ``key``, its blanks filled. Plain text: escape it before it becomes HTML."""
    return LANGUAGES[lang][key].format(**values)


def tell(note: Note, lang: str, kind: str = "") -> str:
    """What an error (or, with ``kind`` "note.", a note) says in ``lang``.

    Falls back to its own English sentence when there is none for its code, or when the sentence has
    blanks that the note does not fill: better English than half a sentence.
    """
    told = MESSAGES.get(lang, {})
    # the note that stops a training is raised as an error, so a code may be told as either
    keys = (kind + note.code, note.code, f"note.{note.code}")
    own = LANGUAGES[lang].get(f"error.{note.code}")
    sentence = own or next((told[key] for key in keys if key in told), None)
    if sentence is None:
        return note.text
    values = dict(note.values)
    if lang == "zh":
        for key in values.keys() & {"language", "languages"}:
            named = str(values[key]).split(", ")
            values[key] = "、".join(ZH_LANGUAGES.get(name, name) for name in named)
    try:
        return sentence.format(**values)
    except (KeyError, IndexError, ValueError):
        return note.text


def tell_problem(problem: Problem, lang: str) -> str:
    """What is wrong, in ``lang``; not where."""
    return tell(Note(problem.code, problem.what, problem.values), lang)


def tell_note(note: Note, lang: str) -> str:
    """What a note says in ``lang``."""
    return tell(note, lang, "note.")


def emotion_word(label: str, lang: str) -> str:
    """The word for a label; a label that a user taught is its own word."""
    return LANGUAGES[lang].get(f"emotion.{label}", label)


def capital(sentence: str) -> str:
    """The sentence with a capital first letter (nothing changes in Chinese)."""
    return sentence[:1].upper() + sentence[1:]


def preferred_language(accept: str) -> str:
    """The language of a browser's Accept-Language header that we speak; English otherwise."""
    for part in accept.lower().split(","):
        name = part.split(";")[0].strip()[:2]
        if name in LANGUAGES:
            return name
    return "en"
