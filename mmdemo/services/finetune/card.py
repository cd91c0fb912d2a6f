"""The README.md of a trained model."""

from __future__ import annotations

from .types import RunReport


def model_card(report: RunReport) -> str:
    """What a stranger needs to know who is handed the model."""
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
