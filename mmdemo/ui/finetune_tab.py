"""The "Teach it" tab: four steps on one page, gather > train > understand > use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import gradio as gr

from .buttons import web_file
from .events import QUIET
from .finetune_gather import build_gather
from .finetune_gather import draw as draw_gather
from .finetune_handlers import GatherHandlers, TrainHandlers
from .finetune_result import build_result
from .finetune_result import draw as draw_result
from .finetune_result_handlers import ResultHandlers, UseHandlers
from .finetune_train import build_train
from .finetune_train import draw as draw_train
from .finetune_use import build_use, offer
from .finetune_use import draw as draw_use
from .finetune_views import UseView
from .markup import safe
from .page import Page, PageTab
from .words import say

if TYPE_CHECKING:
    from ..services.finetune.service import FinetuneService

STEPS = ("gather", "train", "result", "use")


def stepper(lang: str) -> str:
    """The four steps as links; web/steps.js marks how far each is, in words as well."""
    items = []
    words = {state: say(f"state.{state}", lang) for state in ("open", "busy", "done")}
    told = "".join(f' data-{state}="{safe(word)}"' for state, word in words.items())
    for number, step in enumerate(STEPS, 1):
        items.append(
            f'<li><button type="button" data-go="{number}"{told}><b aria-hidden="true">{number}</b>'
            f"<span>{safe(say(f'steps.{step}', lang))}<small></small></span></button></li>"
        )
    label, line = safe(say("steps.label", lang)), safe(say("steps.line", lang))
    return (
        f'<p>{line}</p><nav class="mm-steps" aria-label="{label}"><ol>{"".join(items)}</ol></nav>'
    )


def heading(number: int, lang: str) -> str:
    """Number, name and one line of a step."""
    step = STEPS[number - 1]
    return (
        f'<h2 class="mm-step-head"><b aria-hidden="true">{number}</b>'
        f"{safe(say(f'steps.{step}', lang))}</h2><p class='mm-hint'>"
        f"{safe(say(f'steps.{step}_line', lang))}</p>"
    )


@contextmanager
def section(page: Page, number: int) -> Iterator[None]:
    """One step with its heading, where the stepper finds it."""
    with gr.Column(elem_id=f"teach-{number}", elem_classes="mm-step"):
        page.language.says(gr.HTML(heading(number, "en")), value=lambda to: heading(number, to))
        yield


def build_finetune_tab(service: FinetuneService, page: Page) -> PageTab:
    """Lay out and wire the tab; must be called inside ``gr.Tabs``."""
    gathering, training = GatherHandlers(service, page.folder), TrainHandlers(service)
    results, using = ResultHandlers(service, page.folder), UseHandlers(service, page.folder)
    with gr.Tab("Teach it", id="finetune", elem_id="tab-finetune", render_children=True) as tab:
        head = gr.HTML(stepper("en"), elem_id="teach-steps", js_on_load=web_file("steps.js"),
                       apply_default_css=False)  # fmt: skip
        page.language.says(head, value=stepper)
        with section(page, 1):
            gather = build_gather(page, gathering)
        with section(page, 2):
            train = build_train(page, training, gather, gathering)
        with section(page, 3):
            result = build_result(page, results, training, train)
        with section(page, 4):
            use = build_use(page, using, result)
    page.language.says(tab, label="tab.finetune")

    def found(token: str, to: str) -> list:
        """Everything as the person left it, in this or an earlier run of the app."""
        workspace = page.workspace(token)
        run = training.opened(workspace)
        shown = results.load(workspace, run.run.run_id if run.run else "")
        report = shown.report
        mine = using.models(UseView(run_id=report.run_id if report else ""), workspace,
                            report.model if report else "")  # fmt: skip
        data = gathering.opened(workspace, run.run.dataset_id if run.run else "")
        return [
            *(data, *draw_gather(data, to)), *(run, *draw_train(run, to)),
            *(shown, *draw_result(shown, to)), *(mine, *draw_use(mine, to)), *offer(page, mine),
        ]  # fmt: skip

    everything = [*gather.outputs, *train.outputs, *result.outputs, *use.outputs]
    page.opened.then(found, [page.token, page.lang], [*everything, *page.model_lists], **QUIET)
    redraws = [side.redraw for side in (gather, train, result, use)]
    return PageTab(tab, [*redraws, train.lengths])
