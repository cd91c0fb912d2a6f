"""Which component says what, so that the language can be switched without losing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import gradio as gr
from gradio.blocks import Block

from .words import say


@dataclass
class Redraw:
    """What is drawn from a state and must be drawn anew in another language."""

    state: gr.State
    outputs: list[Block]
    draw: Callable[[Any, str], list]  # (value of the state, language) -> a value per output


B = TypeVar("B", bound=Block)
Wording = str | Callable[[str], object]  # a key of words, or lang -> value


class Language:
    """Collects components and their wording while the page is built."""

    def __init__(self) -> None:
        self._said: list[tuple[Block, dict[str, Wording]]] = []

    def says(self, component: B, **wording: Wording) -> B:
        """Remember what ``component`` says, for example ``label="in.sentence"``."""
        self._said.append((component, wording))
        for name, word in wording.items():  # what it says before anybody switches
            setattr(component, name, word("en") if callable(word) else say(word, "en"))
        return component

    @property
    def components(self) -> list[Block]:
        """Everything that changes with the language, in the order of ``updates``."""
        return [component for component, _ in self._said]

    def updates(self, lang: str) -> list[dict]:
        """One update per component, in the language ``lang``."""
        return [
            gr.update(**{name: word(lang) if callable(word) else say(word, lang)
                         for name, word in wording.items()})
            for _, wording in self._said
        ]  # fmt: skip
