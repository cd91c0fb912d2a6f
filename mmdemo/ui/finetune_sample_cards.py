"""The samples of step 3: worst, best, mixed or of one cell; each explained, its label a menu."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Limits
from ..data.images import load_image
from ..errors import MmdemoError
from ..render import confidence_word, fit_heat, overlay_heatmap, word_spans
from .finetune_views import PAGE, Explained, ResultView
from .markup import action, card, percent, picture_uri, safe
from .retrieval_shelf import pager
from .views import Change, PictureView
from .why import bare, figure, word_button
from .words import emotion_word, say

if TYPE_CHECKING:
    from ..services.finetune.types import SampleResult

SHOWS = ("worst", "best", "random")
THUMB = (220, 220)


@lru_cache(maxsize=256)
def _thumbnail(path: Path, stamp: float, limits: Limits) -> str:
    picture = load_image(path, limits)
    picture.thumbnail(THUMB)
    return picture_uri(picture, 80)


def image_of(sample: SampleResult, lang: str) -> str:
    """The picture of a sample; a video and a lost file have a sign instead."""
    said = safe(say("sample.picture", lang, row=sample.row))
    if sample.medium is not None and sample.kind == "image":
        try:
            uri = _thumbnail(sample.medium, sample.medium.stat().st_mtime, Limits())
            return f'<img src="{uri}" alt="{said}" loading="lazy">'
        except (OSError, MmdemoError):
            pass
    sign = "▶" if sample.kind == "video" else "“"
    return f'<i class="mm-no-picture" aria-hidden="true">{sign}</i>'


def label_menu(sample: SampleResult, view: ResultView, lang: str) -> str:
    """The label as a menu: choosing another one corrects it."""
    now = view.dataset.corrected.get(sample.row, sample.truth) if view.dataset else sample.truth
    options = "".join(
        f'<option value="{safe(name)}"{" selected" if name == now else ""}>'
        f"{safe(emotion_word(name, lang))}</option>"
        for name in view.report.labels
    )
    word = safe(say("sample.label", lang))
    said = safe(say("sample.label_said", lang, row=sample.row))
    lost = " disabled" if view.dataset is None else ""
    changed = safe(say("sample.corrected", lang)) if now != sample.truth else ""
    return (
        f'<label class="mm-menu"><span>{word}</span><select aria-label="{said}"{lost} '
        f"{action('relabel', row=sample.row)}>{options}</select>"
        f"{f'<b class=mm-tag>{changed}</b>' if changed else ''}</label>"
    )


def sample_item(sample: SampleResult, view: ResultView, lang: str) -> str:
    """One sample: what it is, what the model says, whether that is right."""
    told = say(
        "sample.right" if sample.right else "sample.wrong",
        lang,
        label=emotion_word(sample.predicted, lang),
        sure=say(confidence_word(sample.probability), lang),
        percent=percent(sample.probability),
    )
    kind = "good" if sample.right else "bad"
    text = safe(sample.text[:200]) or safe(say("sample.no_text", lang))
    opened = view.explained is not None and view.explained.row == sample.row
    why = safe(say("sample.why_close" if opened else "sample.why", lang))
    body = explained_body(view.explained, lang) if opened else ""
    return (
        f'<li class="mm-sample" id="sample-{sample.row}">{image_of(sample, lang)}<div>'
        f'<p class="mm-sample-text">{text}</p>'
        f'<p class="mm-said mm-{kind}"><i aria-hidden="true">{"✓" if sample.right else "✕"}</i>'
        f"{safe(told)}</p>{label_menu(sample, view, lang)}"
        f'<p><button class="mm-quiet" aria-expanded="{"true" if opened else "false"}" '
        f"{action('explain', row=sample.row)}>{why}</button> "
        f'<span class="mm-hint">{safe(say("sample.row", lang, row=sample.row))}</span></p></div>'
        f"{body}</li>"
    )


def word_line(shown: Explained, lang: str) -> str:
    """The sentence with its weights; a click on a word shows where the model looked for it."""
    why = shown.explanation
    if not why.words or not shown.text:
        return ""
    emotion = emotion_word(why.label, lang)
    change = Change(None, word=shown.word) if shown.word is not None else None
    view = PictureView(text=shown.text, change=change)
    pieces = [
        safe(piece) if word is None else word_button(piece, number, word, view, lang, emotion)
        for piece, number, word in word_spans(shown.text, why.words)
    ]
    return (
        f'<p class="mm-sentence">{"".join(pieces)}</p><p class="mm-legend">'
        f'<span class="mm-key mm-for"></span>{safe(say("why.for", lang, emotion=emotion))}'
        f'<span class="mm-key mm-against"></span>{safe(say("why.against", lang))}</p>'
    )


def heat_pair(shown: Explained, lang: str) -> str:
    """The picture as it is, and under its heat."""
    why, picture = shown.explanation, shown.picture
    if picture is None or why.heat is None:
        return ""
    heat = why.heat
    caption = say("why.heat", lang, emotion=emotion_word(why.label, lang))
    if shown.word is not None and shown.word < len(why.word_heat):
        word = why.words[shown.word]
        heat = why.word_heat[shown.word]
        caption = say("why.word_heat", lang, word=bare(shown.text[word.start : word.end]))
    over = overlay_heatmap(picture, fit_heat(heat, picture.size))
    plain = figure(picture, say("sample.plain", lang))
    width, height = picture.size
    shape = f'style="--shape:{width}/{height}"'
    return f'<div class="mm-pair mm-wide" {shape}>{plain}{figure(over, caption)}</div>'


def explained_body(shown: Explained | None, lang: str) -> str:
    """Why: coloured words and the heat map."""
    if shown is None:
        return ""
    label = emotion_word(shown.explanation.label, lang)
    title = safe(say("why.title", lang, emotion=label))
    words, pair = word_line(shown, lang), heat_pair(shown, lang)
    hint = say("sample.why_hint" if words and pair else "sample.why_alone", lang)
    body = words + pair or f"<p>{safe(say('sample.why_none', lang))}</p>"
    return (
        f'<div class="mm-explained"><h4>{title}</h4><p class="mm-hint">{safe(hint)}</p>{body}</div>'
    )


def shows(view: ResultView, lang: str) -> str:
    """Which samples are listed."""
    chosen = view.show
    buttons = "".join(
        f"<button {action('kinds', kind=kind)} "
        f'aria-pressed="{"true" if kind == chosen else "false"}">'
        f"{safe(say(f'show.{kind}', lang))}</button>"
        for kind in SHOWS
    )
    if chosen == "cell":
        truth, predicted = (emotion_word(view.report.labels[at], lang) for at in view.cell)
        said = safe(say("show.cell", lang, truth=truth, predicted=predicted))
        buttons += f'<button aria-pressed="true" {action("kinds", kind="worst")}>{said} ×</button>'
    return f'<div class="mm-lines">{buttons}</div>'


def samples_card(view: ResultView, lang: str) -> str:
    """One page of samples."""
    if view.report is None or view.report.kind != "classify":
        return ""
    every = view.shown
    pages = max(1, -(-len(every) // PAGE))
    page = min(view.page, pages - 1)
    part = every[page * PAGE : (page + 1) * PAGE]
    items = "".join(sample_item(sample, view, lang) for sample in part)
    none = f'<p class="mm-hint">{safe(say("show.none", lang))}</p>'
    body = (
        f"<p>{safe(say('sample.hint', lang))}</p>{shows(view, lang)}"
        f'<ul class="mm-samples">{items or none}</ul>{pager(page, pages, lang)}'
    )
    return card(say("sample.title", lang), body)
