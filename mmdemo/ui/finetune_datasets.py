"""The datasets of this workspace: an earlier one is opened again, one that is done with deleted."""

from __future__ import annotations

from .finetune_views import GatherView
from .markup import fold, safe
from .retrieval_shelf import quiet_button
from .words import capital, say


def dataset_row(dataset_id: str, name: str, view: GatherView, lang: str) -> str:
    """One dataset: its name and what can be done with it."""
    shown = view.report is not None and view.report.dataset_id == dataset_id
    name = capital(name.replace("_", " "))
    if dataset_id == view.removing:
        ask = safe(say("datasets.really", lang, name=name))
        buttons = (
            f'<span class="mm-ask" role="alert">{ask}</span>'
            + quiet_button("use.remove_yes", lang, "remove_dataset", dataset=dataset_id)
            + quiet_button("use.remove_no", lang, "keep_dataset")
        )
    else:
        buttons = "" if shown else quiet_button("datasets.open", lang, "open", dataset=dataset_id)
        buttons += quiet_button("use.remove", lang, "remove_dataset", dataset=dataset_id)
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
