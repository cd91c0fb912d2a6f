"""Probabilities as bars: a table that reads well aloud, with colour as an extra."""

from __future__ import annotations

from ..render import emotion_color
from ..types import Reading
from .markup import percent, safe
from .words import emotion_word, say


def bar(part: float, label: str, *, strong: bool = False) -> str:
    """One bar with its number beside it."""
    kind = "mm-bar mm-bar-strong" if strong else "mm-bar"
    width = max(part * 100, 0.6)
    return (
        f'<span class="{kind}" aria-hidden="true"><i style="width:{width:.1f}%;'
        f'background:{emotion_color(label)}"></i></span><b>{percent(part)} %</b>'
    )


def swatch(label: str) -> str:
    """The colour of a label as a small square; always beside its word."""
    return f'<i class="mm-swatch" style="background:{emotion_color(label)}" aria-hidden="true"></i>'


def ranked(probabilities: dict[str, float]) -> list[str]:
    """Labels, most probable first."""
    return sorted(probabilities, key=lambda name: -probabilities[name])


def probability_table(reading: Reading, lang: str) -> str:
    """All labels, most probable first: together, and each modality alone where there are two."""
    alone = reading.modalities if len(reading.modalities) > 1 else {}
    columns = ["label", "fused" if alone else "score", *alone]
    heads = "".join(f'<th scope="col">{safe(say(f"out.column_{c}", lang))}</th>' for c in columns)
    rows = []
    for label in ranked(reading.probabilities):
        cells = f"<td>{bar(reading.probabilities[label], label, strong=True)}</td>"
        cells += "".join(f"<td>{bar(part.get(label, 0), label)}</td>" for part in alone.values())
        top = ' class="mm-top"' if label == reading.label else ""
        word = safe(emotion_word(label, lang))
        rows.append(f'<tr{top}><th scope="row">{swatch(label)}{word}</th>{cells}</tr>')
    single = "" if alone else " mm-single"
    return (
        f'<table class="mm-bars{single}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
