"""Step 3, drawn: one sentence, which side decides, the matrix, curves, the runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..types import Note
from .answer import empty_body
from .finetune_gather_cards import color_of, mark
from .finetune_train_cards import small_chart
from .finetune_views import ResultView
from .finetune_words import about, score, term
from .markup import action, card, fold, percent, safe
from .served import file_link
from .words import capital, emotion_word, say, tell

if TYPE_CHECKING:
    from ..services.finetune.types import RunReport, RunView

SIDES = ("both", "text", "picture")
CHARTS = ("confusion", "curves", "calibration", "learning")


def score_bar(word: str, part: float, color: str = "var(--mm-accent)") -> str:
    """One score with its word before it."""
    return (
        f'<tr><th scope="row">{word}</th><td><span class="mm-bar mm-bar-strong" aria-hidden="true">'
        f'<i style="width:{max(part, 0.006) * 100:.1f}%;background:{color}"></i></span>'
        f"<b>{percent(part)} %</b></td></tr>"
    )


def compared(report: RunReport, lang: str) -> str:
    """Trained with both, with one side alone, and before training."""
    found = report.by_modality
    rows = [
        score_bar(safe(say(f"side.{side}_used", lang)), found[side]["accuracy"])
        for side in SIDES
        if side in found
    ]
    if not rows and "accuracy" in report.scores:
        rows = [score_bar(safe(say("side.trained", lang)), report.scores["accuracy"])]
    if "accuracy" in report.baseline:
        name, part = term("baseline", lang), report.baseline["accuracy"]
        rows.append(score_bar(name, part, "var(--mm-soft)"))
    return (
        f"<h3>{safe(say('result.compared', lang))}</h3>"
        f'<table class="mm-bars mm-single mm-counts"><tbody>{"".join(rows)}</tbody></table>'
    )


def remark(note: Note, lang: str) -> str:
    """One thing to know."""
    return f"<li>{safe(tell(note, lang, 'note.'))}</li>"


def verdict_card(view: ResultView, lang: str) -> str:
    """The sentence first; an empty step teaches what will stand here."""
    title, report = say("result.title", lang), view.report
    if report is None:
        body = empty_body(say("result.empty_title", lang), say("result.empty", lang))
        return card(title, body + mark("open", 3), "mm-short")
    notes = "".join(remark(note, lang) for note in report.notes)
    told = f'<ul class="mm-notes">{notes}</ul>' if notes else ""
    bars = compared(report, lang) if report.kind == "classify" else match_scores(report, lang)
    body = (
        f'<p class="mm-verdict">{safe(tell(report.verdict, lang, "note."))}</p>'
        f'<p class="mm-hint">{safe(report.name)}</p>{told}{bars}{mark("done", 3)}'
    )
    return card(title, body, "mm-short")


def match_scores(report: RunReport, lang: str) -> str:
    """Recalls of a matcher before and after, in per cent."""
    rows = []
    for side in ("text_to_media", "media_to_text"):
        before, after = report.baseline.get(side, {}), report.scores.get(side, {})
        cells = "".join(
            f"<td>{before.get(k, 0):.0f} → <b>{after.get(k, 0):.0f} %</b></td>"
            for k in ("r@1", "r@5", "r@10")
        )
        rows.append(f'<tr><th scope="row">{safe(say(f"match.{side}", lang))}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{safe(say("match.top", lang, k=k))}</th>' for k in (1, 5, 10))
    return (
        f"<h3>{safe(say('match.title', lang))}</h3>"
        f'<table class="mm-table"><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def matrix_cell(view: ResultView, at: tuple[int, int], count: int, lang: str) -> str:
    """One cell: a button that opens its samples."""
    row, column = at
    labels, right = view.report.labels, row == column
    if not count:
        return f'<td class="mm-none">{"·" if not right else "0"}</td>'
    most = max(max(line) for line in view.report.matrix) or 1
    words = {"truth": labels[row], "predicted": labels[column]}
    words = {key: emotion_word(name, lang) for key, name in words.items()}
    said = safe(say("matrix.cell", lang, count=count, **words))
    pressed = "true" if view.show == "cell" and view.cell == at else "false"
    kind = "mm-right" if right else "mm-wrong"
    return (
        f'<td><button class="{kind}" style="--w:{0.25 + 0.75 * count / most:.2f}" '
        f'{action("cell", row=row, column=column)} aria-pressed="{pressed}" aria-label="{said}" '
        f'title="{said}">{count}</button></td>'
    )


def matrix(view: ResultView, lang: str) -> str:
    """Truth down, prediction across; the diagonal is what was right."""
    report = view.report
    if not report.matrix:
        return ""
    words = [safe(emotion_word(name, lang)) for name in report.labels]
    heads = "".join(f'<th scope="col">{word}</th>' for word in words)
    rows = []
    for row, counts in enumerate(report.matrix):
        cells = "".join(matrix_cell(view, (row, n), count, lang) for n, count in enumerate(counts))
        rows.append(f'<tr><th scope="row">{words[row]}</th>{cells}</tr>')
    return (
        f"<h3>{term('matrix', lang)}</h3><p class='mm-hint'>{safe(say('matrix.hint', lang))}</p>"
        f'<div class="mm-scroll"><table class="mm-matrix"><thead><tr><td>'
        f"{safe(say('matrix.corner', lang))}</td>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def report_table(report: RunReport, lang: str) -> str:
    """Precision, recall and so on per class."""
    heads = "".join(
        f'<th scope="col">{term(name, lang)}</th>' for name in ("precision", "recall", "f1")
    )
    rows = []
    for label, row in report.report.items():
        cells = "".join(f"<td>{percent(row[k])} %</td>" for k in ("precision", "recall", "f1"))
        swatch = (
            f'<i class="mm-swatch" style="background:{color_of(label)}" aria-hidden="true"></i>'
        )
        rows.append(
            f'<tr><th scope="row">{swatch}{safe(emotion_word(label, lang))}</th>{cells}'
            f"<td>{row['support']:.0f}</td></tr>"
        )
    count = safe(say("report.support", lang))
    return (
        f'<div class="mm-scroll"><table class="mm-table"><thead><tr><th></th>{heads}'
        f'<th scope="col">{count}</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def calibration(report: RunReport, lang: str) -> str:
    """How sure it says it is, against how often it is right."""
    if not report.calibration:
        return ""
    points = [(bin_["confidence"], bin_["accuracy"]) for bin_ in report.calibration]
    lines = {say("calibration.model", lang): points}
    if len(points) > 1:
        lines[say("calibration.ideal", lang)] = [(x, x) for x, _ in points]
    ends = (
        say("calibration.end", lang, percent=percent(points[0][0])),
        say("calibration.end", lang, percent=percent(points[-1][0])),
    )
    said = "; ".join(
        say("calibration.said", lang, sure=percent(x), right=percent(y)) for x, y in points
    )
    return small_chart(term("calibration", lang), lines, ends, 1.0, said)


def learning(report: RunReport, lang: str) -> str:
    """The score with a part of the samples: would more help?"""
    if len(report.learning_curve) < 2:
        return ""
    points = [(p.samples, p.accuracy) for p in report.learning_curve]
    ends = tuple(say("learning.end", lang, count=round(points[n][0])) for n in (0, -1))
    said = "; ".join(
        say("learning.said", lang, count=round(x), right=percent(y)) for x, y in points
    )
    return small_chart(term("learning", lang), {say("train.held", lang): points}, ends, 1.0, said)


def details_card(view: ResultView, lang: str) -> str:
    """The matrix in sight; report and charts folded under it."""
    report = view.report
    if report is None or report.kind != "classify":
        return ""
    charts = calibration(report, lang) + learning(report, lang)
    folded = f'{report_table(report, lang)}<div class="mm-curves">{charts}</div>'
    return card("", matrix(view, lang) + fold("report", say("report.title", lang), folded))


def run_row(run: RunView, view: ResultView, best: bool, lang: str) -> str:
    """One finished run; the one that is shown is marked, every other one can be."""
    shown = view.report is not None and run.run_id == view.report.run_id
    part = run.accuracy
    told = percent(part) if part is not None else "–"
    star = f' <b class="mm-tag">{safe(say("runs.best", lang))}</b>' if best else ""
    act = (
        f"<b>{safe(say('runs.shown', lang))}</b>"
        if shown
        else f'<button class="mm-quiet" {action("show_run", run=run.run_id)}>'
        f"{safe(say('runs.show', lang))}</button>"
    )
    length = safe(say(f"length.{run.options.length}", lang))
    name, data = safe(run.name), safe(view.datasets.get(run.dataset_id, "–"))
    return (
        f'<tr{" class=mm-top" if shown else ""}><th scope="row">{name}</th><td>{data}</td>'
        f"<td>{told} %{star}</td><td>{length}</td><td>{safe(about(run.seconds, lang))}</td>"
        f"<td>{act}</td></tr>"
    )


def is_best(run: RunView, view: ResultView) -> bool:
    """Whether no other run of the same dataset does better; one alone is no comparison."""
    same = [r for r in view.runs if r.dataset_id == run.dataset_id and r.accuracy is not None]
    return len(same) > 1 and run.accuracy == max(r.accuracy for r in same)


def runs_card(view: ResultView, lang: str) -> str:
    """All finished runs side by side, once there are two."""
    if len(view.runs) < 2:
        return ""
    rows = "".join(run_row(run, view, is_best(run, view), lang) for run in view.runs)
    heads = "".join(
        f'<th scope="col">{safe(say(f"runs.{name}", lang))}</th>'
        for name in ("name", "data", "score", "length", "time")
    )
    body = (
        f'<div class="mm-scroll"><table class="mm-table"><thead><tr>{heads}<td></td></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{moved(view, lang)}"
    )
    return card(say("runs.title", lang), body)


def moved(view: ResultView, lang: str) -> str:
    """The two newest runs of one dataset in a sentence."""
    new, old = view.runs[0], view.runs[1]
    if new.accuracy is None or old.accuracy is None or new.dataset_id != old.dataset_id:
        return ""
    key = "runs.same" if new.accuracy == old.accuracy else "runs.moved"
    told = say(key, lang, old=score(old.accuracy, lang), new=score(new.accuracy, lang))
    return f'<p class="mm-now">{safe(capital(told))}</p>'


def downloads(view: ResultView, lang: str) -> str:
    """Report and charts to keep."""
    report = view.report
    if report is None:
        return ""
    kinds = ("html", "csv", *(CHARTS if report.kind == "classify" else ("curves",)))
    buttons = "".join(
        f'<button class="mm-quiet" {action("export", kind=kind)}>{safe(say(f"make.{kind}", lang))}'
        "</button>"
        for kind in kinds
    )
    links = "".join(
        file_link(path, f"made.{kind}", view.fresh == kind, lang)
        for kind, path in view.files.items()
    )
    title = safe(say("make.title", lang))
    return card("", f'<div class="mm-exports"><h3>{title}</h3><p>{buttons}</p><p>{links}</p></div>')
