"""Words with an explanation behind them, and times as a person says them."""

from __future__ import annotations

from .markup import safe
from .words import say


def term(key: str, lang: str) -> str:
    """A technical word; pointing at it, tapping it or reaching it by Tab explains it."""
    word, told = safe(say(f"term.{key}", lang)), safe(say(f"told.{key}", lang))
    return (
        f'<button type="button" class="mm-term">{word}<i aria-hidden="true">?</i>'
        f'<span class="mm-told" role="tooltip">{told}</span></button>'
    )


def about(seconds: float, lang: str) -> str:
    """A duration that does not pretend to be exact: "under a minute", "about 3 minutes"."""
    if seconds < 50:
        return say("time.under_minute", lang)
    if seconds < 90:
        return say("time.minute", lang)
    if seconds < 5400:
        return say("time.minutes", lang, minutes=round(seconds / 60))
    return say("time.hours", lang, hours=f"{seconds / 3600:.1f}")


def score(part: float, lang: str) -> str:
    """A share of right answers as a person counts: "91 of 100"."""
    return say("score.of_100", lang, right=round(part * 100))
