"""A chart over the time of a video; pointing tells its values, a click moves the player there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ..render import clock
from .markup import safe

WIDTH, HEIGHT = 1000, 100  # of the drawing; the browser stretches it
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
MOST_TICKS = 7
Run = tuple[tuple[float, float], ...]  # (time_s, value 0..1) without a gap inside


@dataclass(frozen=True)
class Line:
    """One line of a chart."""

    name: str  # what the script calls it
    word: str  # what a person reads
    color: str
    runs: tuple[Run, ...]
    dash: str = ""  # SVG stroke-dasharray: a second cue beside colour
    thin: bool = False


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn; ``player`` is the CSS selector of the video that it moves."""

    title: str
    player: str
    duration_s: float
    step_s: float  # between two samples
    lines: tuple[Line, ...]  # the first is drawn on top
    # per sample (time_s, per cent of each line | what it says in words | 0 for a gap)
    samples: tuple[tuple[float, list[int] | str | int], ...]
    gap: str = ""  # the word for a gap
    gaps: tuple[tuple[float, float], ...] = ()  # (start, width) in parts of the duration
    marked: tuple[float, float] | None = None  # a stretch in seconds that is marked
    levels: tuple[str, ...] = ("100 %", "50", "0")  # beside the chart, from the top
    plays: bool = False  # a click also plays


def line_path(line: Line, duration_s: float) -> str:
    """The SVG path of a line; a lone point becomes a short dash."""
    parts = []
    for run in line.runs:
        spots = [(at / duration_s * WIDTH, HEIGHT * (1 - value)) for at, value in run]
        if len(spots) == 1:
            spots.append((spots[0][0] + 3, spots[0][1]))
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots))
    return "".join(parts)


def _dash(line: Line) -> str:
    return f' stroke-dasharray="{line.dash}"' if line.dash else ""


def drawing(chart: Chart) -> str:
    """The gaps, and over them all lines as one SVG."""
    shades = "".join(
        f'<i class="mm-gap" style="left:{100 * x:.2f}%;width:{100 * w:.2f}%"></i>'
        for x, w in chart.gaps
    )
    if chart.marked is not None:
        start, end = (100 * at / chart.duration_s for at in chart.marked)
        shades += f'<i class="mm-marked" style="left:{start:.2f}%;width:{end - start:.2f}%"></i>'
    lines = (
        f'<path class="{"mm-thin" if line.thin else ""}" data-of="{safe(line.name)}" '
        f'stroke="{line.color}"{_dash(line)} d="{line_path(line, chart.duration_s)}"/>'
        for line in reversed(chart.lines)
    )
    return (
        f'{shades}<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(lines)}</svg>'
    )


def time_axis(duration_s: float) -> str:
    """Marks under the chart at round times."""
    step = next((s for s in TICKS_S if duration_s / s <= MOST_TICKS), TICKS_S[-1])
    marks = (
        f'<span class="{"mm-end" if t > 0.96 * duration_s else ""}" '
        f'style="left:{100 * t / duration_s:.2f}%">{clock(t)}</span>'
        for t in range(0, int(duration_s) + 1, step)
    )
    return f'<div class="mm-times" aria-hidden="true">{"".join(marks)}</div>'


def legend(lines: Iterable[Line]) -> str:
    """A button per line: its look, its word; pressing it puts the others in the background."""
    keys = (
        f'<button type="button" data-line="{safe(line.name)}" aria-pressed="false">'
        f'<svg viewBox="0 0 28 8" aria-hidden="true"><path d="M0 4L28 4"{_dash(line)} '
        f'stroke="{line.color}"/></svg>{safe(line.word)}</button>'
        for line in lines
    )
    return f'<div class="mm-lines">{"".join(keys)}</div>'


def _data(chart: Chart) -> str:
    """What ``web/curve.js`` needs to tell the values of a moment, as JSON."""
    told = {
        "duration": chart.duration_s,
        "step": chart.step_s,
        "points": [[round(at, 2), values] for at, values in chart.samples],
        "names": [line.word for line in chart.lines],
        "gap": chart.gap,
        "player": chart.player,
        "plays": chart.plays,
    }
    return json.dumps(told, separators=(",", ":"))


def plot(chart: Chart, readout: str) -> str:
    """The chart with its axes; ``readout`` stands below until a moment is pointed at."""
    levels = "".join(f"<span>{safe(level)}</span>" for level in chart.levels)
    return (
        f'<div class="mm-chart"><div class="mm-levels" aria-hidden="true">{levels}</div>'
        f'<div class="mm-plot" tabindex="0" role="slider" aria-label="{safe(chart.title)}" '
        f'aria-valuemin="0" aria-valuemax="{chart.duration_s:.1f}" aria-valuenow="0" '
        f'data-curve="{safe(_data(chart))}">{drawing(chart)}'
        f'<i class="mm-hover"></i><i class="mm-cursor"></i></div>{time_axis(chart.duration_s)}'
        f'</div><p class="mm-readout" aria-live="off">{safe(readout)}</p>'
    )
