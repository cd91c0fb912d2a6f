"""The Emotion tab: a sentence and a picture on one side, a video on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from .emotion_picture import build_picture_side
from .emotion_video import build_video_side
from .page import Page, PageTab

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


def build_emotion_tab(service: EmotionService, page: Page) -> PageTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``."""
    language = page.language
    with (
        gr.Tab("Emotion", id="emotion", elem_id="tab-emotion") as tab,
        gr.Tabs(elem_classes="mm-inner"),
    ):
        with gr.Tab("Sentence and picture", id="picture") as first:
            picture = build_picture_side(service, page)
        with gr.Tab("Video", id="video", render_children=True) as second:
            video = build_video_side(service, page)
    language.says(tab, label="tab.emotion")
    language.says(first, label="side.picture")
    language.says(second, label="side.video")
    return PageTab(tab, [picture, video])
