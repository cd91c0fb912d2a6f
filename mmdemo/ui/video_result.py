"""The cards of the video side: progress, the overall answer, the curve, the downloads."""

from __future__ import annotations

from ..render import clock, emotion_color
from ..types import Reading, VideoReading
from .answer import empty_body, headline, notes_list
from .bars import probability_table
from .curve import curve_chart, moment_buttons
from .jobs import Step
from .markup import action, card, fold, percent, safe
from .served import file_link
from .views import VideoView
from .words import say


def progress_body(doing: str, step: Step | None, lang: str) -> str:
    """What is being done, how far it is, and how long it still takes."""
    part = step.fraction if step else 0.0
    values = {"percent": percent(part)}
    if step and step.left_s is not None:
        told = say("video.left", lang, time=clock(step.left_s + 0.5), **values)
    else:
        told = say("video.done", lang, **values)
    return (
        f'<div class="mm-progress" role="status"><p>{safe(say(doing, lang))}</p>'
        f'<progress max="100" value="{part * 100:.0f}" aria-label="{safe(say(doing, lang))}">'
        f'</progress><p class="mm-hint">{safe(told)}</p></div>'
    )


def overall(reading: Reading, lang: str) -> str:
    """The overall answer: sentence first, number second."""
    return (
        f'<div class="mm-headline" style="--tone:{emotion_color(reading.label)}">'
        f'<div><p class="mm-answer">{safe(headline(reading, lang))}</p>'
        f'<p class="mm-hint">{safe(say("video.overall", lang))}</p></div>'
        f'<p class="mm-number">{percent(reading.confidence)}<small> %</small></p></div>'
    )


def overall_card(view: VideoView, lang: str) -> str:
    """What stands above the player: empty, working, or the overall answer."""
    title = say("out.answer", lang)
    if view.working:
        return card(title, progress_body(view.working, view.step, lang), "mm-busy mm-video-wait")
    if view.reading is None:
        body = empty_body(say("video.empty_title", lang), say("video.empty", lang))
        return card(title, body, "mm-video-wait")
    notes = notes_list(view.reading.notes, lang)
    standing = f'<p class="mm-standing">{safe(say("out.standing", lang))}</p>'
    if view.reading.overall is None:
        nothing = empty_body(say("video.nothing", lang), say("video.nothing_hint", lang))
        return card(title, nothing + notes, "mm-has-answer", say("video.nothing", lang))
    said = headline(view.reading.overall, lang)
    body = overall(view.reading.overall, lang) + notes + standing
    return card(title, body, "mm-has-answer", said)


def curve_card(view: VideoView, lang: str) -> str:
    """The curve, the moments and, folded, all numbers; nothing before there is a result."""
    reading: VideoReading | None = view.reading
    if reading is None or view.working:
        return ""
    numbers = ""
    if reading.overall is not None:
        table = probability_table(reading.overall, lang)
        numbers = fold("numbers", say("video.numbers", lang), table)
    body = curve_chart(reading, lang) + moment_buttons(reading, lang) + numbers
    return card(say("video.curve", lang), body) if body else ""


def exports_card(view: VideoView, lang: str) -> str:
    """Buttons that make the files, then the links to them."""
    if view.reading is None or view.working or view.reading.overall is None:
        return ""
    busy = " disabled" if view.exporting else ""
    buttons = "".join(
        f'<button class="mm-quiet" {action(name)}{busy}>{safe(say(f"video.{name}", lang))}</button>'
        for name in (["make_csv", "make_video"] if view.path and view.reading.points else [])
    )
    wait = progress_body("video.exporting", view.step, lang) if view.exporting else ""
    links = file_link(view.csv, "video.made_csv", view.fresh == "csv", lang)
    links += file_link(view.video, "video.made_video", view.fresh == "video", lang)
    return f'<div class="mm-exports"><p>{buttons}</p>{wait}<p>{links}</p></div>'
