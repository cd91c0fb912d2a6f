"""The answer card: a sentence first, then numbers, then what stands beside them."""

from __future__ import annotations

from ..render import confidence_word, emotion_color
from ..types import Note, Reading
from .bars import probability_table, ranked, swatch
from .markup import action, card, percent, picture_uri, safe, spinner
from .views import PictureView, Pinned
from .words import LANGUAGES, capital, emotion_word, say, tell

DISAGREE_FLOOR = 0.4  # each modality must be at least this sure before we speak of a disagreement


def headline(reading: Reading, lang: str, guess: bool = False) -> str:
    """The answer as words: "Joy, fairly sure", or "Joy, a guess" of words that it cannot read."""
    sureness = say("guess" if guess else confidence_word(reading.confidence), lang)
    sentence = say(
        "out.headline", lang, emotion=emotion_word(reading.label, lang), sureness=sureness
    )
    return capital(sentence)


def disagreement(reading: Reading) -> tuple[str, str] | None:
    """What words and face say when both are clear and differ: (label of text, label of face)."""
    if not {"text", "face"} <= set(reading.modalities):
        return None
    tops = []
    for name in ("text", "face"):
        label = ranked(reading.modalities[name])[0]
        if reading.modalities[name][label] < DISAGREE_FLOOR:
            return None
        tops.append(label)
    return (tops[0], tops[1]) if tops[0] != tops[1] else None


def disagree_line(reading: Reading, lang: str) -> str:
    """A disagreement as a sentence: "The words sound sad; the face smiles." or nothing."""
    pair = disagreement(reading)
    if pair is None:
        return ""
    parts = {}
    for name, verb, label in (("text", "says", pair[0]), ("face", "looks", pair[1])):
        key = f"{verb}.{label}" if f"{verb}.{label}" in LANGUAGES[lang] else f"{verb}.other"
        parts[name] = say(key, lang, label=label)
    return say("out.disagree", lang, **parts)


def finding(line: str, lang: str) -> str:
    """A disagreement shown as what it is: something found."""
    if not line:
        return ""
    why = safe(say("out.disagree_why", lang))
    return f'<div class="mm-finding"><strong>{safe(line)}</strong> {why}</div>'


def decided_by(reading: Reading, lang: str) -> str:
    """Signed shares of the modalities as one bar; a share against the answer is hatched."""
    if len(reading.shares) < 2:
        return ""
    said, parts = [], []
    for name, share in reading.shares.items():
        word = say(f"out.share_{name}", lang, percent=percent(abs(share)))
        word = word if share >= 0 else say("out.share_against", lang, share=word)
        said.append(f'<span class="mm-share-{safe(name)}">{safe(word)}</span>')
        sign = "" if share >= 0 else " mm-against"
        parts.append(
            f'<i class="mm-share-{safe(name)}{sign}" style="width:{abs(share) * 100:.1f}%"></i>'
        )
    title = safe(say("out.decided", lang))
    return (
        f'<div class="mm-decided"><span>{title}</span><span class="mm-split" aria-hidden="true">'
        f"{''.join(parts)}</span><span class='mm-shares'>{' · '.join(said)}</span></div>"
    )


def notes_list(notes: tuple[Note, ...], lang: str) -> str:
    """What to know beside the answer."""
    items = "".join(f"<li>{safe(tell(note, lang, 'note.'))}</li>" for note in notes)
    label = safe(say("note.title", lang))
    return f'<ul class="mm-notes" aria-label="{label}">{items}</ul>' if items else ""


def face_picker(view: PictureView, lang: str) -> str:
    """Thumbnails to pick from when there are several faces."""
    if len(view.faces) < 2:
        return ""
    buttons = []
    for number, (face, reading) in enumerate(zip(view.faces, view.readings, strict=False)):
        emotion = emotion_word(reading.label, lang)
        name = safe(say("out.face_number", lang, number=number + 1, emotion=emotion))
        pressed = "true" if number == view.picked else "false"
        buttons.append(
            f'<button {action("face", number=number)} aria-pressed="{pressed}" aria-label="{name}">'
            f'<img src="{picture_uri(face.crop.resize((72, 72)))}" alt="">'
            f"<span>{swatch(reading.label)}{safe(emotion)}</span></button>"
        )
    count = safe(say("out.faces", lang, count=len(view.faces)))
    return f'<p class="mm-hint">{count}</p><div class="mm-faces">{"".join(buttons)}</div>'


def source_line(reading: Reading, lang: str) -> str:
    """What the answer was read from."""
    names = set(reading.modalities)
    key = "both" if len(names) > 1 else ("text" if "text" in names else "face")
    return safe(say(f"out.from_{key}", lang))


