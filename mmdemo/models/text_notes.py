"""What a user should know about how a text was read."""

from __future__ import annotations

from ..types import Note
from .encoders import TextEncoder

UNKNOWN_SHARE = 0.3  # above this share of unknown word pieces the answer is said to be shaky


def text_notes(encoder: TextEncoder, text: str) -> tuple[Note, ...]:
    """Notes on a text that was cut short or has many characters unknown to the vocabulary."""
    if not text.strip():
        return ()
    batch, notes = encoder.tokenize([text]), []
    if batch.truncated[0]:
        read = max(end for _, end in batch.offsets[0])
        notes.append(
            Note("truncated_text", f"Only the first {read} characters were read; "
                 "the model has a window of that length.", {"read": read})
        )  # fmt: skip
    if batch.unknown[0] > UNKNOWN_SHARE:
        notes.append(
            Note("unknown_words", "Many of these characters are not in the model's vocabulary, "
                 "so the answer from the text is a guess.")
        )  # fmt: skip
    return tuple(notes)
