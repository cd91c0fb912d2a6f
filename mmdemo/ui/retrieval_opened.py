"""An opened moment, drawn: similarity over time, where its words are seen, trimming."""

from __future__ import annotations

from ..render import clock, overlay_heatmap, word_spans
from ..types import WordWeight
from .chart import Chart, Line, plot
from .markup import action, file_name, percent, safe, spinner
from .retrieval_hits import span, strength
from .retrieval_views import Opened
from .served import file_link
from .why import bare, figure
from .words import say

PLAYER = "#moment-player video"
STEP_S = 0.1  # of the trim sliders
# scores are standard deviations above unrelated phrases; the chart's full height is at least this
FULL = 4.0


def head(opened: Opened, lang: str) -> str:
    """What is played."""
    moment = opened.moment
    if moment is None:
        return ""
    close = safe(say("moment.close", lang))
    query = f"<p class='mm-hint'>“{safe(opened.query)}”</p>" if opened.query else ""
    return (
        f'<div class="mm-opened"><div><h2 tabindex="-1">{file_name(moment.video)}</h2>{query}'
        f"<p>{safe(span(moment, lang))} {strength(moment.strength, lang)}</p></div>"
        f'<button class="mm-cross" {action("put_away")} aria-label="{close}" title="{close}">'
        "&times;</button></div>"
    )


def similarity_chart(opened: Opened, lang: str) -> str:
    """How well the query fits, over the whole video; a click plays there."""
    if not opened.curve:
        return ""
    top = max(FULL, *(score for _, score in opened.curve))
    run = tuple((at, min(max(score / top, 0.0), 1.0)) for at, score in opened.curve)
    line = Line("fit", say("moment.fit", lang), "var(--mm-accent)", (run,))
    chart = Chart(
        title=say("moment.chart", lang), player=PLAYER, plays=True, lines=(line,),
        duration_s=max(opened.duration_s, 0.1), step_s=1.0, marked=opened.range_s,
        samples=tuple((at, _height_word(value, lang)) for at, value in run),
        levels=(say("moment.high", lang), "", say("moment.low", lang)),
    )  # fmt: skip
    hint = f'<p class="mm-hint">{safe(say("moment.chart_hint", lang))}</p>'
    readout = say("moment.readout", lang)
    return f"<h3>{safe(say('moment.chart', lang))}</h3>{hint}{plot(chart, readout)}"


def _height_word(value: float, lang: str) -> str:
    """A height of the chart in words."""
    level = "high" if value > 2 / 3 else "middle" if value > 1 / 3 else "low"
    return say(f"moment.fits_{level}", lang)


def tenths(seconds: float) -> str:
    """``mm:ss.t``: a cut needs it finer than a moment."""
    return f"{clock(seconds)}.{int(seconds * 10 + 1e-6) % 10}"


def trimmer(opened: Opened, lang: str) -> str:
    """Two sliders for the ends of the clip, and its download."""
    if opened.picture or opened.playable is None:
        return ""
    start, end = opened.range_s
    sliders = "".join(
        f'<div class="mm-end-row"><label>{safe(say(f"trim.{name}", lang))} '
        f'<output>{tenths(at)}</output><input type="range" data-trim="{name}" min="0" '
        f'max="{opened.duration_s:.1f}" step="{STEP_S}" value="{at:.1f}"></label>'
        f'<button type="button" class="mm-quiet" data-here="{name}">'
        f"{safe(say(f'trim.{name}_here', lang))}</button></div>"
        for name, at in (("start", start), ("end", end))
    )
    busy = " disabled" if opened.cutting else ""
    wait = ""
    if opened.cutting:
        part = percent(opened.cutting.fraction)
        told = f"{say('trim.cutting', lang)} {say('video.done', lang, percent=part)}"
        wait = f'<p class="mm-hint" role="status">{safe(told)}</p>'
    download = (
        f'<button class="mm-quiet mm-strong" {action("cut", start=start, end=end)} data-cut{busy}>'
        f"{safe(say('trim.download', lang))}</button>"
    )
    link = file_link(opened.clip, "trim.again", opened.fresh == "clip", lang)
    return (
        f'<div class="mm-trim"><h3>{safe(say("trim.title", lang))}</h3>'
        f'<p class="mm-hint">{safe(say("trim.hint", lang))}</p>{sliders}'
        f'<div class="mm-exports"><p>{download}'
        f'<button type="button" class="mm-quiet" data-play-range>'
        f"{safe(say('trim.play', lang))}</button></p>{wait}<p>{link}</p></div></div>"
    )


def query_words(opened: Opened, lang: str) -> str:
    """The query with every word a button that shows where it is seen."""
    words = [WordWeight(start, end, 0.0) for start, end in opened.match.words]
    pieces = []
    for piece, number, _ in word_spans(opened.query, words):
        if number is None:
            pieces.append(safe(piece))
            continue
        told = safe(say("where.word_label", lang, word=bare(piece)))
        pieces.append(
            f'<button class="mm-word mm-seek-word" {action("word", number=number)} '
            f'aria-pressed="{"true" if number == opened.word else "false"}" title="{told}" '
            f'aria-label="{told}">{safe(piece)}</button>'
        )
    return f'<p class="mm-sentence">{"".join(pieces)}</p>'


def where(opened: Opened, lang: str) -> str:
    """The key frame, plain and with the place that matches."""
    if opened.frame is None:
        return ""
    if opened.match is None:  # a picture before it is compared, or that nothing was asked of
        width, height = opened.frame.size
        alone = figure(opened.frame, say("where.picture", lang))
        return f'<div class="mm-pair mm-wide" style="--shape:{width}/{height}">{alone}</div>'
    heat, caption = opened.match.overall, say("where.all", lang)
    if opened.word is not None:
        start, end = opened.match.words[opened.word]
        heat = opened.match.maps[opened.word]
        caption = say("where.word", lang, word=bare(opened.query[start:end]))
    plain = say("where.frame", lang, time=clock(opened.moment.frame_s))
    if opened.picture:
        plain = say("where.picture", lang)
    pair = figure(opened.frame, plain) + figure(overlay_heatmap(opened.frame, heat), caption)
    width, height = opened.frame.size
    return (
        f"<h3>{safe(say('where.title', lang))}</h3>"
        f'<p class="mm-hint">{safe(say("where.hint", lang))}</p>{query_words(opened, lang)}'
        f'<div class="mm-pair mm-wide" style="--shape:{width}/{height}">{pair}</div>'
    )


def body(opened: Opened, lang: str) -> str:
    """Everything under the player; the script knows by ``data-of`` when another one is opened."""
    moment = opened.moment
    if moment is None:
        return ""
    of = f"{moment.item} {moment.frame_s} {opened.query}"
    return f'<div data-of="{safe(of)}">{_inside(opened, lang)}</div>'


def _inside(opened: Opened, lang: str) -> str:
    if opened.preparing is not None:
        part = percent(opened.preparing.fraction)
        told = f"{say('video.preparing', lang)}: {say('video.done', lang, percent=part)}"
        return spinner(told)
    if opened.playable is None and not opened.picture:
        return ""
    waiting = opened.query and opened.match is None and opened.error is None
    wait = spinner(say("moment.working", lang)) if waiting else ""
    return similarity_chart(opened, lang) + trimmer(opened, lang) + where(opened, lang) + wait
