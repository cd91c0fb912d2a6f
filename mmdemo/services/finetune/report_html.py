"""The whole report as one HTML page that needs nothing beside it: no script, no link, no file.

Both languages stand in it, and radio buttons choose by CSS alone. Everything from a dataset is
escaped, and a content policy forbids the browser to run or to load anything, should that fail.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from PIL import Image

from ... import __version__
from ...config import Limits
from ...data.images import load_image, shrunk
from ...data.whole_file import whole_file
from ...errors import MmdemoError
from ...types import Note
from .charts import chart_pictures
from .report_words import LANGUAGES
from .types import RunReport, SampleResult

Translate = Callable[[Note, str], str]  # a note and "en" or "zh" -> its sentence
MOST_WRONG, MOST_RIGHT = 40, 10  # samples on the page; all are in the CSV
THUMB, TEXT = 120, 400  # pixels, characters
MOST_LABELS = 60  # in the matrix; a larger one is in the picture, by what is confused most
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(report: RunReport, out: Path, translate: Translate | None = None) -> Path:
    """Write the page; it appears whole or not at all.

    Without ``translate`` the notes are in English in both languages.
    """
    page = report_page(report, translate or (lambda note, lang: note.text))
    with whole_file(out) as part:
        part.write_text(page, "utf-8")
    return out


def report_page(report: RunReport, translate: Translate) -> str:
    """The page as text."""
    name = safe(report.name)
    if report.kind == "classify":
        parts = [_compared(report), _matrix(report), _labels(report), _charts(report)]
        parts += [_samples(report, right=False), _samples(report, right=True)]
    else:
        parts = [_recalls(report), _charts(report)]
    notes = "".join(f"<li>{_translated(note, translate)}</li>" for note in report.notes)
    body = "".join(parts)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_style()}</style></head><body>"
        '<input type="radio" name="lang" id="en" checked><label for="en">English</label>'
        '<input type="radio" name="lang" id="zh"><label for="zh" lang="zh">中文</label>'
        f"<main><p>{_say('title', name=name)}</p><h1>{_translated(report.verdict, translate)}</h1>"
        f"<ul>{notes}</ul>{body}{_how(report)}</main>"
        f"<footer><p>{_say('care')}</p><p>{_say('foot', version=__version__)}</p></footer>"
        "</body></html>\n"
    )


def safe(text: object) -> str:
    """Text that is shown as it is, in an element or in a quoted attribute."""
    return html.escape(str(text), quote=True)


def _both(sentences: dict[str, str]) -> str:
    """The same in both languages; CSS shows one."""
    if len(set(sentences.values())) == 1:
        return sentences["en"]
    return "".join(
        f'<span class="{lang}" lang="{lang}">{said}</span>' for lang, said in sentences.items()
    )


def _say(key: str, **values: object) -> str:
    """A sentence of ours; ``values`` are HTML already."""
    return _both({lang: safe(words[key]).format(**values) for lang, words in LANGUAGES.items()})


def _translated(note: Note, translate: Translate) -> str:
    return _both({lang: safe(translate(note, lang)) for lang in LANGUAGES})


def _section(key: str, body: str) -> str:
    return f"<section><h2>{_say(key)}</h2>{body}</section>" if body else ""


def _table(head: Iterable[str], rows: Iterable[str], kind: str = "") -> str:
    """A table of cells that are HTML already."""
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _bar(words: str, part: float) -> str:
    return (
        f'<tr><th scope="row">{words}</th><td><i style="width:{100 * min(max(part, 0), 1):.1f}%">'
        f"</i></td><td>{_percent(part)}</td></tr>"
    )


def _compared(report: RunReport) -> str:
    sides = [(side, report.by_modality[side]) for side in ("both", "text", "picture")
             if side in report.by_modality]  # fmt: skip
    all_have_both = report.by_modality.get("both", {}).get("n") == report.scores["n"]
    rows = [] if all_have_both else [_bar(_say("tuned"), report.scores["accuracy"])]
    rows += [_bar(_say(side), found["accuracy"]) for side, found in sides]
    if "accuracy" in report.baseline:
        rows.append(_bar(_say("base"), report.baseline["accuracy"]))
    if "most_frequent" in report.baseline:
        rows.append(_bar(_say("frequent"), report.baseline["most_frequent"]))
    table = f'<table class="bars"><tbody>{"".join(rows)}</tbody></table>'
    return _section("compared", table)


def _recalls(report: RunReport) -> str:
    rows = []
    for side in ("text_to_media", "media_to_text"):
        before, after = report.baseline.get(side, {}), report.scores.get(side, {})
        cells = "".join(
            f"<td>{before.get(key, 0):.0f} → <b>{after.get(key, 0):.0f}</b></td>"
            for key in ("r@1", "r@5", "r@10")
        )
        rows.append(f'<tr><th scope="row">{_say(side)}</th>{cells}</tr>')
    return _section("match", _table(("", "1", "5", "10"), rows))


def _matrix(report: RunReport) -> str:
    if not report.matrix or len(report.labels) > MOST_LABELS:
        return ""
    most = max(max(row) for row in report.matrix) or 1
    rows = []
    for n, (label, counts) in enumerate(zip(report.labels, report.matrix, strict=True)):
        cells = "".join(
            f'<td class="{"right" if n == m else "wrong" if count else ""}" '
            f'style="--share:{count / most:.2f}">{count}</td>'
            for m, count in enumerate(counts)
        )
        rows.append(f'<tr><th scope="row">{safe(label)}</th>{cells}</tr>')
    head = ["", *(safe(label) for label in report.labels)]
    told = f"<p>{_say('matrix_told')}</p>"
    return _section("matrix", told + _table(head, rows, "matrix"))


def _labels(report: RunReport) -> str:
    rows = [
        f'<tr><th scope="row">{safe(label)}</th>'
        + "".join(f"<td>{_percent(row[key])}</td>" for key in ("precision", "recall", "f1"))
        + f"<td>{row['support']:.0f}</td></tr>"
        for label, row in report.report.items()
    ]
    head = [_say(key) for key in ("label", "precision", "recall", "f1", "support")]
    return _section("report", _table(head, rows) + f"<p>{_say('terms')}</p>")


def _charts(report: RunReport) -> str:
    pictures = chart_pictures(report)
    if len(report.labels) <= MOST_LABELS:
        pictures.pop("confusion", None)  # it stands there as a table
    figures = "".join(
        f'<figure><figcaption>{_say(name)}</figcaption><img alt="{name}" src="{uri(picture)}">'
        "</figure>"
        for name, picture in pictures.items()
    )
    return _section("charts", figures)


def _samples(report: RunReport, *, right: bool) -> str:
    """Samples of one kind, the surest first, with their pictures."""
    chosen = [sample for sample in report.samples if sample.right == right]
    chosen.sort(key=lambda sample: -sample.probability)
    if not chosen and not right:
        return _section("wrong", f"<p>{_say('none_wrong')}</p>")
    shown = chosen[: MOST_RIGHT if right else MOST_WRONG]
    rows = [_sample_row(sample) for sample in shown]
    head = [_say(key) for key in ("row", "sample", "truth", "answer", "sure")]
    rest = len(chosen) - len(shown)
    more = f"<p>{_say('more', count=rest)}</p>" if rest else ""
    return _section("right" if right else "wrong", _table(head, rows) + more if rows else "")


def _sample_row(sample: SampleResult) -> str:
    text = sample.text if len(sample.text) <= TEXT else sample.text[:TEXT] + "…"
    return (
        f'<tr><td>{sample.row}</td><td class="text">{_thumbnail(sample)}{safe(text)}</td>'
        f"<td>{safe(sample.truth)}</td><td>{safe(sample.predicted)}</td>"
        f"<td>{_percent(sample.probability)}</td></tr>"
    )


def _thumbnail(sample: SampleResult) -> str:
    """The picture, small; what cannot be read any more is left out, a video has a sign."""
    if sample.kind == "video":
        return '<b aria-hidden="true">▶ </b>'
    if sample.medium is None or sample.kind != "image":
        return ""
    try:
        picture = shrunk(load_image(sample.medium, Limits()), THUMB)
    except (MmdemoError, OSError):
        return ""
    return f'<img alt="" class="thumb" src="{uri(picture, "JPEG")}">'


def uri(picture: Image.Image, kind: str = "PNG") -> str:
    """A picture as a data address."""
    out = io.BytesIO()
    picture.save(out, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


def _how(report: RunReport) -> str:
    if report.kind != "classify":
        return ""
    scores = report.scores
    facts = _say(
        "facts", mode=safe(report.mode or "–"), seconds=f"{report.seconds:.0f}", n=scores["n"],
        f1=f"{scores['macro_f1']:.3f}", ece=f"{scores['ece']:.3f}",
    )  # fmt: skip
    return _section("how", f"<p>{facts}</p>")


@lru_cache(maxsize=1)
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text("utf-8")
