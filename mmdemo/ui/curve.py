"""Emotion over time, drawn: one line per emotion, gaps where no face is, strongest moments."""

from __future__ import annotations

from collections.abc import Iterator

from ..render import clock, emotion_color
from ..types import TimePoint, VideoReading
from .bars import ranked
from .chart import Chart, Line, legend, plot
from .markup import percent, picture_uri, safe
from .words import capital, emotion_word, say

# a second cue beside colour: how the line is broken (SVG stroke-dasharray, in pixels)
DASHES = {
    "anger": "9 3",
    "disgust": "2 3",
    "fear": "6 2 2 2",
    "neutral": "1 4",
    "surprise": "12 3 3 3",
}
FAINT = 0.2  # a line that never rises above this is drawn thin


def line_labels(reading: VideoReading) -> list[str]:
    """Labels of the curve, the one with the highest mean first."""
    read = [point.probabilities for point in reading.points if point.probabilities]
    if not read:
        return []
    return ranked({name: sum(p[name] for p in read) / len(read) for name in read[0]})


def segments(points: tuple[TimePoint, ...], rate: float) -> Iterator[list[TimePoint]]:
    """Runs of points without a gap between them."""
    run: list[TimePoint] = []
    for point in points:
        late = run and point.time_s - run[-1].time_s > 1.8 / rate
        if run and (point.probabilities is None or late):
            yield run
            run = []
        if point.probabilities is not None:
            run.append(point)
    if run:
        yield run


def gaps(reading: VideoReading, duration: float) -> list[tuple[float, float]]:
    """Where nothing was read, as (start, width) in parts of the duration.

    A sample stands for half a step around it, so a gap begins half a step after the last one.
    """
    half, edges, at = 0.5 / reading.rate, [], 0.0
    for run in segments(reading.points, reading.rate):
        edges.append((at, run[0].time_s - half))
        at = run[-1].time_s + half
    edges.append((at + half, duration))
    return [(a / duration, (b - a) / duration) for a, b in edges if b - a > half]


def emotion_line(reading: VideoReading, label: str, lang: str) -> Line:
    """The line of one label."""
    runs = tuple(
        tuple((point.time_s, point.probabilities[label]) for point in run)
        for run in segments(reading.points, reading.rate)
    )
    thin = max(value for run in runs for _, value in run) < FAINT
    word, color = emotion_word(label, lang), emotion_color(label)
    return Line(label, word, color, runs, DASHES.get(label, ""), thin)


def curve_chart(reading: VideoReading, lang: str) -> str:
    """The curve with its legend, time axis and the line that tells the values of a moment."""
    labels = line_labels(reading)
    if not labels:
        return ""
    duration = max(reading.duration_s, 0.1)
    samples = (
        (p.time_s, [percent(p.probabilities[n]) for n in labels] if p.probabilities else 0)
        for p in reading.points
    )
    chart = Chart(
        title=say("video.curve", lang), player="#player video", duration_s=duration,
        step_s=1 / reading.rate, gap=say("video.gap", lang), samples=tuple(samples),
        lines=tuple(emotion_line(reading, label, lang) for label in labels),
        gaps=tuple(gaps(reading, duration)),
    )  # fmt: skip
    hint = safe(say("video.curve_hint", lang))
    shaded = say("video.gap_hint", lang) if chart.gaps else ""
    return (
        f'<p class="mm-hint">{hint}</p>{legend(chart.lines)}'
        f"{plot(chart, say('video.readout', lang))}"
        f'<p class="mm-hint">{safe(shaded)}</p>'
    )


def moment_buttons(reading: VideoReading, lang: str) -> str:
    """The strongest moments as thumbnails; a click moves the player there."""
    if not reading.moments:
        return ""
    buttons = []
    for moment in reading.moments:
        word = capital(emotion_word(moment.label, lang))
        told = say("video.moment", lang, time=clock(moment.time_s), emotion=word)
        buttons.append(
            f'<button type="button" data-seek="{moment.time_s:.2f}" aria-label="{safe(told)}">'
            f'<img src="{picture_uri(moment.thumbnail, 80)}" alt="">'
            f'<span style="border-color:{emotion_color(moment.label)}">'
            f"<b>{clock(moment.time_s)}</b> "
            f"{safe(word)} {percent(moment.probability)} %</span></button>"
        )
    title = safe(say("video.moments", lang))
    return f'<h3>{title}</h3><div class="mm-moments">{"".join(buttons)}</div>'
