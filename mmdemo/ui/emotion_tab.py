"""The Emotion tab: a sentence and a picture on one side, a video on the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from .emotion_picture import build_picture_side
from .emotion_video import build_video_side
from .language import Language, Redraw

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


@dataclass
class EmotionTab:
    """The tab and what of it is drawn anew when the language changes."""

    tab: gr.Tab
    redraws: list[Redraw]


def build_emotion_tab(
    service: EmotionService, language: Language, lang: gr.Radio, folder: Path
) -> EmotionTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``. Files are made in ``folder``."""
    with (
        gr.Tab("Emotion", id="emotion", elem_id="tab-emotion") as tab,
        gr.Tabs(elem_classes="mm-inner"),
    ):
        with gr.Tab("Sentence and picture", id="picture") as first:
            picture = build_picture_side(service, language, lang)
        with gr.Tab("Video", id="video", render_children=True) as second:
            video = build_video_side(service, language, lang, folder)
    language.says(tab, label="tab.emotion")
    language.says(first, label="side.picture")
    language.says(second, label="side.video")
    return EmotionTab(tab, [picture, video])
