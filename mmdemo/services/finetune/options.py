"""Training options: checked when they are made, and what the unsaid ones mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ...models.training_fold import TuneSettings
from .types import FUSIONS, LENGTHS, MODES, PRESETS, OptionError, TrainOptions

NAME_LENGTH = 60
_LATER = ("classic", "scratch", "clip")
_EPOCHS = {"quick": 0, "standard": 4, "thorough": 8}  # of "auto": quick leaves the encoders alone
# of tuning on two cores, unless a person chose the number of epochs
_BUDGETS_S = {"quick": 150.0, "standard": 540.0, "thorough": 2400.0}
_MATCH_EPOCHS = {"quick": 3, "standard": 6, "thorough": 12}
_MATCH_RATES = {"adapter": 3e-4, "full": 5e-5}
_RATES = {"adapter": 5e-4, "full": 1e-4}
_RANGES = {
    "epochs": (0, 100), "rate": (0.0, 0.1), "batch": (0, 512), "patience": (0, 100),
    "search_minutes": (0.0, 600.0), "seed": (0, 2**31 - 1),
}  # fmt: skip


def check_options(options: TrainOptions) -> TrainOptions:
    """The options with a tidy name. OptionError names the one that cannot be used, and why."""
    for field, known in (("length", LENGTHS), ("mode", MODES), ("fusion", FUSIONS)):
        value = getattr(options, field)
        if value not in known:
            raise OptionError(
                f'There is no {field} "{value}". Choose one of: {", ".join(known)}.',
                code="option_unknown", field=field, value=value, known=", ".join(known),
            )  # fmt: skip
    _check_preset(options.preset)
    for field, (least, most) in _RANGES.items():
        value = getattr(options, field)
        if not least <= value <= most:
            raise OptionError(
                f"{field} must lie between {least:g} and {most:g}, not {value:g}.",
                code="option_range", field=field, value=value, least=least, most=most,
            )  # fmt: skip
    if options.fusion != "pooled" and options.mode not in ("head", "auto"):
        raise OptionError(
            f'The fusion "{options.fusion}" is trained on frozen encoders: choose the mode "head" '
            'with it, or the fusion "pooled".',
            code="option_fusion", fusion=options.fusion,
        )  # fmt: skip
    if options.search_minutes and options.mode == "head":
        raise OptionError(
            'In the mode "head" there is nothing to search: its one setting is always chosen on '
            'held-out folds. Choose the mode "auto", or 0 minutes.',
            code="option_search",
        )  # fmt: skip
    return TrainOptions(**{**options_dict(options), "name": folder_name(options.name)})


def _check_preset(preset: str) -> None:
    if preset in PRESETS:
        return
    if preset in _LATER:
        raise OptionError(
            f'The preset "{preset}" is not built yet. Use "compact".',
            code="preset_later", preset=preset,
        )  # fmt: skip
    raise OptionError(
        f'There is no preset "{preset}". Use "compact".', code="preset_unknown", preset=preset
    )


def folder_name(name: str) -> str:
    """A name that is also the name of a folder."""
    tidy = "".join(c if c.isalnum() or c in "-_." else "-" for c in " ".join(name.split()))
    tidy = tidy.strip(".-_")[:NAME_LENGTH]
    if not tidy:
        raise OptionError("Give the model a name with letters or numbers.", code="option_name")
    return tidy


def tune_settings(options: TrainOptions) -> TuneSettings:
    """What tuning takes; epochs 0 in mode "auto" leaves the encoders as they are."""
    mode = "full" if options.mode == "full" else "adapter"
    epochs = options.epochs or _EPOCHS[options.length]
    if options.mode in ("adapter", "full") or options.search_minutes:
        epochs = epochs or 2
    return TuneSettings(
        mode=mode,
        epochs=epochs,
        rate=options.rate or _RATES[mode],
        batch=options.batch or 32,
        patience=options.patience or 2,
        seed=options.seed,
        budget_s=0.0 if options.epochs else _BUDGETS_S[options.length],
    )


def match_settings(options: TrainOptions) -> TuneSettings:
    """What tuning the matcher takes."""
    mode = "full" if options.mode == "full" else "adapter"
    return TuneSettings(
        mode=mode,
        epochs=options.epochs or _MATCH_EPOCHS[options.length],
        rate=options.rate or _MATCH_RATES[mode],
        batch=options.batch or 64,
        patience=options.patience or 3,
        seed=options.seed,
    )


def options_dict(options: TrainOptions) -> dict[str, object]:
    """As JSON keeps them."""
    return {field.name: getattr(options, field.name) for field in fields(TrainOptions)}


def options_from(content: Mapping[str, object]) -> TrainOptions:
    """Options from JSON; unknown keys are left alone."""
    known = {field.name for field in fields(TrainOptions)}
    return TrainOptions(**{k: v for k, v in content.items() if k in known})
