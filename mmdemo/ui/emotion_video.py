"""The video side of the Emotion tab: layout and wiring; what happens is in video_handlers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block

from .answer import error_card
from .buttons import live_html
from .emotion_picture import model_list
from .events import QUIET, VIDEO_EVENT, VIDEO_SLOT
from .examples import VIDEO, VIDEO_SUBTITLES, video_example
from .language import Language, Redraw
from .page import Page
from .video_handlers import VideoHandlers
from .video_result import curve_card, exports_card, overall_card
from .views import VideoAsk, VideoView
from .words import say

if TYPE_CHECKING:
    from ..services.emotion.service import EmotionService


@dataclass
class _Inputs:
    video: gr.Video
    subtitles: gr.File
    sentence: gr.Textbox
    model: gr.Dropdown
    run: gr.Button
    stop: gr.Button
    example: gr.HTML


@dataclass
class _Results:
    error: gr.HTML
    overall: gr.HTML
    curve: gr.HTML
    exports: gr.HTML
    place: gr.Column  # keeps the height of the player until that is there
    player: gr.Video


def draw(view: VideoView, lang: str) -> list:
    """Values for all outputs but the player, which must go on playing."""
    busy = bool(view.working or view.exporting)
    return [
        error_card(view.error, lang),
        overall_card(view, lang),
        curve_card(view, lang),
        exports_card(view, lang),
        gr.update(visible=not busy),
        gr.update(visible=busy, interactive=busy),
    ]


def draw_player(view: VideoView) -> list:
    """The player's place and the player; an error leaves them as they are."""
    if view.error:
        return [gr.skip(), gr.skip()]
    shown = view.playable is not None and not view.working
    return [gr.update(visible=shown), gr.update(value=str(view.playable) if shown else None)]


def build_video_side(service: EmotionService, page: Page) -> Redraw:
    """Lay out both columns and wire them."""
    state = gr.State(VideoView())
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            inputs = _build_inputs(service, page)
        with gr.Column(scale=6, min_width=320):
            results = _build_results(page.language)
    r = results
    outputs: list[Block] = [r.error, r.overall, r.curve, r.exports, inputs.run, inputs.stop]
    redraw = Redraw(state, outputs, draw)
    handlers = VideoHandlers(service, page.folder)
    _wire_reading(redraw, inputs, results, handlers, page.lang)
    _wire_buttons(redraw, inputs, results, handlers, page.lang)
    return redraw


def _build_inputs(service: EmotionService, page: Page) -> _Inputs:
    language = page.language
    video = gr.Video(sources=["upload", "webcam"], height=320, elem_id="video", buttons=[])
    subtitles = gr.File(file_types=[".srt", ".vtt"], type="filepath", height=84, elem_id="subs")
    sentence = gr.Textbox(lines=1, max_lines=3, elem_id="video-sentence")
    model = model_list(service, page, "video-model")
    run = gr.Button(variant="primary", size="lg", elem_id="run-video")
    stop = gr.Button(variant="stop", size="lg", elem_id="stop-video", visible=False)
    example = live_html("video-examples", ("example",))
    limits = service.settings.limits
    values = {
        "minutes": limits.video_seconds // 60,
        "mb": limits.video_bytes // (1024 * 1024),
    }
    hint = gr.HTML(elem_classes="mm-hint")
    language.says(video, label="video.video")
    language.says(subtitles, label="video.subtitles")
    language.says(sentence, label="video.sentence", placeholder="video.sentence_hint")
    language.says(model, label="in.model")
    language.says(run, value="video.run")
    language.says(stop, value="video.stop")
    language.says(example, value=video_example)
    language.says(hint, value=lambda to: say("video.limits", to, **values))
    return _Inputs(video, subtitles, sentence, model, run, stop, example)


def _build_results(language: Language) -> _Results:
    error = live_html("video-error", ("dismiss",))
    overall = live_html("video-answer", value=overall_card(VideoView(), "en"))
    with gr.Column(visible=False, elem_classes="mm-player-place") as place:
        player = gr.Video(interactive=False, elem_id="player", buttons=[], height=340)
    language.says(player, label="video.player")
    curve = live_html("curve", (), "curve.js")
    exports = live_html("exports", ("make_csv", "make_video"), "download.js")
    return _Results(error, overall, curve, exports, place, player)


def _wire_reading(
    redraw: Redraw, inputs: _Inputs, results: _Results, do: VideoHandlers, lang: gr.Radio
) -> None:
    def read(view, video, subtitles, text, model, to) -> Iterator[list]:
        ask = VideoAsk(
            Path(video) if video else None, text or "",
            Path(subtitles) if subtitles else None, model,
        )  # fmt: skip
        for step in do.read(view, ask):
            yield [step, *draw(step, to), *draw_player(step)]

    outputs = [redraw.state, *redraw.outputs, results.place, results.player]
    given = [redraw.state, inputs.video, inputs.subtitles, inputs.sentence, inputs.model, lang]
    asked = gr.on(
        [inputs.run.click, inputs.sentence.submit],
        read, given, outputs, api_name="read_video", **VIDEO_SLOT,
    )  # fmt: skip
    example = inputs.example.example(
        lambda: (str(VIDEO), str(VIDEO_SUBTITLES), ""),
        None, [inputs.video, inputs.subtitles, inputs.sentence], **QUIET,
    ).then(read, given, outputs, **VIDEO_EVENT)  # fmt: skip
    for done in (asked, example):  # another language may have been chosen meanwhile
        done.then(draw, [redraw.state, lang], redraw.outputs, **QUIET)


def _wire_buttons(
    redraw: Redraw, inputs: _Inputs, results: _Results, do: VideoHandlers, lang: gr.Radio
) -> None:
    def stop(view) -> dict:
        do.stop(view)
        return gr.update(interactive=False)

    def dismiss(view, to) -> list:
        view = replace(view, error=None, fresh="")
        return [view, *draw(view, to)]

    def write_csv(view, to) -> list:
        view = do.write_csv(view)
        return [view, *draw(view, to)]

    def write_video(view, to) -> Iterator[list]:
        for step in do.write_video(view):
            yield [step, *draw(step, to)]

    given, outputs = [redraw.state, lang], [redraw.state, *redraw.outputs]
    inputs.stop.click(stop, redraw.state, inputs.stop, concurrency_limit=None, **QUIET)
    results.error.dismiss(dismiss, given, outputs, **QUIET)
    results.exports.make_csv(write_csv, given, outputs, api_name="write_csv",
                             show_progress="hidden")  # fmt: skip
    results.exports.make_video(write_video, given, outputs, api_name="write_video", **VIDEO_SLOT)
