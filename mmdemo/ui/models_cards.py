"""The model page, drawn: what is here and what of it is known, and what can be fetched."""

from __future__ import annotations

from dataclasses import dataclass

from ..services.model_shelf import CLASSIFIER, MEASURED, MEASURING, ModelEntry, Speed
from ..services.weights import FAILED, FETCHING, HERE, STOPPED, WeightsView
from ..types import Note
from .card_text import card_html, figures_html
from .finetune_words import term
from .markup import action, card, fold, percent, safe
from .words import emotion_word, say, tell

MB = 1_000_000


@dataclass(frozen=True)
class ModelsView:
    """What the page knows of models; empty until it is opened."""

    models: tuple[ModelEntry, ...] = ()
    weights: tuple[tuple[str, tuple[WeightsView, ...]], ...] = ()  # preset -> its hub models
    host: str = ""
    allowed: bool = True
    measuring: bool = False
    error: Note | None = None

    @property
    def busy(self) -> bool:
        """Whether something is on its way that the page should watch."""
        states = [one.state for _, views in self.weights for one in views]
        return self.measuring or FETCHING in states


def megabytes(size: float) -> str:
    """Bytes as MB: "30.3", "436"."""
    mb = size / MB
    return f"{mb:.1f}" if mb < 100 else f"{mb:,.0f}"


def milliseconds(value: float) -> str:
    """Two digits that mean something: "0.8", "14", "1,250"."""
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"


# -- what is here ------------------------------------------------------------------------------


def fact(key: str, value: str, lang: str) -> str:
    """One line of a list of facts; ``value`` is HTML."""
    return f"<div><dt>{safe(say(key, lang))}</dt><dd>{value}</dd></div>"


def languages_of(entry: ModelEntry, lang: str) -> str:
    """In which languages its texts may be."""
    if not entry.languages:
        return say("models.language_own", lang)
    named = [say("models.language_en", lang) if code == "en" else code for code in entry.languages]
    return ", ".join(named)


def licence_of(entry: ModelEntry, lang: str) -> str:
    """Under which licence it may be used; of an own model, what it was made from."""
    if entry.licence:
        return entry.licence
    if entry.own:
        return say("models.licence_own", lang, parts=", ".join(dict.fromkeys(entry.parts)))
    return say("models.licence_none", lang)


def speed_html(entry: ModelEntry, lang: str) -> str:
    """What was measured here, that it is being measured, or a button for it."""
    speed: Speed | None = entry.speed
    if speed is not None and speed.state == MEASURING:
        return f'<span role="status">{safe(say("models.measuring", lang))}</span>'
    if speed is not None and speed.state == MEASURED:
        key = "models.speed_classifier" if entry.kind == CLASSIFIER else "models.speed_matcher"
        text, picture, both = map(
            milliseconds, (speed.text_ms, speed.picture_ms, speed.both_ms)
        )  # fmt: skip
        return safe(say(key, lang, text=text, picture=picture, both=both))
    failed = speed is not None
    button = (
        f'<button class="mm-quiet" {action("measure", model=entry.name)}>'
        f"{safe(say('models.measure', lang))}</button>"
    )
    return (f"{safe(say('models.measure_failed', lang))} " if failed else "") + button


def model_card(entry: ModelEntry, lang: str) -> str:
    """One model: what it is for, its facts, its figures, its card."""
    labels = ", ".join(emotion_word(label, lang) for label in entry.labels)
    use = say(f"models.use_{entry.kind}", lang, labels=labels)
    facts = (
        fact("models.size", safe(say("models.mb", lang, mb=megabytes(entry.size_bytes))), lang)
        + fact("models.languages", safe(languages_of(entry, lang)), lang)
        + fact("models.licence", safe(licence_of(entry, lang)), lang)
        + fact("models.speed", speed_html(entry, lang), lang)
    )
    shown = figures_fold(figures_html(entry.card), entry, lang)
    if entry.card.strip():
        title = say("models.card", lang)
        whole = (
            f'<div class="mm-model-card" tabindex="0" role="region" aria-label="{safe(title)}"'
            f' lang="en">{card_html(entry.card)}</div>'
        )
        shown += fold(f"card:{entry.name}", title, whole)
    kind = safe(say(f"models.kind_{entry.kind}", lang))
    tag = safe(say("models.own" if entry.own else "models.built_in", lang))
    return (
        f'<li><h3>{safe(entry.title)}: {kind} <span class="mm-tag">{tag}</span></h3>'
        f'<p>{safe(use)}</p><dl class="mm-facts">{facts}</dl>{shown}</li>'
    )


