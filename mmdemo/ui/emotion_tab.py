"""The Emotion tab: a sentence and a picture on one side, a video on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block

from .emotion_picture import build_picture_side
from .language import Language

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


@dataclass
class Redraw:
    """What must be drawn anew in another language: outputs from a state."""

    state: gr.State
    outputs: list[Block]
    draw: Callable[[object, str], list]


@dataclass
class EmotionTab:
    """The tab and what of it depends on the language."""

    tab: gr.Tab
    redraws: list[Redraw] = field(default_factory=list)


def build_emotion_tab(service: EmotionService, language: Language, lang: gr.Radio) -> EmotionTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``."""
    with gr.Tab("Emotion", id="emotion", elem_id="tab-emotion") as tab:
        language.says(tab, label="tab.emotion")
        with gr.Tabs(elem_classes="mm-sides-tabs"):
            with gr.Tab("Sentence and picture", id="picture") as first:
                picture = build_picture_side(service, language, lang)
        language.says(first, label="side.picture")
    return EmotionTab(tab, [Redraw(picture.state, picture.outputs, picture.draw)])
