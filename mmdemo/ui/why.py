"""The why card: coloured words, the face beside its heat map, and what changes without a part."""

from __future__ import annotations

from PIL import Image

from ..render import confidence_word, fit_heat, hide_region, overlay_heatmap, word_spans
from ..types import Explanation, Reading, WordWeight
from .bars import ranked, swatch
from .markup import action, percent, picture_uri, safe, spinner
from .views import GRID, Change, PictureView, cell_box
from .words import capital, emotion_word, say

FAINT = 0.08  # weights below this are left uncoloured


def bare(word: str) -> str:
    """A word without the punctuation around it, to speak of it."""
    return word.strip(".,;:!?…\"'()，。！？；：") or word


def word_button(
    piece: str, number: int, word: WordWeight, view: PictureView, lang: str, emotion: str
) -> str:
    """One word: the stronger its weight, the stronger its ground; against is dotted."""
    kind = "for" if word.weight > FAINT else "against" if word.weight < -FAINT else "faint"
    chosen = view.change is not None and view.change.word == number
    label = say("why.word_label", lang, word=piece, weight=f"{word.weight:+.2f}", emotion=emotion)
    return (
        f'<button class="mm-word mm-{kind}" style="--w:{abs(word.weight):.2f}" '
        f'aria-pressed="{"true" if chosen else "false"}" title="{safe(label)}" '
        f'aria-label="{safe(label)}" {action("word", number=number)}>{safe(piece)}</button>'
    )


def word_line(view: PictureView, explanation: Explanation, lang: str) -> str:
    """The sentence with every word a button, and what the grounds mean."""
    if not explanation.words:
        return ""
    emotion = emotion_word(explanation.label, lang)
    pieces = [
        safe(piece) if word is None else word_button(piece, number, word, view, lang, emotion)  # type: ignore[arg-type]
        for piece, number, word in word_spans(view.text, explanation.words)
    ]
    if (rest := view.text[explanation.words[-1].end :]).strip():
        pieces[-1] = f'<span class="mm-unread" title="{safe(say("why.unread", lang))}">{safe(rest)}'
        pieces[-1] += "</span>"
    hint = say("why.words" if explanation.word_heat else "why.words_alone", lang)
    return (
        f'<p class="mm-hint">{safe(hint)}</p><p class="mm-sentence" lang="en">{"".join(pieces)}</p>'
        f'<p class="mm-legend"><span class="mm-key mm-for"></span>'
        f"{safe(say('why.for', lang, emotion=emotion))}"
        f'<span class="mm-key mm-against"></span>{safe(say("why.against", lang))}</p>'
    )


