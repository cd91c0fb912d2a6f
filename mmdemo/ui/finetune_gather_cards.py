"""Step 1, drawn: can this be trained on, how many of each class, what was wrong, what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..render import EMOTION_COLORS
from ..types import Note, Problem
from .answer import empty_body
from .finetune_datasets import datasets_fold
from .finetune_views import GatherView
from .finetune_words import term
from .markup import card, fold, safe, spinner
from .retrieval_shelf import thumbnail
from .words import capital, emotion_word, say, tell, tell_problem
from .words_problems import place

if TYPE_CHECKING:
    from ..services.finetune.types import Duplicate, GatherReport, Preview

MOST_SHOWN = 6  # problems and duplicates in sight; the rest is folded
MOST_PREVIEWS = 6
MOST_CLASSES = 20
SIGNS = {"good": "✓", "look": "!", "bad": "✕"}


def mark(state: str, step: int) -> str:
    """What the stepper reads: open, busy or done (see web/finetune.js)."""
    return f'<i hidden data-step="{step}" data-state="{state}"></i>'


def light(kind: str, sentence: str, lang: str) -> str:
    """One finding: a sign and a word say what its colour says too."""
    word = safe(say(f"light.{kind}", lang))
    return (
        f'<li class="mm-light mm-{kind}"><b><i aria-hidden="true">{SIGNS[kind]}</i>{word}</b>'
        f"<span>{safe(sentence)}</span></li>"
    )


def color_of(label: str) -> str:
    """The fixed colour of an emotion; every other label has the accent."""
    return EMOTION_COLORS.get(label, "var(--mm-accent)")


def verdict(report: GatherReport, lang: str) -> str:
    """One sentence: ready, ready with remarks, or not yet."""
    if report.blocked is not None:
        return light("bad", tell(report.blocked, lang, "note."), lang)
    remarks = bool(report.problems or report.duplicates or report.warnings)
    kind = "look" if remarks else "good"
    key = "gather.ready_remarks" if remarks else "gather.ready"
    return light(kind, say(key, lang, count=f"{report.samples:,}"), lang)


def class_bars(report: GatherReport, lang: str) -> str:
    """A bar per class, the largest first; what pairs are for; nothing of what is not read yet."""
    if not report.classes and report.kind != "match":
        return ""
    if not report.classes:
        return f"<p>{safe(say('gather.pairs', lang, count=report.samples))}</p>"
    most = max(report.classes.values())
    rows = []
    for label, count in list(report.classes.items())[:MOST_CLASSES]:
        rows.append(
            f'<tr><th scope="row">{safe(emotion_word(label, lang))}</th><td>'
            f'<span class="mm-bar mm-bar-strong" aria-hidden="true"><i style="width:'
            f'{100 * count / most:.1f}%;background:{color_of(label)}"></i></span><b>{count}</b>'
            "</td></tr>"
        )
    rest = len(report.classes) - len(rows)
    more = f"<p class='mm-hint'>{safe(say('gather.more_classes', lang, count=rest))}</p>"
    head = safe(say("gather.classes", lang, count=len(report.classes)))
    return (
        f'<h3>{head}</h3><table class="mm-bars mm-single mm-counts"><tbody>{"".join(rows)}</tbody>'
        f"</table>{more if rest else ''}{held_out(report, lang)}"
    )


def held_out(report: GatherReport, lang: str) -> str:
    """Which samples are kept for the test."""
    kept = sum(report.splits.get(name, 0) for name in ("dev", "test"))
    key = "gather.held_named" if kept else "gather.held_auto"
    return f'<p class="mm-hint">{safe(say(key, lang, count=kept))} {term("held_out", lang)}</p>'


def problem_line(problem: Problem, lang: str) -> str:
    """Where, what, and what happened to it."""
    outcome = safe(say(f"gather.{problem.outcome}", lang))
    what = tell_problem(problem, lang)
    spoken = ' lang="en"' if what == problem.what else ""
    return (
        f"<li><b>{safe(place(problem.where, lang))}</b> <span{spoken}>{safe(what)}</span> "
        f'<em class="mm-{safe(problem.outcome)}">{outcome}</em></li>'
    )


def duplicate_line(twice: Duplicate, lang: str) -> str:
    """The same sample several times, and why that matters."""
    rows = ", ".join(str(row) for row in twice.rows[:8])
    key = "gather.twice"
    if len(twice.labels) > 1:
        key = "gather.twice_labels"
    elif len(twice.splits) > 1:
        key = "gather.twice_splits"
    names = ", ".join(emotion_word(label, lang) for label in twice.labels)
    return f"<li>{safe(say(key, lang, rows=rows, labels=names))}</li>"


def folded(name: str, title: str, lines: list[str], lang: str) -> str:
    """A list of which the first lines are in sight."""
    if not lines:
        return ""
    first, rest = "".join(lines[:MOST_SHOWN]), "".join(lines[MOST_SHOWN:])
    more = say("gather.more", lang, count=len(lines) - MOST_SHOWN)
    return (
        f'<div class="mm-problems"><h3>{safe(title)}</h3><ul>{first}</ul>'
        f"{fold(name, more, f'<ul>{rest}</ul>') if rest else ''}</div>"
    )


def findings(report: GatherReport, lang: str) -> str:
    """Everything to know beside the verdict."""
    notes: tuple[Note, ...] = report.warnings
    lights = "".join(light("look", tell(note, lang, "note."), lang) for note in notes)
    problems = [problem_line(problem, lang) for problem in report.problems]
    twice = [duplicate_line(one, lang) for one in report.duplicates]
    return (
        (f'<ul class="mm-lights">{lights}</ul>' if lights else "")
        + folded("problems", say("gather.problems", lang, count=len(problems)), problems, lang)
        + folded("twice", say("gather.twices", lang, count=len(twice)), twice, lang)
    )


def preview(sample: Preview, report: GatherReport, lang: str) -> str:
    """One sample as it was understood."""
    image = thumbnail(report.thumbnails[sample.row]) if sample.row in report.thumbnails else ""
    text = safe(sample.text[:110]) or safe(say("sample.no_text", lang))
    label = report.corrected.get(sample.row, sample.label)
    tag = f'<b class="mm-tag">{safe(emotion_word(label, lang))}</b>' if label else ""
    return f"<li>{image or '<i class=mm-no-picture aria-hidden=true></i>'}<p>{text}</p>{tag}</li>"


def previews(report: GatherReport, lang: str) -> str:
    """Some samples, of every class in turn."""
    if not report.previews:
        return ""
    cards = "".join(preview(one, report, lang) for one in report.previews[:MOST_PREVIEWS])
    title = safe(say("gather.previews", lang))
    return f'<h3>{title}</h3><ul class="mm-previews">{cards}</ul>'


def gather_card(view: GatherView, lang: str) -> str:
    """The whole report: empty, working, or what the dataset holds."""
    report = view.report
    if view.working:
        body = spinner(say(view.working, lang)) + mark("busy", 1)
        return card(say("gather.report", lang), body, "mm-wait mm-busy")
    if report is None:
        body = empty_body(say("gather.empty_title", lang), say("gather.empty", lang))
        return card(say("gather.report", lang), body + mark("open", 1), "mm-wait")
    name = capital(report.name.replace("_", " "))
    body = (
        f'<p class="mm-answer">{safe(name)}</p><ul class="mm-lights">{verdict(report, lang)}</ul>'
        f"{class_bars(report, lang)}{findings(report, lang)}{previews(report, lang)}"
        f"{datasets_fold(view, lang)}"
        f"{mark('open' if report.blocked else 'done', 1)}"
    )
    return card(say("gather.report", lang), body, "mm-wait")
