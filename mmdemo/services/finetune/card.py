"""The README.md of a trained model."""

from __future__ import annotations

from collections.abc import Mapping

from .types import RunReport

FORMULAS = {"concat": "F = W_fc [tanh(W_t H_t); tanh(W_v V_v)]"}


def model_card(report: RunReport, config: Mapping) -> str:
    """What a stranger needs to know who is handed the model; ``config`` is saved with it."""
    return _matcher_card(report) if report.kind == "match" else _classifier_card(report, config)


def _made_of(config: Mapping) -> list[str]:
    """The encoders and the head; what has to be fetched beside the checkpoint is said."""
    lines = []
    for side, words in (("text_encoder", "text"), ("vision_encoder", "pictures")):
        options = config[side]
        revision = options.get("revision")
        beside = (
            f" at version {revision[:12]}, fetched once with `python -m mmdemo fetch "
            f"{options['name']} --revision {revision}`"
            if revision
            else ""
        )
        lines.append(f"- encoder of {words}: {options['name']}{beside}")
    kind = config["fusion"]["kind"]
    return [*lines, f"- fusion: {kind}" + (f", {FORMULAS[kind]}" if kind in FORMULAS else "")]


def _matcher_card(report: RunReport) -> str:
    scores, base = report.scores, report.baseline
    sides = {"text_to_media": "text finds picture or video", "media_to_text": "and the other way"}
    rows = [
        f"| {words} | "
        + " | ".join(f"{base[s][k]:.1f} -> {scores[s][k]:.1f}" for k in ("r@1", "r@5", "r@10"))
        + " |"
        for s, words in sides.items()
    ]
    lines = [
        f"# {report.name}", "",
        "A matcher tuned with mmdemo. Give its folder to `python -m mmdemo index` as `--model`, or "
        "bring the zip back on the fine-tuning page.", "",
        f"**{report.verdict.text}**", "",
        f"- mode: {report.mode}",
        f"- held-out texts: {scores['n_texts']}, of {scores['n_media']} pictures or videos", "",
        "| recall in per cent, before -> after | R@1 | R@5 | R@10 |", "|---|---|---|---|",
        *rows, "",
        "Scores come from pairs that tuning did not see. They say how it does on data like these.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _classifier_card(report: RunReport, config: Mapping) -> str:
    scores, base = report.scores, report.baseline
    lines = [
        f"# {report.name}",
        "",
        "Trained with mmdemo. Load it with `python -m mmdemo predict DATASET --model FOLDER`, or "
        "bring the zip back on the fine-tuning page.",
        "",
        f"**{report.verdict.text}**",
        "",
        f"- labels: {', '.join(report.labels)}",
        *_made_of(config),
        f"- mode: {report.mode}",
        f"- held-out samples: {scores['n']}",
        f"- accuracy {100 * scores['accuracy']:.1f} %, macro F1 {scores['macro_f1']:.3f}, "
        f"calibration error {scores['ece']:.3f}",
        f"- before training ({base['rule']}): accuracy {100 * base['accuracy']:.1f} %",
        "",
        "| label | precision | recall | F1 | samples |",
        "|---|---|---|---|---|",
        *(
            f"| {label} | {r['precision']:.2f} | {r['recall']:.2f} | {r['f1']:.2f} | "
            f"{r['support']} |"
            for label, r in report.report.items()
        ),
        "",
        "Scores come from samples that the model did not see. They say how it does on data like "
        "these, not on other data.",
        "",
    ]
    return "\n".join(lines)
