"""Two sides of one tab: a choice above them, one of them in sight, both kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from .language import Language
from .words import say


def choose_side(language: Language, name: str, sides: tuple[str, str]) -> gr.Radio:
    """The choice; ``sides`` are keys of words. Style sheets show the side that is checked.

    Not ``gr.Tabs`` inside a tab: to a screen reader, tabs within tabs are one list too many.
    """
    radio = gr.Radio(
        list(sides), value=sides[0], show_label=False, container=False,
        elem_id=f"{name}-sides", elem_classes="mm-choose", interactive=True,
    )  # fmt: skip

    def choices(to: str) -> list[tuple[str, str]]:
        return [(say(key, to), key) for key in sides]

    return language.says(radio, choices=choices, label="side.label")


@contextmanager
def side(number: int) -> Iterator[None]:
    """What stands on the first (1) or second (2) side; beside the choice, in the same column."""
    with gr.Column(elem_classes=["mm-half", f"mm-half-{number}"]):
        yield
