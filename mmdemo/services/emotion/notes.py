"""What is said beside an answer: each note has a code for the page and the English sentence."""

from __future__ import annotations

from ...data.language import reads_english
from ...types import Note


def no_face() -> Note:
    """A picture was given, nobody was found in it, and there is a text to decide on."""
    return Note("no_face", "No face was found in the picture; the text decided alone.")


def long_text(length: int, limit: int) -> Note:
    """The text was cut at the limit of characters."""
    sentence = f"The text has {length:,} characters; only the first {limit:,} were kept."
    return Note("long_text", sentence, {"length": length, "limit": limit})


def foreign_language(language: str) -> Note:
    """The text is not in a language that the encoder reads."""
    sentence = (
        f"This looks like {language}. The model reads English, so take the answer from the text "
        "as a guess."
    )
    return Note("foreign_language", sentence, {"language": language})


def skipped_subtitles(count: int) -> list[Note]:
    """Parts of a subtitle file that could not be read, if any."""
    sentence = f"Parts of the subtitles that could not be read and are left out: {count}."
    return [Note("subtitles_skipped", sentence, {"count": count})] if count else []


def checked_text(text: str, limit: int) -> tuple[str, list[Note]]:
    """Text without outer blanks and within the limit, and what to say about length and language."""
    text, notes = text.strip(), []
    if len(text) > limit:
        notes.append(long_text(len(text), limit))
        text = text[:limit]
    return text, notes + language_notes(text)


def language_notes(text: str) -> list[Note]:
    """What to say about the language of a text; nothing when it is English, or empty."""
    english, language = reads_english(text) if text else (True, "")
    return [] if english else [foreign_language(language)]