def hide_grid(lang: str, change: Change | None) -> str:
    """Buttons over the face, one per part that can be hidden; arrow keys move between them."""
    chosen = change.cell if change else None
    first = chosen or (GRID // 2, GRID // 2)
    cells = []
    for row in range(GRID):
        for column in range(GRID):
            name = safe(say("why.region", lang, row=row + 1, column=column + 1))
            cells.append(
                f'<button {action("region", row=row, column=column)} aria-label="{name}" '
                f'tabindex="{0 if (row, column) == first else -1}" '
                f'aria-pressed="{"true" if (row, column) == chosen else "false"}"></button>'
            )
    return f'<div class="mm-grid" data-grid="{GRID}">{"".join(cells)}</div>'


def figure(picture: Image.Image, caption: str, extra: str = "") -> str:
    """A picture with what it shows under it."""
    name = safe(caption)
    return (
        f'<figure><div class="mm-frame"><img src="{picture_uri(picture)}" alt="{name}">'
        f"{extra}</div>"
        f"<figcaption>{name}</figcaption></figure>"
    )


def face_pair(view: PictureView, explanation: Explanation, lang: str) -> str:
    """The untouched face and, at the same size, the face under its heat."""
    crop, change = view.crop, view.change
    if crop is None or explanation.heat is None:
        return ""
    heat, caption = (
        explanation.heat,
        say("why.heat", lang, emotion=emotion_word(explanation.label, lang)),
    )
    shown, title = crop, say("why.face", lang)
    if change and change.word is not None and change.word < len(explanation.word_heat):
        word = explanation.words[change.word]
        heat = explanation.word_heat[change.word]
        caption = say("why.word_heat", lang, word=bare(view.text[word.start : word.end]))
    if change and change.cell is not None:
        shown, title = hide_region(crop, cell_box(change.cell, crop.size)), say("why.hidden", lang)
    over = overlay_heatmap(crop, fit_heat(heat, crop.size))
    return (
        f'<div class="mm-pair">{figure(shown, title, hide_grid(lang, change))}'
        f'{figure(over, caption)}</div><p class="mm-hint">{safe(say("why.hide_hint", lang))}</p>'
    )


def change_line(view: PictureView, before: Reading, lang: str) -> str:
    """What the answer becomes without the chosen word or part; keeps its place when empty."""
    change = view.change
    if change is None or view.explanation is None:
        return '<div class="mm-change" aria-live="polite"></div>'
    if change.word is not None:
        word = view.explanation.words[change.word]
        without = say("why.without_word", lang, word=bare(view.text[word.start : word.end]))
    else:
        without = say("why.without_region", lang)
    after = change.reading
    undo = f'<button class="mm-quiet" {action("undo")}>{safe(say("why.undo", lang))}</button>'
    if after is None:
        told = safe(say("why.nothing_left", lang))
    else:
        told = safe(verdict(before, after, lang))
        told += f"</p><p>{moves(before, after, lang)}"
    return (
        f'<div class="mm-change mm-full" aria-live="polite"><div><p><b>{safe(without)}:</b> {told}'
        f"</p></div>{undo}</div>"
    )


def moves(before: Reading, after: Reading, lang: str) -> str:
    """The answer and the label that changed most besides it, before and after."""
    changed = max(
        (name for name in before.probabilities if name != before.label),
        key=lambda name: abs(after.probabilities[name] - before.probabilities[name]),
    )
    told = []
    for name in (before.label, changed):
        line = say(
            "why.change",
            lang,
            emotion=emotion_word(name, lang),
            before=percent(before.probabilities[name]),
            after=percent(after.probabilities[name]),
        )
        told.append(f'<span class="mm-move">{swatch(name)}{safe(line)}</span>')
    return " ".join(told)


def verdict(before: Reading, after: Reading, lang: str) -> str:
    """Whether the answer changed."""
    emotion = emotion_word(after.label, lang)
    if after.label == before.label:
        return say("why.same_answer", lang, emotion=emotion)
    sureness = say(confidence_word(after.confidence), lang)
    return say("why.new_answer", lang, emotion=emotion, sureness=sureness)


def why_title(view: PictureView, lang: str) -> str:
    """The question that the card answers."""
    if view.reading is None:
        return ""
    label = view.explanation.label if view.explanation else view.reading.label
    return f"<h2>{safe(capital(say('why.title', lang, emotion=emotion_word(label, lang))))}</h2>"


def why_body(view: PictureView, lang: str) -> str:
    """Words, faces and what-if; nothing before there is an answer."""
    if view.reading is None or view.working:
        return ""
    if view.explanation is None:
        return spinner(say("why.working", lang))
    return (
        word_line(view, view.explanation, lang)
        + face_pair(view, view.explanation, lang)
        + change_line(view, view.reading, lang)
    )


def explain_choices(view: PictureView, lang: str) -> tuple[list[tuple[str, str]], str | None]:
    """What can be explained, the answer first ("Anger: why not?"), and what is explained now."""
    if view.reading is None:
        return [], None
    choices = []
    for name in ranked(view.reading.probabilities):
        key = "why.choose_answer" if name == view.reading.label else "why.choose_other"
        choices.append((capital(say(key, lang, emotion=emotion_word(name, lang))), name))
    return choices, view.explanation.label if view.explanation else view.reading.label
