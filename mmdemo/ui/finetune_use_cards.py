"""Step 4, drawn: the models of this workspace, the answer to a trial, the download."""

from __future__ import annotations

from ..types import ModelInfo, Reading
from .answer import empty_body, headline
from .bars import ranked
from .finetune_gather_cards import color_of, light, mark
from .finetune_result_cards import score_bar
from .finetune_sample_cards import explained_body
from .finetune_views import UseView
from .markup import card, percent, safe, spinner
from .retrieval_shelf import delete_buttons, quiet_button
from .served import file_link
from .words import emotion_word, say

MB = 1_000_000


def probabilities(reading: Reading, lang: str) -> str:
    """Every label, most probable first."""
    rows = "".join(
        score_bar(safe(emotion_word(name, lang)), reading.probabilities[name], color_of(name))
        for name in ranked(reading.probabilities)
    )
    return f'<table class="mm-bars mm-single mm-counts"><tbody>{rows}</tbody></table>'


def trial_card(view: UseView, lang: str) -> str:
    """The answer to a new sample, and why."""
    title = say("use.answer", lang)
    if view.working:
        return card(title, spinner(say(view.working, lang)), "mm-short mm-busy")
    if view.reading is None:
        key = "use.empty" if view.model else "use.empty_model"
        body = empty_body(say("use.empty_title", lang), say(key, lang))
        return card(title, body + mark("done" if view.models else "open", 4), "mm-short")
    reading = view.reading
    body = (
        f'<div class="mm-headline" style="--tone:{color_of(reading.label)}">'
        f'<p class="mm-answer">{safe(headline(reading, lang))}</p>'
        f'<p class="mm-number">{percent(reading.confidence)}<small> %</small></p></div>'
        f"{probabilities(reading, lang)}{explained_body(view.explained, lang)}{mark('done', 4)}"
    )
    return card(title, body, "mm-short mm-has-answer")


def model_row(model: ModelInfo, view: UseView, lang: str) -> str:
    """One model: its name, its labels, where it can be used."""
    chosen = model.name == view.model
    labels = ", ".join(emotion_word(name, lang) for name in model.labels)
    size = say("use.size", lang, mb=f"{model.size_bytes / MB:.1f}")
    buttons = ""
    if model.labels:
        buttons += quiet_button("use.in_emotion", lang, "in_emotion", model=model.name)
    else:  # a matcher: it has none
        labels = say("use.matches", lang)
        buttons += quiet_button("use.in_retrieval", lang, "in_retrieval", model=model.name)
    if not model.labels:  # there is nothing to try here
        picked = ""
    elif chosen:
        picked = f'<b class="mm-tag">{safe(say("use.picked", lang))}</b>'
    else:
        picked = quiet_button("use.pick", lang, "pick", model=model.name)
    asking = ""
    if model.name == view.removing:
        asking, buttons = say("use.really", lang, name=model.title), ""
    buttons += delete_buttons(asking, lang, "remove_model", "keep_model", model=model.name)
    return (
        f"<li><div><b>{safe(model.title)}</b> {picked}"
        f'<p class="mm-hint">{safe(labels)} · {safe(size)}</p></div><p>{buttons}</p></li>'
    )


def models_card(view: UseView, lang: str) -> str:
    """All models of this workspace, and the download of the one that step 3 shows."""
    title = say("use.models", lang)
    told = ""
    if view.told is not None:
        said = say(f"told_{view.told.code}", lang, **view.told.values)
        told = f'<ul class="mm-lights">{light("good", said, lang)}</ul>'
    if not view.models:
        return card(title, f"{told}<p class='mm-hint'>{safe(say('use.none', lang))}</p>", "")
    rows = "".join(model_row(model, view, lang) for model in view.models)
    load = ""
    if view.run_id:
        load = (
            f'<div class="mm-exports"><p>{quiet_button("use.download", lang, "download")}</p>'
            f"<p>{file_link(view.zip, 'use.downloaded', view.fresh == 'zip', lang)}</p></div>"
        )
    return card(title, f'{told}<ul class="mm-models">{rows}</ul>{load}')
