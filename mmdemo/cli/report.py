"""Figures of `evaluate` as lines for people."""

from __future__ import annotations

from collections.abc import Iterator


def score_lines(scores: dict) -> Iterator[str]:
    """Headline figures, the table per label and the confusion matrix."""
    skipped = f", {scores['skipped']} skipped" if "skipped" in scores else ""
    yield (
        f"{scores['n']} rows{skipped}   accuracy {scores['accuracy']:.3f}   "
        f"macro F1 {scores['macro_f1']:.3f}   ECE {scores['ece']:.3f}"
    )
    yield f"macro F1 by {scores['macro_f1_rule']}"
    for name, part in scores["by_modality"].items():
        yield (
            f"  {name} on the {part['n']} rows with both: accuracy {part['accuracy']:.3f}   "
            f"macro F1 {part['macro_f1']:.3f}   ECE {part['ece']:.3f}"
        )
    width = max(len(name) for name in scores["labels"])
    yield ""
    yield from report_lines(scores["report"])
    yield ""
    yield "confusion matrix: a line is the true label, a column the answer"
    columns = [max(len(name), 5) for name in scores["labels"]]
    head = "  ".join(
        f"{name:>{size}}" for name, size in zip(scores["labels"], columns, strict=True)
    )
    yield f"{'':{width}}  {head}"
    for name, row in zip(scores["labels"], scores["confusion_matrix"], strict=True):
        cells = "  ".join(f"{n:>{size}d}" for n, size in zip(row, columns, strict=True))
        yield f"{name:{width}}  {cells}"


def report_lines(report: dict) -> Iterator[str]:
    """The table per label; nothing for an empty one."""
    if not report:
        return
    width = max(len(name) for name in report)
    yield f"{'':{width}}  precision  recall      F1    rows"
    for name, row in report.items():
        yield (
            f"{name:{width}}  {row['precision']:9.3f}  {row['recall']:6.3f}  "
            f"{row['f1']:6.3f}  {row['support']:6d}"
        )


def explanation_lines(scores: dict, indent: str = "") -> Iterator[str]:
    """Nested figures, one to a line."""
    for name, value in scores.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from explanation_lines(value, indent + "  ")
        else:
            shown = f"{value:.4f}" if isinstance(value, float) else value
            yield f"{indent}{name}: {shown}"


def retrieval_lines(scores: dict) -> Iterator[str]:
    """Recalls of both directions."""
    yield f"{scores['n_texts']} texts, {scores['n_media']} media, {scores['skipped']} rows skipped"
    for key, name in (("text_to_media", "text to media"), ("media_to_text", "media to text")):
        part = scores[key]
        recalls = "   ".join(f"R@{k} {part[f'r@{k}']:.1f}" for k in (1, 5, 10))
        yield f"{name}: {recalls}   median rank {part['median_rank']:g}"
