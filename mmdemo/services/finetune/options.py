"""Training options: checked when they are made, and what the unsaid ones mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from ...models.hub import is_folder, is_hub_name
from ...models.joint_presets import JointPreset, joint_preset
from ...models.training_fold import TuneSettings
from .types import FUSIONS, LENGTHS, MODES, PRESETS, OptionError, TrainOptions

NAME_LENGTH = 60
COMPACT = "compact"
_EPOCHS = {"quick": 0, "standard": 4, "thorough": 8}  # of "auto": quick leaves the encoders alone
# of tuning on two cores, unless a person chose the number of epochs
_BUDGETS_S = {"quick": 150.0, "standard": 420.0, "thorough": 2400.0}
_MATCH_EPOCHS = {"quick": 3, "standard": 6, "thorough": 12}
_MATCH_RATES = {"adapter": 3e-4, "full": 5e-5}
_RATES = {"adapter": 5e-4, "full": 1e-4}
MOST_TO_TUNE_AGAIN = 6_000  # samples times epochs
_RANGES = {
    "epochs": (0, 100), "rate": (0.0, 0.1), "batch": (0, 512), "patience": (0, 100),
    "search_minutes": (0.0, 600.0), "seed": (0, 2**31 - 1),
}  # fmt: skip


def check_options(options: TrainOptions, *, folders: bool = False) -> TrainOptions:
    """The options with a tidy name. OptionError names the one that cannot be used, and why.

    ``folders``: whether models may be named by a folder of this machine, as its owner may.
    """
    for field, known in (("length", LENGTHS), ("mode", MODES), ("fusion", FUSIONS)):
        value = getattr(options, field)
        if value not in known:
            raise OptionError(
                f'There is no {field} "{value}". Choose one of: {", ".join(known)}.',
                code="option_unknown", field=field, value=value, known=", ".join(known),
            )  # fmt: skip
    if (
        options.preset == COMPACT
        and options.fusion != "pooled"
        and options.mode not in ("head", "auto")
    ):
        raise OptionError(
            f'The fusion "{options.fusion}" is trained on frozen encoders: choose the mode "head" '
            'with it, or the fusion "pooled".',
            code="option_fusion", fusion=options.fusion,
        )  # fmt: skip
    _check_preset(options, folders)
    for field, (least, most) in _RANGES.items():
        value = getattr(options, field)
        if not least <= value <= most:
            raise OptionError(
                f"{field} must lie between {least:g} and {most:g}, not {value:g}.",
                code="option_range", field=field, value=value, least=least, most=most,
            )  # fmt: skip
    if options.search_minutes and options.mode == "head":
        raise OptionError(
            'In the mode "head" there is nothing to search: its one setting is always chosen on '
            'held-out folds. Choose the mode "auto", or 0 minutes.',
            code="option_search",
        )  # fmt: skip
    return TrainOptions(**{**options_dict(options), "name": folder_name(options.name)})


def joint_preset_of(options: TrainOptions) -> JointPreset | None:
    """The recipe of the preset where both sides are trained together; None for "compact" with its
    own fusion, a linear model that is fitted exactly."""
    if options.preset == COMPACT and (
        options.fusion == "pooled" or options.text_encoder or options.vision_encoder
    ):
        return None
    return joint_preset(options.preset, options.text_encoder, options.vision_encoder)


def _check_preset(options: TrainOptions, folders: bool) -> None:
    """``folders``: whether the models may be folders of this machine."""
    named = (options.preset, options.text_encoder, options.vision_encoder)
    for name in () if folders else named:
        if is_folder(name) or not (name in ("", *PRESETS) or is_hub_name(name)):
            raise _unknown_preset(name)
    preset = joint_preset_of(options)
    if preset is None:
        if options.preset != COMPACT:
            raise _unknown_preset(options.preset)
        if options.text_encoder or options.vision_encoder:
            raise OptionError(
                'The preset "compact" has encoders of its own. Choose "classic" to replace them.',
                code="option_encoders",
            )  # fmt: skip
        return
    _check_joint(options, preset)


def _check_joint(options: TrainOptions, preset: JointPreset) -> None:
    if options.mode != "auto" and options.mode not in preset.modes:
        raise OptionError(
            f'The preset "{options.preset}" is not trained in the mode "{options.mode}". Choose '
            f"one of: auto, {', '.join(preset.modes)}.",
            code="option_preset_mode", preset=options.preset, mode=options.mode,
            known=", ".join(("auto", *preset.modes)),
        )  # fmt: skip
    if options.search_minutes:
        raise OptionError(
            'The automatic search is made for the preset "compact" and its fusion "pooled". '
            "Choose 0 minutes.",
            code="option_preset_search",
        )  # fmt: skip
    missing = preset.missing()
    if missing:
        repos = " ".join(missing)
        raise OptionError(
            f'The preset "{options.preset}" needs {" and ".join(missing)}, which '
            f"{'is' if len(missing) == 1 else 'are'} not on this machine. With a network, fetch "
            f"once: python -m mmdemo fetch {repos}. The preset "
            '"compact" works without.',
            code="preset_not_fetched", preset=options.preset, repos=repos,
        )  # fmt: skip


def _unknown_preset(name: str) -> OptionError:
    return OptionError(
        f'There is no preset "{name}". Use one of: {", ".join(PRESETS)}, or a model of the '
        "Hugging Face hub as owner/name.",
        code="preset_unknown", preset=name, known=", ".join(PRESETS),
    )  # fmt: skip


def folder_name(name: str) -> str:
    """A name that is also the name of a folder."""
    tidy = "".join(c if c.isalnum() or c in "-_." else "-" for c in " ".join(name.split()))
    tidy = tidy.strip(".-_")[:NAME_LENGTH]
    if not tidy:
        raise OptionError("Give the model a name with letters or numbers.", code="option_name")
    return tidy


def tune_settings(options: TrainOptions) -> TuneSettings:
    """What tuning takes; epochs 0 in mode "auto" leaves the encoders as they are."""
    preset = joint_preset_of(options)
    if preset is not None:
        return _joint_settings(options, preset)
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


def tunes_again(samples: int, options: TrainOptions) -> bool:
    """Whether the encoders are tuned once more with the held-out samples added: not where that
    takes long, unless a person asked for the thorough way. Linear heads are always fitted again."""
    work = samples * tune_settings(options).epochs
    return work <= MOST_TO_TUNE_AGAIN or options.length == "thorough"


def _joint_settings(options: TrainOptions, preset: JointPreset) -> TuneSettings:
    mode = preset.mode if options.mode == "auto" else options.mode
    epochs = options.epochs or preset.epochs[mode][options.length]
    return TuneSettings(
        mode=mode,
        epochs=epochs,
        rate=options.rate or preset.rates[mode],
        batch=options.batch or preset.batch,
        patience=options.patience or max(2, epochs // 5),
        seed=options.seed,
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
