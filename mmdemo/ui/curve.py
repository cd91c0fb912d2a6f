"""Emotion over time, drawn: one line per emotion, gaps where no face is, strongest moments."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..render import clock, emotion_color
from ..types import TimePoint, VideoReading
from .bars import ranked
from .markup import percent, picture_uri, safe
from .words import capital, emotion_word, say

WIDTH, HEIGHT = 1000, 100  # of the drawing; the browser stretches it
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
MOST_TICKS = 7
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


def line_path(reading: VideoReading, label: str, duration: float) -> str:
    """The SVG path of one label; a lone point becomes a short dash."""
    parts = []
    for run in segments(reading.points, reading.rate):
        spots = [(p.time_s / duration * WIDTH, HEIGHT * (1 - p.probabilities[label])) for p in run]
        if len(spots) == 1:
            spots.append((spots[0][0] + 3, spots[0][1]))
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots))
    return "".join(parts)


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


def curve_data(reading: VideoReading, labels: list[str], lang: str) -> str:
    """What the script needs to tell the values of a moment, as JSON."""
    rows = [
        [
            round(p.time_s, 2),
            [percent(p.probabilities[n]) for n in labels] if p.probabilities else 0,
        ]
        for p in reading.points
    ]
    return json.dumps(
        {
            "duration": max(reading.duration_s, 0.1),
            "step": 1 / reading.rate,
            "points": rows,
            "names": [emotion_word(name, lang) for name in labels],
            "gap": say("video.gap", lang),
        },
        separators=(",", ":"),
    )


def _percents(point: TimePoint, labels: list[str]) -> list[int] | None:
    return [percent(point.probabilities[n]) for n in labels] if point.probabilities else None


def drawing(reading: VideoReading, labels: list[str], duration: float) -> str:
    """The gaps, and over them all lines as one SVG."""
    shades = "".join(
        f'<i class="mm-gap" style="left:{100 * x:.2f}%;width:{100 * w:.2f}%"></i>'
        for x, w in gaps(reading, duration)
    )
    lines = []
    for name in reversed(labels):  # the strongest on top
        peak = max(p.probabilities[name] for p in reading.points if p.probabilities)
        kind = "mm-thin" if peak < FAINT else ""
        dash = f' stroke-dasharray="{DASHES[name]}"' if name in DASHES else ""
        lines.append(
            f'<path class="{kind}" data-of="{safe(name)}" stroke="{emotion_color(name)}"{dash} '
            f'd="{line_path(reading, name, duration)}"/>'
        )
    return (
        f'{shades}<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        'aria-hidden="true">'
        f"{''.join(lines)}</svg>"
    )


def time_axis(duration: float) -> str:
    """Marks under the curve at round times."""
    step = next((s for s in TICKS_S if duration / s <= MOST_TICKS), TICKS_S[-1])
    marks = (
        f'<span class="{"mm-end" if t > 0.96 * duration else ""}" '
        f'style="left:{100 * t / duration:.2f}%">{clock(t)}</span>'
        for t in range(0, int(duration) + 1, step)
    )
    return f'<div class="mm-times" aria-hidden="true">{"".join(marks)}</div>'


def legend(labels: list[str], lang: str) -> str:
    """A button per line: its look, its word; pressing it puts the others in the background."""
    keys = []
    for name in labels:
        dash = f' stroke-dasharray="{DASHES[name]}"' if name in DASHES else ""
        keys.append(
            f'<button type="button" data-line="{safe(name)}" aria-pressed="false">'
            f'<svg viewBox="0 0 28 8" aria-hidden="true"><path d="M0 4L28 4"{dash} '
            f'stroke="{emotion_color(name)}"/></svg>{safe(emotion_word(name, lang))}</button>'
        )
    return f'<div class="mm-lines">{"".join(keys)}</div>'


def curve_chart(reading: VideoReading, lang: str) -> str:
    """The curve with its legend, time axis and the line that tells the values of a moment."""
    labels = line_labels(reading)
    if not labels:
        return ""
    duration = max(reading.duration_s, 0.1)
    name, hint = safe(say("video.curve", lang)), safe(say("video.curve_hint", lang))
    shaded = say("video.gap_hint", lang) if gaps(reading, duration) else ""
    return (
        f'<p class="mm-hint">{hint}</p>{legend(labels, lang)}'
        f'<div class="mm-chart"><div class="mm-levels" aria-hidden="true"><span>100 %</span>'
        f"<span>50</span><span>0</span></div>"
        f'<div class="mm-plot" tabindex="0" role="slider" aria-label="{name}" aria-valuemin="0" '
        f'aria-valuemax="{duration:.1f}" aria-valuenow="0" '
        f'data-curve="{safe(curve_data(reading, labels, lang))}">'
        f"{drawing(reading, labels, duration)}"
        f'<i class="mm-hover"></i><i class="mm-cursor"></i></div>'
        f"{time_axis(duration)}</div>"
        f'<p class="mm-readout" aria-live="off">{safe(say("video.readout", lang))}</p>'
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
