"""Step 1 of the "Teach it" tab: layout and wiring; what happens is in finetune_handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from ..data.rows import ROLES
from .answer import error_card
from .buttons import live_html, web_file
from .events import GATHER_EVENT, QUIET
from .finetune_gather_cards import gather_card
from .finetune_handlers import GatherHandlers
from .finetune_templates import template_cards
from .finetune_uploads import DatasetInput, is_archive
from .finetune_views import GatherView
from .language import Redraw
from .page import Page
from .words import say

if TYPE_CHECKING:
    from ..data.workspaces import Workspace

DATASET_EVENTS = ("open", "remove_dataset", "keep_dataset")


@dataclass
class GatherSide:
    """The parts of step 1 that other steps need."""

    redraw: Redraw
    outputs: list[Block]  # the state and everything that is drawn from it
    gathered: list[Dependency]  # events after which there may be another dataset


@dataclass
class _Parts:
    upload: DatasetInput
    folder: gr.HTML
    cards: gr.HTML
    error: gr.HTML
    report: gr.HTML
    columns: gr.Accordion
    roles: list[gr.Dropdown]


def draw(view: GatherView, lang: str) -> list:
    """Values for error, report, the column box and its five menus."""
    report = view.report
    header = list(report.header) if report else []
    choices = [(say("columns.none", lang), ""), *((name, name) for name in header)]
    used = report.columns if report else {}
    unknown = bool(header) and not used  # nothing goes on until a person says which is which
    menus = [gr.update(choices=choices, value=used.get(role, "")) for role in ROLES]
    return [
        error_card(view.error, lang),
        gather_card(view, lang),
        gr.update(visible=bool(header) and not view.working, **({"open": True} if unknown else {})),
        *menus,
    ]


def build_gather(page: Page, do: GatherHandlers) -> GatherSide:
    """Lay out both columns and wire them."""
    state = gr.State(GatherView())
    with gr.Row(equal_height=False, elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=320):
            upload, folder, cards = _inputs(page, do)
        with gr.Column(scale=6, min_width=320):
            parts = _Parts(upload, folder, cards, *_results(page))
    outputs = [parts.error, parts.report, parts.columns, *parts.roles]
    redraw = Redraw(state, outputs, draw)
    gathered = _wire(page, redraw, parts, do) + _wire_datasets(page, redraw, parts, do)
    return GatherSide(redraw, [state, *outputs], gathered)


def _inputs(page: Page, do: GatherHandlers) -> tuple[DatasetInput, gr.HTML, gr.HTML]:
    upload = DatasetInput(
        file_count="multiple", type="filepath", height=170, elem_id="teach-upload"
    )
    folder = gr.HTML(
        folder_button("en"), elem_id="teach-folder", js_on_load=web_file("folder.js"),
        apply_default_css=False,
    )  # fmt: skip
    cards = live_html("teach-templates", ("template",), value=template_cards("en"))
    limits = do.service.settings.limits
    values = {"mb": limits.zip_bytes // 2**20, "files": f"{limits.zip_entries:,}"}
    hint = gr.HTML(elem_classes="mm-hint")
    says = page.language.says
    says(upload, label="gather.upload")
    says(folder, value=folder_button)
    says(cards, value=template_cards)
    says(hint, value=lambda to: say("gather.limits", to, **values))
    return upload, folder, cards


def folder_button(lang: str) -> str:
    """A button that picks a whole folder; web/folder.js hands its files to the drop zone."""
    return (
        f'<label class="mm-quiet mm-folder"><input type="file" webkitdirectory multiple>'
        f'{say("gather.folder", lang)}</label><p class="mm-hint">{say("gather.layout", lang)}</p>'
    )


def _results(page: Page) -> tuple[gr.HTML, gr.HTML, gr.Accordion, list[gr.Dropdown]]:
    error = live_html("gather-error", ("dismiss",))
    report = live_html("gather-report", DATASET_EVENTS, value=gather_card(GatherView(), "en"))
    with gr.Accordion(visible=False, open=False, elem_id="teach-columns") as columns:
        hint = gr.HTML(elem_classes="mm-hint")
        with gr.Row():
            roles = [gr.Dropdown([], elem_id=f"column-{role}", min_width=170) for role in ROLES]
    page.language.says(columns, label="columns.title")
    page.language.says(hint, value="columns.hint")
    for role, menu in zip(ROLES, roles, strict=True):
        page.language.says(menu, label=f"columns.{role}")
    return error, report, columns, roles


def _wire(page: Page, redraw: Redraw, parts: _Parts, do: GatherHandlers) -> list[Dependency]:
    outputs = [redraw.state, *redraw.outputs]
    shared = [redraw.state, page.token, page.lang]
    zone = parts.upload

    def upload(view, token, to, files) -> Iterator[list]:
        if not files:
            return  # the drop zone was cleared: the dataset stays
        for step in do.upload(view, page.workspace(token), files):
            yield [step, *draw(step, to), gr.skip()]
        if step.error is None and is_archive(files):  # the next one is another dataset
            yield [step, *draw(step, to), gr.update(value=None)]

    def template(view, token, to, event: gr.EventData) -> Iterator[list]:
        for step in do.template(view, page.workspace(token), str(event.template)):
            yield [step, *draw(step, to)]

    def recolumn(view, token, to, *columns) -> list:
        chosen = dict(zip(ROLES, (name or "" for name in columns), strict=True))
        view = do.recolumn(view, page.workspace(token), chosen)
        return [view, *draw(view, to)]

    def dismiss(view, to) -> list:
        view = replace(view, error=None)
        return [view, *draw(view, to)]

    parts.error.dismiss(dismiss, [redraw.state, page.lang], outputs, **QUIET)
    return [
        zone.upload(upload, [*shared, zone], [*outputs, zone], **GATHER_EVENT),
        parts.cards.template(template, shared, outputs, **GATHER_EVENT),
        gr.on([menu.input for menu in parts.roles], recolumn, [*shared, *parts.roles], outputs,
              **GATHER_EVENT),
    ]  # fmt: skip


def _wire_datasets(
    page: Page, redraw: Redraw, parts: _Parts, do: GatherHandlers
) -> list[Dependency]:
    """The buttons of the list of datasets."""
    outputs = [redraw.state, *redraw.outputs]
    shared = [redraw.state, page.token, page.lang]

    def on(step: Callable[[GatherView, Workspace, str], GatherView]) -> Callable:
        def handler(view, token, to, event: gr.EventData) -> list:
            view = step(view, page.workspace(token), str(event.dataset))
            return [view, *draw(view, to)]

        return handler

    def keep(view, to) -> list:
        view = replace(view, removing="")
        return [view, *draw(view, to)]

    parts.report.keep_dataset(keep, [redraw.state, page.lang], outputs, **QUIET)
    return [
        parts.report.open(on(do.open), shared, outputs, **GATHER_EVENT),
        parts.report.remove_dataset(on(do.remove), shared, outputs, **GATHER_EVENT),
    ]
