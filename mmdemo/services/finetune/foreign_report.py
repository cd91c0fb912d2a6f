"""A report from a stranger's zip: taken over field by field, or not at all.

Everything is converted to the type that the page expects, and nothing in it may name a file of
this machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from ...types import Note
from .types import CurvePoint, RunReport, SampleResult

MOST_SAMPLES, MOST_ENTRIES, MOST_TEXT = 100_000, 10_000, 10_000
SCORES = ("n", "accuracy", "macro_f1", "ece")
SIDES = ("both", "text", "picture")
RECALLS = ("r@1", "r@5", "r@10", "median_rank")
DIRECTIONS = ("text_to_media", "media_to_text")


def read_foreign_report(content: Mapping, labels: Sequence[str]) -> RunReport:
    """The report, for a model with these labels ((), of a matcher).

    Raises ValueError, TypeError or KeyError when it is not one, or not of this model.
    """
    if tuple(map(str, content["labels"])) != tuple(labels):
        raise ValueError("the labels are not those of the model")
    kind = "classify" if labels else "match"
    sides = dict(content["by_modality"])
    return RunReport(
        run_id="", name=_text(content["name"])[:200], kind=kind, verdict=_note(content["verdict"]),
        labels=tuple(labels), **_figures(content, kind),
        by_modality={s: _shares(sides[s], SCORES, required=False) | {
            "accuracy": _number(sides[s]["accuracy"])} for s in SIDES if s in sides},
        report={
            label: _shares(content["report"][label], ("precision", "recall", "f1", "support"),
                           required=True)
            for label in labels
        },
        matrix=_matrix(content["matrix"], len(labels)),
        calibration=_several(
            content["calibration"],
            lambda b: _shares(b, ("confidence", "accuracy", "n"), required=True),
        ),
        samples=_several(content["samples"], lambda s: _sample(s, labels), MOST_SAMPLES),
        learning_curve=_several(
            content["learning_curve"],
            lambda p: CurvePoint(int(_number(p["samples"])), _number(p["accuracy"])),
        ),
        history=_several(content["history"], _epoch),
        notes=_several(content["notes"], _note),
        mode=_text(content.get("mode", ""))[:100], seconds=_number(content.get("seconds", 0)),
    )  # fmt: skip


def _figures(content: Mapping, kind: str) -> dict:
    """Scores and baseline, of the form that this kind of model has."""
    if kind == "match":
        return {key: _recalls(content[key]) for key in ("scores", "baseline")}
    baseline = content["baseline"]
    return {
        "scores": _shares(content["scores"], SCORES, required=True),
        "baseline": {
            **_shares(baseline, (*SCORES, "most_frequent"), required=False),
            "rule": _text(baseline.get("rule", "")),
        },
    }


def _several(values: Sequence, one: Callable, most: int = MOST_ENTRIES) -> tuple:
    if not isinstance(values, list) or len(values) > most:
        raise ValueError("a list is missing or too long")
    return tuple(one(value) for value in values)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is missing")
    return value[:MOST_TEXT]


def _shares(values: Mapping, keys: Sequence[str], *, required: bool) -> dict[str, float]:
    return {key: _number(values[key]) for key in keys if required or key in values}


def _recalls(values: Mapping) -> dict[str, dict[str, float]]:
    return {side: _shares(values[side], RECALLS, required=False) for side in DIRECTIONS}


def _matrix(rows: Sequence, size: int) -> tuple[tuple[int, ...], ...]:
    found = _several(rows, lambda row: _several(row, lambda count: int(_number(count))))
    if found and (len(found) != size or any(len(row) != size for row in found)):
        raise ValueError("the matrix does not fit the labels")
    return found


def _note(value: Mapping) -> Note:
    values = {
        str(key): shown if isinstance(shown, (int, float)) else _text(shown)
        for key, shown in dict(value.get("values", {})).items()
    }
    return Note(_text(value["code"])[:100], _text(value["text"]), values)


def _epoch(value: Mapping) -> dict[str, float]:
    """Of an epoch the numbers, and which part was tuned."""
    numbers = {str(k): v for k, v in value.items() if isinstance(v, (int, float))}
    part = {"part": value["part"][:20]} if isinstance(value.get("part"), str) else {}
    return {key: _number(number) for key, number in numbers.items()} | part


def _sample(value: Mapping, labels: Sequence[str]) -> SampleResult:
    truth, predicted = _text(value["truth"]), _text(value["predicted"])
    if truth not in labels or predicted not in labels:
        raise ValueError("a sample has a label that the model does not know")
    kind = value.get("kind", "")
    return SampleResult(
        int(_number(value["row"])), truth, predicted, _number(value["probability"]),
        _number(value["truth_probability"]), _text(value["text"]), None,
        kind if kind in ("image", "video") else "",
    )  # fmt: skip
