"""All wording of the page, in every language it speaks."""

from __future__ import annotations

from collections.abc import Mapping

from .words_en import EN
from .words_zh import ZH

LANGUAGES = {"en": EN, "zh": ZH}
LANGUAGE_NAMES = {"en": "EN", "zh": "中文"}


def say(key: str, lang: str, **values: object) -> str:
    """The sentence for ``key``, its blanks filled. Plain text: escape it before it becomes HTML."""
    return LANGUAGES[lang][key].format(**values)


def say_or(key: str, lang: str, fallback: str, values: Mapping[str, object] | None = None) -> str:
    """Like ``say``; ``fallback`` (English, carried by an error or a note) for an unknown key.

    A known sentence whose blanks the caller did not fill also falls back, so that a page never
    shows half a sentence.
    """
    sentence = LANGUAGES[lang].get(key)
    if sentence is None:
        return fallback
    try:
        return sentence.format(**(values or {}))
    except (KeyError, IndexError, ValueError):
        return fallback


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
