"""Step 4 of the "Teach it" tab: layout and wiring; what happens is in finetune_result_handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr
from gradio.blocks import Block

from .answer import error_card
from .buttons import live_html
from .events import MODEL_EVENT, QUIET
from .finetune_result import ResultSide, with_word
from .finetune_result_handlers import UseHandlers
from .finetune_use_cards import models_card, trial_card
from .finetune_views import ResultView, UseView
from .language import Redraw
from .page import Page

TRY_KINDS = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".mp4", ".mov", ".webm", ".mkv",
             ".avi"]  # fmt: skip


@dataclass
class UseSide:
    """The parts of step 4 that the tab needs."""

    redraw: Redraw
    outputs: list[Block]


@dataclass
class _Parts:
    sentence: gr.Textbox
    medium: gr.File
    run: gr.Button
    back: gr.File
    repo: gr.Textbox
    key: gr.Textbox
    push: gr.Button
    error: gr.HTML
    trial: gr.HTML
    models: gr.HTML


def draw(view: UseView, lang: str) -> list:
    """Values for error, answer and models."""
    return [error_card(view.error, lang), trial_card(view, lang), models_card(view, lang)]


def build_use(page: Page, do: UseHandlers, result: ResultSide) -> UseSide:
    """Lay out both columns and wire them."""
    state = gr.State(UseView())
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            inputs = _inputs(page)
        with gr.Column(scale=6, min_width=320):
            error = live_html("use-error", ("dismiss",))
            trial = live_html("use-trial", ("word",), value=trial_card(UseView(), "en"))
            events = (
                "pick",
                "in_emotion",
                "in_retrieval",
                "remove_model",
                "keep_model",
                "download",
            )
            models = live_html("use-models", events, "download.js",
                               value=models_card(UseView(), "en"))  # fmt: skip
    parts = _Parts(*inputs, error, trial, models)
    redraw = Redraw(state, [error, trial, models], draw)
    _wire_trial(page, redraw, parts, do)
    _wire_models(page, redraw, parts, do, result)
    _wire_emotion(page, redraw, parts)
    _wire_retrieval(page, redraw, parts, do)
    _wire_sharing(page, redraw, parts, do)
    return UseSide(redraw, [state, *redraw.outputs])


def _inputs(page: Page) -> tuple:
    says = page.language.says
    sentence = gr.Textbox(lines=1, max_lines=4, elem_id="try-sentence")
    medium = gr.File(file_types=TRY_KINDS, type="filepath", height=165, elem_id="try-medium")
    run = gr.Button(variant="primary", size="lg", elem_id="try-run")
    with gr.Accordion(open=False, elem_id="teach-back-box") as back_box:
        back = gr.File(file_types=[".zip"], type="filepath", height=165, elem_id="teach-back")
    with gr.Accordion(open=False, elem_id="teach-push-box") as push_box:
        repo = gr.Textbox(max_lines=1, elem_id="push-repo")
        # a password field: not shown, and never stored, neither here nor on the server
        key = gr.Textbox(type="password", max_lines=1, elem_id="push-token")
        push = gr.Button(elem_id="push-run")
    says(sentence, label="use.sentence")
    says(medium, label="use.medium")
    says(run, value="use.run")
    says(back_box, label="use.back_title")
    says(back, label="use.back_file")
    says(push_box, label="use.push_title")
    says(repo, label="use.repo", info="use.repo_info")
    says(key, label="use.key", info="use.key_info")
    says(push, value="use.push")
    return sentence, medium, run, back, repo, key, push


def _stepper(redraw: Redraw) -> Callable:
    """(work on a view) -> (handler that gives all outputs)."""

    def on(step: Callable[..., UseView]) -> Callable:
        def handler(view: UseView, token, to, event: gr.EventData) -> list:
            view = replace(step(view, token, event), fresh="")
            return [view, *draw(view, to)]

        return handler

    return on


def _wire_trial(page: Page, redraw: Redraw, parts: _Parts, do: UseHandlers) -> None:
    outputs = [redraw.state, *redraw.outputs]

    def trial(view: UseView, token, to, text, medium) -> Iterator[list]:
        waiting = replace(view, working="use.working", error=None, fresh="")
        yield [waiting, *draw(waiting, to)]
        path = Path(medium) if medium else None
        view = do.try_it(replace(view, fresh="", error=None), page.workspace(token), text, path)
        yield [view, *draw(view, to)]

    def word(view, token, event) -> UseView:
        return replace(view, explained=with_word(view.explained, int(event.number)))

    def dismiss(view, token, event) -> UseView:
        return replace(view, error=None)

    given = [redraw.state, page.token, page.lang]
    on = _stepper(redraw)
    gr.on([parts.run.click, parts.sentence.submit], trial,
          [*given, parts.sentence, parts.medium], outputs, **MODEL_EVENT)  # fmt: skip
    parts.trial.word(on(word), given, outputs, **QUIET)
    parts.error.dismiss(on(dismiss), given, outputs, **QUIET)


def _wire_models(
    page: Page, redraw: Redraw, parts: _Parts, do: UseHandlers, result: ResultSide
) -> None:
    outputs = [redraw.state, *redraw.outputs]
    given = [redraw.state, page.token, page.lang]
    on = _stepper(redraw)

    def listed(view: UseView, shown: ResultView, token, to) -> list:
        """After another result is shown: its model is the one to try."""
        report = shown.report
        model, run_id = (report.model, report.run_id) if report else ("", "")
        view = replace(view, run_id=run_id, zip=None, fresh="")
        view = do.models(view, page.workspace(token), model)
        return [view, *draw(view, to)]

    def pick(view, token, event) -> UseView:
        names = [model.name for model in view.models]
        name = str(event.model)
        return UseView(view.models, name, view.run_id) if name in names else view

    def remove(view, token, event) -> UseView:
        return do.remove(view, page.workspace(token), str(event.model))

    def keep(view, token, event) -> UseView:
        return replace(view, removing="")

    def download(view, token, to) -> list:
        view = do.download(view, page.workspace(token), view.run_id)
        return [view, *draw(view, to)]

    offered = (lambda view: offer(page, view), redraw.state, page.model_lists)
    for event in result.loaded:
        event.then(listed, [redraw.state, result.redraw.state, page.token, page.lang], outputs,
                   **QUIET).then(*offered, **QUIET)  # fmt: skip
    parts.models.pick(on(pick), given, outputs, **QUIET)
    parts.models.keep_model(on(keep), given, outputs, **QUIET)
    parts.models.remove_model(on(remove), given, outputs, **QUIET).then(*offered, **QUIET)
    parts.models.download(download, given, outputs, **QUIET)


def _wire_emotion(page: Page, redraw: Redraw, parts: _Parts) -> None:
    """A classifier goes to the Emotion tab."""

    def in_emotion(view: UseView, event: gr.EventData) -> list:
        name = str(event.model)
        chosen = name if name in [model.name for model in view.models] else None
        return [gr.Tabs(selected="emotion"), *offer(page, view, chosen)]

    parts.models.in_emotion(in_emotion, redraw.state, [page.tabs, *page.model_lists], **QUIET)


def _wire_retrieval(page: Page, redraw: Redraw, parts: _Parts, do: UseHandlers) -> None:
    """A matcher goes to the Retrieval tab."""
    if not page.matcher_doors:
        return
    door = page.matcher_doors[-1]

    def in_retrieval(view: UseView, token, to, event: gr.EventData) -> list:
        view = do.in_retrieval(view, page.workspace(token), str(event.model), door.service)
        shown = gr.skip() if view.error else gr.Tabs(selected="retrieval")
        return [view, *draw(view, to), shown]

    parts.models.in_retrieval(
        in_retrieval, [redraw.state, page.token, page.lang],
        [redraw.state, *redraw.outputs, page.tabs], **QUIET,
    ).then(door.look, door.given, door.outputs, **QUIET)  # fmt: skip


def offer(page: Page, view: UseView, chosen: str | None = None) -> list:
    """The emotion tab's model lists with the models of this workspace below the built-in ones."""
    own = [(model.title, model.name) for model in view.models if model.labels]
    choices = [*page.built_in, *own]
    update = {"choices": choices} if chosen is None else {"choices": choices, "value": chosen}
    return [gr.update(**update) for _ in page.model_lists]


def _wire_sharing(page: Page, redraw: Redraw, parts: _Parts, do: UseHandlers) -> None:
    """Bring a zip back, push to the Hub."""
    outputs = [redraw.state, *redraw.outputs]
    given = [redraw.state, page.token, page.lang]

    def back(view: UseView, token, to, upload) -> list:
        if upload:
            view = do.bring_back(view, page.workspace(token), Path(upload))
        return [view, *draw(view, to)]

    def push(view: UseView, token, to, repo, key) -> list:
        view = do.push(view, page.workspace(token), repo or "", key or "")
        return [view, *draw(view, to), ""]

    parts.back.upload(back, [*given, parts.back], outputs, **QUIET).then(
        lambda view: offer(page, view), redraw.state, page.model_lists, **QUIET
    )
    parts.push.click(push, [*given, parts.repo, parts.key], [*outputs, parts.key], **QUIET)
