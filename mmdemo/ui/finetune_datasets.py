"""The datasets of this workspace: an earlier one is opened again, one that is done with deleted."""

from __future__ import annotations

from .finetune_views import GatherView
from .markup import fold, safe
from .retrieval_shelf import delete_buttons, quiet_button
from .words import capital, say


def dataset_row(dataset_id: str, name: str, view: GatherView, lang: str) -> str:
    """One dataset: its name and what can be done with it."""
    shown = view.report is not None and view.report.dataset_id == dataset_id
    name = capital(name.replace("_", " "))
    asking = say("datasets.really", lang, name=name) if dataset_id == view.removing else ""
    buttons = ""
    if not (shown or asking):
        buttons = quiet_button("datasets.open", lang, "open", dataset=dataset_id)
    buttons += delete_buttons(asking, lang, "remove_dataset", "keep_dataset", dataset=dataset_id)
    tag = f' <b class="mm-tag">{safe(say("datasets.shown", lang))}</b>' if shown else ""
    return f"<li><div><b>{safe(name)}</b>{tag}</div><p>{buttons}</p></li>"


def datasets_fold(view: GatherView, lang: str) -> str:
    """All of them, the newest first; nothing where there is none."""
    if not view.datasets:
        return ""
    rows = "".join(dataset_row(one, name, view, lang) for one, name in view.datasets)
    title = say("datasets.title", lang, count=len(view.datasets))
    hint = f'<p class="mm-hint">{safe(say("datasets.hint", lang))}</p>'
    return fold("datasets", title, f'{hint}<ul class="mm-models">{rows}</ul>')
