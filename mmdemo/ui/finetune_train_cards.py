"""Step 2, drawn: what is being done, how far, how long still, two curves, the score in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .answer import empty_body
from .finetune_gather_cards import mark
from .finetune_views import TrainView
from .finetune_words import about, score, term
from .markup import action, card, percent, safe
from .words import say, tell

if TYPE_CHECKING:
    from ..services.finetune.types import RunView

WIDTH, HEIGHT = 300, 100  # of a drawing; the browser stretches it
Points = Sequence[tuple[float, float]]


def path_of(points: Points, top: float, wide: tuple[float, float]) -> str:
    """An SVG path; ``top`` is the value at the upper edge, ``wide`` those at left and right."""
    left, right = wide
    span = (right - left) or 1
    spots = [(WIDTH * (x - left) / span, HEIGHT * (1 - min(max(y / top, 0), 1))) for x, y in points]
    if len(spots) == 1:
        spots.append((spots[0][0] + 2, spots[0][1]))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)


def small_chart(
    title: str, lines: dict[str, Points], ends: tuple[str, str], top: float, said: str
) -> str:
    """A small chart: ``lines`` by word (the first is solid, the second broken), ``said`` aloud."""
    every = [x for points in lines.values() for x, _ in points]
    wide = (min(every), max(every))
    dashes = ("", ' stroke-dasharray="5 4"', ' stroke-dasharray="2 3"')
    paths, keys = [], []
    for (word, points), dash, kind in zip(lines.items(), dashes, "abc", strict=False):
        path = f'<path class="mm-line-{kind}"{dash} d='
        paths.append(f'{path}"{path_of(points, top, wide)}"/>')
        keys.append(
            f'<span><svg viewBox="0 0 28 8" aria-hidden="true">{path}"M0 4L28 4"/></svg>'
            f"{safe(word)}</span>"
        )
    upper = f"{percent(top)} %" if top == 1 else f"{top:.1f}"
    return (
        f'<figure class="mm-small-chart"><figcaption>{title}</figcaption>'
        f'<div class="mm-plot-box" role="img" aria-label="{safe(said)}"><span>{upper}</span>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{"".join(paths)}</svg>'
        f'</div><p class="mm-ends"><span>{safe(ends[0])}</span><span>{safe(ends[1])}</span></p>'
        f'<p class="mm-keys">{"".join(keys) if len(keys) > 1 else ""}</p></figure>'
    )


def _line(run: RunView, key: str) -> Points:
    return [(epoch["epoch"], epoch[key]) for epoch in run.history if key in epoch]


def curves(history_of: RunView, lang: str) -> str:
    """Score and loss, each on the samples learned from and on the held-out ones."""
    run, drawn = history_of, []
    for kind, term_key in (("accuracy", "score"), ("loss", "loss")):
        learned = _line(run, "train_accuracy" if kind == "accuracy" else "loss")
        held = _line(run, f"val_{kind}")
        lines = {
            say("train.held", lang): held,
            say("train.learned", lang): learned,
        }
        lines = {word: points for word, points in lines.items() if points}
        if not lines:
            continue
        top = 1.0 if kind == "accuracy" else max(y for p in lines.values() for _, y in p) or 1.0
        last = next(iter(lines.values()))[-1]
        ends = (say("train.first", lang), say("train.epoch", lang, epoch=round(last[0])))
        said = say(f"train.said_{kind}", lang, value=f"{last[1]:.2f}")
        drawn.append(small_chart(term(term_key, lang), lines, ends, top, said))
    return f'<div class="mm-curves">{"".join(drawn)}</div>' if drawn else ""


def doing(run: RunView, lang: str) -> str:
    """What is being done now, as a sentence."""
    if run.state == "queued":
        if run.place <= 1:
            return say("train.next", lang)
        return say("train.queued", lang, place=run.place)
    if run.state == "stopping":
        return say("train.stopping", lang)
    known = ("read", "encode", "baseline", "search", "train", "calibrate", "save")
    return say(f"step.{run.step}" if run.step in known else "step.read", lang)


def progress(run: RunView, lang: str) -> str:
    """How far, how long still."""
    said = doing(run, lang)
    told = say("train.done", lang, percent=percent(run.fraction))
    if run.left_s is not None and run.state == "running":
        told += say("train.left", lang, time=about(run.left_s, lang))
    rounds = ""
    if run.epochs and run.epoch:
        counted = safe(say("train.rounds", lang, epoch=run.epoch, epochs=run.epochs))
        rounds = f"<p class='mm-hint'>{counted} {term('epoch', lang)}</p>"
    return (
        f'<div class="mm-progress" role="status"><p>{safe(said)}</p><progress max="100" '
        f'value="{run.fraction * 100:.0f}" aria-label="{safe(said)}"></progress>'
        f'<p class="mm-hint">{safe(told)}</p>{rounds}</div>'
    )


def now_score(run: RunView, lang: str) -> str:
    """The present score in words."""
    values = [epoch["val_accuracy"] for epoch in run.history if "val_accuracy" in epoch]
    if not values:
        return ""
    return f'<p class="mm-now">{safe(say("train.now", lang, score=score(values[-1], lang)))}</p>'


def ended(run: RunView, lang: str) -> str:
    """How it ended, and what can be done now."""
    values = {"time": about(run.seconds, lang), "name": run.name}
    if run.state == "done" and run.accuracy is not None:
        said = say("train.finished_score", lang, score=score(run.accuracy, lang), **values)
    else:
        said = say(f"train.{'finished' if run.state == 'done' else run.state}", lang, **values)
    act = ""
    if run.state in ("stopped", "failed"):
        word = safe(say("train.resume", lang))
        act = f'<button class="mm-quiet" {action("resume")}>{word}</button>'
    elif run.state == "done":
        word = safe(say("train.see", lang))
        act = f'<button class="mm-quiet" type="button" data-go="3">{word}</button>'
    return f'<p class="mm-answer">{safe(said)}</p><p class="mm-actions">{act}</p>'


def message(run: RunView, lang: str) -> str:
    """What the training itself has to say: why it ended, or what it did to go on."""
    if run.note is not None:
        return f'<p class="mm-finding">{safe(tell(run.note, lang, "note."))}</p>'
    return f'<p class="mm-finding" lang="en">{safe(run.message)}</p>' if run.message else ""


def train_card(view: TrainView, lang: str) -> str:
    """The whole card: empty, on its way, or ended."""
    title, run = say("train.title", lang), view.run
    if run is None:
        body = empty_body(say("train.empty_title", lang), say("train.empty", lang))
        return card(title, body + mark("open", 2), "mm-wait")
    name = f'<p class="mm-hint">{safe(run.name)}</p>'
    if not view.busy:
        state = "done" if run.state == "done" else "open"
        body = name + ended(run, lang) + message(run, lang) + curves(run, lang) + mark(state, 2)
        return card(title, body, "mm-wait")
    close = f'<p class="mm-close-hint">{safe(say("train.close", lang))}</p>'
    body = name + progress(run, lang) + close + message(run, lang) + now_score(run, lang)
    return card(title, body + curves(run, lang) + mark("busy", 2), "mm-wait")
