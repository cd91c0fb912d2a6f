"""The Emotion tab: a sentence and a picture on one side, a video on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from .emotion_picture import build_picture_side
from .emotion_video import build_video_side
from .page import Page, PageTab
from .sides import choose_side, side

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


def build_emotion_tab(service: EmotionService, page: Page) -> PageTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``."""
    language = page.language
    with (
        gr.Tab("Emotion", id="emotion", elem_id="tab-emotion") as tab,
        gr.Column(elem_classes="mm-two-sides"),
    ):
        choose_side(language, "emotion", ("side.picture", "side.video"))
        with side(1):
            picture = build_picture_side(service, page)
        with side(2):
            video = build_video_side(service, page)
    language.says(tab, label="tab.emotion")
    return PageTab(tab, [picture, video])