def answer_body(view: PictureView, reading: Reading, lang: str, disagree: str) -> str:
    """The inside of the answer card; ``disagree`` is a disagreement as a sentence."""
    others = [emotion_word(name, lang) for name in reading.present if name != reading.label]
    also = say("out.also", lang, emotions=", ".join(others)) if others else ""
    pin = safe(say("pin.pin", lang))
    return (
        f"{face_picker(view, lang)}"
        f'<div class="mm-headline" style="--tone:{emotion_color(reading.label)}">'
        f'<div><p class="mm-answer">{safe(headline(reading, lang, view.guess))}</p>'
        f'<p class="mm-hint">{source_line(reading, lang)}</p></div>'
        f'<p class="mm-number">{percent(reading.confidence)}<small> %</small></p></div>'
        f"{finding(disagree, lang)}{notes_list(view.notes, lang)}"
        f"{probability_table(reading, lang)}{decided_by(reading, lang)}"
        f"{f'<p class=mm-also>{safe(also)}</p>' if also else ''}"
        f'<p class="mm-standing">{safe(say("out.standing", lang))}</p>'
        f'<p class="mm-actions"><button class="mm-quiet" {action("pin")}>{pin}</button></p>'
    )


def empty_body(title: str, hint: str, kind: str = "") -> str:
    """A place that waits for a result and teaches what to do."""
    return (
        f'<div class="mm-empty {kind}"><p class="mm-answer">{safe(title)}</p>'
        f"<p>{safe(hint)}</p></div>"
    )


def answer_card(view: PictureView, lang: str) -> str:
    """The whole card: empty, working or with an answer."""
    title = say("out.answer", lang)
    if view.working:
        return card(title, spinner(say(view.working, lang, place=view.place)), "mm-result mm-busy")
    if view.reading is None:
        body = empty_body(say("out.empty_title", lang), say("out.empty", lang))
        return card(title, body + notes_list(view.notes, lang), "mm-result")
    kind = "mm-result mm-has-answer" + (" mm-stale" if view.error else "")  # of an earlier input
    # words that were not read disagree with nobody
    disagree = "" if view.guess else disagree_line(view.reading, lang)
    said = f"{headline(view.reading, lang, view.guess)}. {disagree}"
    return card(title, answer_body(view, view.reading, lang, disagree), kind, said)


def error_card(error: Note | None, lang: str) -> str:
    """A sentence that stays until it is dismissed; nothing without an error."""
    if error is None:
        return ""
    sentence = tell(error, lang)
    close = safe(say("error.dismiss", lang))
    return (
        f'<div class="mm-error" role="alert"><div><strong>{safe(say("error.title", lang))}</strong>'
        f"<p>{safe(sentence)}</p></div>"
        f'<button {action("dismiss")} aria-label="{close}" title="{close}">&times;</button></div>'
    )


def pinned_column(title: str, text: str, pinned: Pinned, lang: str) -> str:
    """One side of the comparison."""
    face = f'<img src="{picture_uri(pinned.crop.resize((96, 96)))}" alt="">' if pinned.crop else ""
    lines = "".join(
        f"<li>{swatch(name)}{safe(emotion_word(name, lang))}"
        f"<b>{percent(pinned.reading.probabilities[name])} %</b></li>"
        for name in ranked(pinned.reading.probabilities)[:3]
    )
    quote = safe(text[:140]) if text else safe(say("pin.no_text", lang))
    return (
        f'<div class="mm-side"><h3>{safe(title)}</h3>{face}<p class="mm-quote">{quote}</p>'
        f'<p class="mm-answer">{safe(headline(pinned.reading, lang, pinned.guess))}</p>'
        f"<ul>{lines}</ul></div>"
    )


def compare_card(view: PictureView, lang: str) -> str:
    """The pinned answer beside the present one; nothing without a pin."""
    if view.pinned is None:
        return ""
    sides = pinned_column(say("pin.pinned", lang), view.pinned.text, view.pinned, lang)
    now = Pinned(view.text, view.crop, view.reading, view.guess) if view.reading else None
    if now is not None and now.reading is not view.pinned.reading:
        sides += pinned_column(say("pin.now", lang), now.text, now, lang)
    else:
        sides += f'<p class="mm-side mm-hint">{safe(say("pin.hint", lang))}</p>'
    unpin = safe(say("pin.unpin", lang))
    body = (
        f'<div class="mm-sides">{sides}</div>'
        f'<p class="mm-actions"><button class="mm-quiet" {action("unpin")}>{unpin}</button></p>'
    )
    return card(say("pin.title", lang), body)
