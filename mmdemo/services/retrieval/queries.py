"""What a user typed, as vectors, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...data.language import reads_english
from ...errors import EmptyInputError
from ...types import Note
from .answers import SentenceFit
from .search import Query

if TYPE_CHECKING:
    from ...models.dual_encoder import DualEncoder
    from ...models.matcher import Matcher

ENGLISH_ENCODERS = ("minilm",)
FOREIGN = "retrieval_foreign"  # code of the note about a language that the model does not read


def read_query(
    matcher: Matcher | DualEncoder, text: str, but_not: str, limit: int
) -> tuple[Query, tuple[Note, ...]]:
    """A sentence and what it must not be -> vectors and notes. Both may be empty."""
    text, notes = _within(text, limit)
    but_not, more = _within(but_not, limit)
    texts = [t for t in (text, but_not) if t]
    vectors = iter(matcher.encode_texts(texts)) if texts else iter(())
    query = Query(
        wanted=next(vectors) if text else None, unwanted=next(vectors) if but_not else None
    )
    for part in texts:
        notes += matcher.notes(part)
    if text and not reads(matcher, text):
        notes.append(_foreign(reads_english(text)[1]))
    return query, (*notes, *more)


def reads(matcher: Matcher | DualEncoder, text: str) -> bool:
    """Whether the model can make sense of the text's language."""
    name = getattr(getattr(matcher, "text_encoder", None), "name", "")
    return name not in ENGLISH_ENCODERS or reads_english(text)[0]


def unread_marked(
    matcher: Matcher | DualEncoder, fits: Sequence[SentenceFit]
) -> tuple[SentenceFit, ...]:
    """The fits; those of sentences that the model does not read say so."""
    return tuple(replace(fit, read=reads(matcher, fit.sentence)) for fit in fits)


def read_sentences(
    matcher: Matcher | DualEncoder, sentences: Sequence[str], limit: int
) -> tuple[tuple[str, ...], np.ndarray]:
    """Sentences without blanks and repetitions -> (them, (n, width) vectors)."""
    kept = tuple(dict.fromkeys(s.strip()[:limit] for s in sentences if s.strip()))
    if not kept:
        raise EmptyInputError(
            "There is no sentence yet: write one on each line.", code="retrieval_no_sentences"
        )
    return kept, matcher.encode_texts(kept)


def _within(text: str, limit: int) -> tuple[str, list[Note]]:
    text = text.strip()
    if len(text) <= limit:
        return text, []
    said = f"The text has {len(text):,} characters; only the first {limit:,} were kept."
    return text[:limit], [Note("long_text", said, {"length": len(text), "limit": limit})]


def _foreign(language: str) -> Note:
    said = (
        f"This looks like {language}. The model reads English, so what it finds is a guess: "
        "write the query in English."
    )
    return Note(FOREIGN, said, {"language": language})
