"""The opened moment of the Retrieval tab: its player and, under it, why it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gradio as gr

from .answer import error_card
from .buttons import live_html
from .events import MODEL_EVENT, QUIET, VIDEO_EVENT
from .language import Redraw
from .page import Page
from .retrieval_handlers import library_of
from .retrieval_moment_handlers import MomentHandlers
from .retrieval_opened import body, head
from .retrieval_views import Kept, Opened

if TYPE_CHECKING:
    from ..services.retrieval.service import RetrievalService


@dataclass
class MomentSide:
    """The components of the opened moment."""

    redraw: Redraw
    place: gr.Column
    screen: gr.Column  # holds the player; a picture has none
    player: gr.Video
    error: gr.HTML
    head: gr.HTML
    body: gr.HTML
    do: MomentHandlers


def draw(kept: Kept, lang: str) -> list:
    """Values of error, head and body; the player goes on playing."""
    opened: Opened = kept.view
    return [error_card(opened.error, lang), head(opened, lang), body(opened, lang)]


def draw_player(opened: Opened) -> list:
    """The place of the moment, the screen in it, and the player."""
    shown = opened.playable is not None
    player = gr.update(
        value=str(opened.playable) if shown else None,
        playback_position=opened.moment.start_s if shown else 0,
    )
    return [gr.update(visible=opened.moment is not None), gr.update(visible=shown), player]


def build_moment_side(service: RetrievalService, page: Page) -> MomentSide:
    """Lay out the place where a moment is opened; wired by :func:`wire_moment`."""
    with gr.Column(visible=False, elem_id="moment-place", elem_classes="mm-card") as place:
        error = live_html("moment-error", ("dismiss",))
        title = live_html("moment-head", ("put_away",))
        with gr.Column(elem_classes="mm-player-place") as screen:
            player = gr.Video(interactive=False, elem_id="moment-player", buttons=[], height=340,
                              autoplay=True)  # fmt: skip
        page.language.says(player, label="video.player")
        detail = live_html("moment", ("word", "cut"), "curve.js", "moment.js", "download.js")
    redraw = Redraw(gr.State(Kept(Opened())), [error, title, detail], draw)
    do = MomentHandlers(service, page.folder)
    return MomentSide(redraw, place, screen, player, error, title, detail, do)


def wire_moment(side: MomentSide, page: Page) -> None:
    """What the buttons of an opened moment do."""
    do, state = side.do, side.redraw.state
    given, outputs = [state, page.lang], [state, *side.redraw.outputs]

    def word(kept, to, event: gr.EventData) -> list:
        kept.view = do.pick_word(kept.view, int(event.number))
        return [kept, *draw(kept, to)]

    def cut(kept, to, token, event: gr.EventData) -> Iterator[list]:
        library = library_of(page.workspace(token))
        for step in do.cut(kept.view, library, float(event.start), float(event.end)):
            kept.set(trim=step.trim, cutting=step.cutting, clip=step.clip,
                     fresh=step.fresh, error=step.error)  # fmt: skip
            yield [kept, *draw(kept, to)]

    def dismiss(kept, to) -> list:
        return [kept.set(error=None, fresh=""), *draw(kept, to)]

    side.body.word(word, given, outputs, **QUIET)
    side.body.cut(cut, [*given, page.token], outputs, **VIDEO_EVENT)
    side.error.dismiss(dismiss, given, outputs, **QUIET)


def opens(side: MomentSide, page: Page, button: Callable, source: gr.State, pick: Callable) -> None:
    """Let ``button`` (an event) open the moment that ``pick(view, number)`` gives of ``source``.

    ``pick`` gives (moment or None, query).
    """
    state = side.redraw.state
    outputs = [state, *side.redraw.outputs, side.place, side.screen, side.player]

    def begin(kept, held, token, to, event: gr.EventData) -> Iterator[list]:
        moment, query = pick(held.view, int(event.number))
        if moment is None:
            return
        for step in side.do.open(library_of(page.workspace(token)), moment, query):
            kept.view = step
            yield [kept, *draw(kept, to), *draw_player(kept.view)]

    def explain(kept, token, to) -> list:
        before = kept.view
        told = side.do.reasons(before, library_of(page.workspace(token)))
        if kept.view.moment is before.moment:  # not another one by now
            kept.set(curve=told.curve, frame=told.frame, match=told.match, error=told.error)
        return [kept, *draw(kept, to)]

    opened = button(begin, [state, source, page.token, page.lang], outputs,
                    concurrency_limit=None, **QUIET)  # fmt: skip
    opened.then(
        explain, [state, page.token, page.lang], [state, *side.redraw.outputs], **MODEL_EVENT
    )


def closes(side: MomentSide, page: Page, triggers: list[Callable]) -> None:
    """Put the opened moment away: what is asked now is another question."""
    state = side.redraw.state
    outputs = [state, *side.redraw.outputs, side.place, side.screen, side.player]

    def close(kept, to) -> list:
        kept.view = Opened()
        return [kept, *draw(kept, to), *draw_player(kept.view)]

    for trigger in triggers:
        trigger(close, [state, page.lang], outputs, concurrency_limit=None, **QUIET)