def figures_fold(figures: str, entry: ModelEntry, lang: str) -> str:
    """What the card measured, and what its words mean; nothing without figures."""
    if not figures:
        return ""
    title = say("models.figures", lang)
    word = term("macro_f1" if entry.kind == CLASSIFIER else "recall_at", lang)
    body = (
        f'<p class="mm-hint">{safe(say("models.figures_told", lang))} {word}</p>'
        f'<div class="mm-scroll" tabindex="0" role="region" aria-label="{safe(title)}" lang="en">'
        f"{figures}</div>"
    )
    return fold(f"figures:{entry.name}", title, body)


def here_card(view: ModelsView, lang: str) -> str:
    """Every model of this machine that this visitor may use."""
    items = "".join(model_card(entry, lang) for entry in view.models)
    hint = f'<p class="mm-hint">{safe(say("models.here_told", lang))}</p>'
    return card(say("models.here", lang), f'{hint}<ul class="mm-model-list">{items}</ul>')


# -- what can be fetched -----------------------------------------------------------------------


def weights_row(one: WeightsView, lang: str) -> str:
    """One hub model of a preset: whether it is here, how far it is, why it is not."""
    size = one.disk_bytes / MB if one.state == HERE else one.megabytes
    told = say("models.weights", lang, size=f"{size:,.0f}", licence=one.licence, repo=one.repo)
    state = safe(say(f"models.state_{one.state}", lang))
    more = ""
    if one.state == FETCHING:
        part = percent(one.fraction)
        so_far = say("models.so_far", lang, done=f"{one.fraction * one.megabytes:,.0f}",
                     size=f"{one.megabytes:,}")  # fmt: skip
        more = (
            f'<progress max="100" value="{part}" aria-label="{safe(one.title)}"></progress>'
            f'<span class="mm-hint">{safe(so_far)}</span>'
        )
    elif one.state == FAILED:
        error = one.error
        said = tell(Note(error.code, one.said, error.values), lang) if error else one.said
        more = f'<p class="mm-finding" role="alert">{safe(said)}</p>'
    elif one.state == STOPPED:
        more = f'<span class="mm-hint">{safe(say("models.kept", lang))}</span>'
    return (
        f"<li><b>{safe(one.title)}</b> <em class='mm-state mm-is-{one.state}'>{state}</em>"
        f'<span class="mm-hint">{safe(told)}</span>{more}</li>'
    )


def fetch_button(preset: str, views: tuple[WeightsView, ...], view: ModelsView, lang: str) -> str:
    """Fetch, go on, or stop; said with how much and from where. Nothing when all is here."""
    missing = [one for one in views if one.state != HERE]
    if not missing:
        return ""
    if any(one.state == FETCHING for one in missing):
        said = safe(say("models.stop", lang))
        return f'<button class="mm-quiet" {action("stop", preset=preset)}>{said}</button>'
    if not view.allowed:
        return f'<p class="mm-hint">{safe(say("models.forbidden", lang))}</p>'
    began = any(one.state in (STOPPED, FAILED) for one in missing)
    size = f"{sum(one.megabytes for one in missing):,}"
    said = say("models.go_on" if began else "models.fetch", lang, size=size, host=view.host)
    return f'<button class="mm-quiet" {action("fetch", preset=preset)}>{safe(said)}</button>'


def preset_row(preset: str, views: tuple[WeightsView, ...], view: ModelsView, lang: str) -> str:
    """One kind of model that can be taught."""
    ready = all(one.state == HERE for one in views)
    tag = safe(say("models.ready" if ready else "models.needs_weights", lang))
    rows = "".join(weights_row(one, lang) for one in views)
    return (
        f'<li data-preset="{preset}"><h3>{safe(preset)} <span class="mm-tag">{tag}</span></h3>'
        f"<p>{safe(say(f'preset.{preset}', lang))}</p>"
        f"{f'<ul class=mm-weights>{rows}</ul>' if rows else ''}"
        f"{fetch_button(preset, views, view, lang)}</li>"
    )


def fetch_card(view: ModelsView, lang: str) -> str:
    """The kinds of model that "Teach it" can start from."""
    items = "".join(preset_row(name, views, view, lang) for name, views in view.weights)
    hint = f'<p class="mm-hint">{safe(say("models.presets_told", lang))}</p>'
    return card(say("models.presets", lang), f'{hint}<ul class="mm-model-list">{items}</ul>')
