"""Answers of a search, drawn: moment cards, "nothing here fits", ranked sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..render import clock
from ..types import Moment
from .answer import empty_body, notes_list
from .markup import action, card, file_name, fold, safe, spinner
from .retrieval_shelf import pager, quiet_button, thumbnail
from .retrieval_views import PER_PAGE, Fits, Found
from .served import file_link
from .words import say

if TYPE_CHECKING:
    from ..services.retrieval.answers import SentenceFit

FILLED = {"strong": 3, "fair": 2, "weak": 1}


def strength(word: str, lang: str) -> str:
    """How well something fits, in a word; three marks beside it say the same without reading."""
    filled = FILLED.get(word, 0)
    marks = "".join(f"<i{' class=on' if n < filled else ''}></i>" for n in range(3))
    return (
        f'<span class="mm-strength mm-{safe(word)}"><span aria-hidden="true">{marks}</span>'
        f"{safe(say(f'strength.{word}', lang))}</span>"
    )


def span(moment: Moment, lang: str) -> str:
    """From when to when, as text; a picture says that it is one."""
    if moment.end_s <= moment.start_s:
        return say("lib.picture", lang)
    return f"{clock(moment.start_s)} \N{EN DASH} {clock(moment.end_s)}"


def hit(moment: Moment, number: int, lang: str) -> str:
    """One moment: its picture plays it, the words beside say what it is."""
    still = moment.end_s <= moment.start_s
    word = say(f"strength.{moment.strength}", lang)
    told = say(
        "find.show" if still else "find.play", lang,
        name=moment.video, start=clock(moment.start_s), end=clock(moment.end_s), strength=word,
    )  # fmt: skip
    sign = "" if still else '<i class="mm-play" aria-hidden="true"></i>'
    return (
        f'<li><button class="mm-hit" {action("open", number=number)} aria-label="{safe(told)}">'
        f"{thumbnail(moment.thumbnail)}{sign}</button><div><b>{file_name(moment.video)}</b>"
        f"<span>{safe(span(moment, lang))}</span>{strength(moment.strength, lang)}"
        f"{quiet_button('find.similar', lang, 'similar', number=number)}</div></li>"
    )


def asked(found: Found, lang: str) -> str:
    """What was searched for, said back."""
    ask = found.ask
    if ask.like is not None:
        return say("find.like_title", lang, name=ask.like_told)
    told = say("find.title", lang, query=ask.query.strip())
    if ask.but_not.strip():
        told += " " + say("find.title_not", lang, but_not=ask.but_not.strip())
    return told


def count_line(found: Found, lang: str) -> str:
    """Which of how many are shown."""
    if found.result.total == 1:
        return say("find.count_one", lang)
    first = found.page * PER_PAGE + 1
    last = first + len(found.result.moments) - 1
    return say("find.count", lang, first=first, last=last, total=found.result.total)


def hits_body(found: Found, lang: str) -> str:
    """The cards of a page, with paging and export under them."""
    moments = found.result.moments
    cards = "".join(hit(moment, number, lang) for number, moment in enumerate(moments))
    exports = "".join(
        quiet_button(f"find.make_{kind}", lang, f"make_{kind}") for kind in ("table", "json")
    )
    links = file_link(found.table, "find.made_table", found.fresh == "table", lang)
    links += file_link(found.json, "find.made_json", found.fresh == "json", lang)
    stills = all(moment.end_s <= moment.start_s for moment in moments)
    told = f"{count_line(found, lang)} {say('find.do_stills' if stills else 'find.do', lang)}"
    return (
        f'<p class="mm-hint">{safe(told)}</p><ol class="mm-hits">{cards}</ol>'
        f"{pager(found.page, found.pages, lang)}"
        f'<div class="mm-exports"><p>{exports}</p><p>{links}</p></div>'
    )


def found_card(found: Found, lang: str) -> str:
    """The whole card: empty, working, moments, or that nothing fits."""
    if found.working:
        doing = "out.turn" if found.place else "find.working"
        told = safe(say(doing, lang, place=found.place))
        spin = f'<div class="mm-working" role="status"><i></i>{told}</div>'
        return card(say("find.results", lang), spin, "mm-found mm-busy")
    if found.result is None:
        body = empty_body(say("find.empty_title", lang), say("find.empty", lang))
        return card(say("find.results", lang), body, "mm-found")
    notes = notes_list(found.result.notes, lang)
    stale = " mm-stale" if found.error else ""
    if found.result.fits and found.result.moments:
        said = f"{asked(found, lang)}: {count_line(found, lang)}"
        return card(asked(found, lang), notes + hits_body(found, lang), "mm-found" + stale, said)
    key = "find.nothing" if found.ask.like is None else "find.nothing_like"
    hint = "find.nothing_hint" if found.ask.like is None else "find.nothing_like_hint"
    nothing = empty_body(say(key, lang), say(hint, lang), "mm-low")
    if found.result.moments:
        ask = found.ask  # another question is another fold, and closed
        name = f"closest:{(ask.query, ask.but_not, ask.within, ask.like)}"
        nothing += fold(name, say("find.closest", lang), hits_body(found, lang))
    said = say(key, lang)
    return card(asked(found, lang), notes + nothing, "mm-found" + stale, said)


def fit_row(fit: SentenceFit, number: int, still: bool, lang: str) -> str:
    """One sentence, how well it fits, and the second at which it does so best."""
    values = {"time": clock(fit.best_s), "sentence": fit.sentence}
    told = safe(say("fit.show" if still else "fit.open", lang, **values))
    at = safe(say("fit.look", lang) if still else say("fit.at", lang, time=values["time"]))
    fitting = strength(fit.strength, lang)
    if not fit.read:
        fitting = f'<span class="mm-strength mm-none">{safe(say("guess", lang))}</span>'
    return (
        f"<li>{fitting}<q>{safe(fit.sentence)}</q>"
        f'<button class="mm-quiet" {action("open", number=number)} '
        f'aria-label="{told}">{at}</button></li>'
    )


def fits_card(fits: Fits, lang: str) -> str:
    """Sentences or suggested phrases for one video, best first."""
    title = say("fit.results", lang)
    if fits.working:
        return card(title, spinner(say("fit.working", lang)), "mm-found mm-busy")
    if fits.item is None:
        empty = empty_body(say("fit.empty_title", lang), say("fit.empty", lang))
        return card(title, empty, "mm-found")
    still = fits.item.kind == "picture"
    rows = (fit_row(fit, number, still, lang) for number, fit in enumerate(fits.fits))
    key, about = (
        ("fit.suggested", "fit.suggested_hint")
        if fits.suggested
        else ("fit.ranked", "fit.ranked_hint")
    )
    hint = f'<p class="mm-hint">{safe(say(about, lang))}</p>'
    if not all(fit.read for fit in fits.fits):
        hint += f'<p class="mm-notes">{safe(say("fit.guess", lang))}</p>'
    body = hint + f'<ol class="mm-fits">{"".join(rows)}</ol>'
    stale = " mm-stale" if fits.error else ""
    title = say(key, lang, name=fits.item.name)
    return card(title, body, "mm-found" + stale, title)
