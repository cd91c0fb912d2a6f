"""Whether a dataset can be trained on, and what a person should know about it before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ...config import Limits
from ...data.language import reads_english
from ...types import Dataset, Note, Problem, Sample
from .split import groups_of
from .types import Duplicate

RECOMMENDED = 5  # samples a class
IMBALANCE = 10  # times the smallest class
LANGUAGE_LOOKS = 200  # texts whose language is looked at, evenly spread
FOREIGN_SHARE = 0.1
WARNED_CLASSES = 12  # named in one sentence


def labelled(dataset: Dataset) -> tuple[list[Sample], list[Problem]]:
    """Samples with exactly one label, and a line for every other when there are labels at all."""
    if not dataset.labels:
        return list(dataset.samples), []
    kept, problems = [], []
    for sample in dataset.samples:
        if len(sample.labels) == 1:
            kept.append(sample)
            continue
        note = Note("row_no_label", "It has no label.")
        if sample.labels:
            named, n = " and ".join(sample.labels), len(sample.labels)
            sentence = f"It has {n} labels ({named}); one is needed."
            note = Note("row_labels", sentence, {"n": n, "labels": ", ".join(sample.labels)})
        problems.append(Problem.of(f"row {sample.row}", note, "skipped"))
    return kept, problems


def blocked(samples: Sequence[Sample], kind: str, limits: Limits) -> Note | None:
    """Why samples cannot be trained on; None when they can."""
    if kind == "match":
        if len(samples) >= 2 * limits.min_per_class:
            return None
        return Note("few_pairs", f"There are {len(samples)} pairs of text and picture or video; "
                    f"at least {2 * limits.min_per_class} are needed.",
                    {"n": len(samples)})  # fmt: skip
    counts = Counter(s.labels[0] for s in samples)
    if not counts:
        return Note("no_single_label", "No sample has exactly one label, so there is nothing to "
                    "learn from. Give each sample one label.")  # fmt: skip
    if len(counts) < limits.min_classes:
        only = next(iter(counts))
        return Note("one_class", f'All samples have the label "{only}". A classifier needs at '
                    f"least {limits.min_classes} different labels.", {"label": only})  # fmt: skip
    small = sorted(name for name, n in counts.items() if n < limits.min_per_class)
    if small:
        named = ", ".join(f'"{name}"' for name in small[:WARNED_CLASSES])
        return Note("class_of_one", f"Too few samples for: {named}. Every label needs at least "
                    f"{limits.min_per_class}. Add samples, or give these another label.",
                    {"labels": named})  # fmt: skip
    return None


def duplicates(
    samples: Sequence[Sample], groups: Sequence[int] | None = None
) -> tuple[Duplicate, ...]:
    """Samples with the same text and the same bytes of the medium. ``groups`` as of groups_of,
    where they are known."""
    same: dict[tuple, list[Sample]] = defaultdict(list)
    numbers = groups_of(samples) if groups is None else groups
    for group, sample in zip(numbers, samples, strict=True):
        same[group, " ".join(sample.text.casefold().split())].append(sample)
    return tuple(
        Duplicate(
            tuple(s.row for s in found),
            tuple(dict.fromkeys(name for s in found for name in s.labels)),
            tuple(dict.fromkeys(s.split for s in found if s.split)),
        )
        for found in same.values()
        if len(found) > 1
    )


def warnings(samples: Sequence[Sample], repeated: Sequence[Duplicate]) -> tuple[Note, ...]:
    """About the dataset as a whole."""
    return tuple(
        note
        for note in (
            *_class_warnings(samples), *_duplicate_warnings(repeated), _language_warning(samples),
            _modality_warning(samples),
        )
        if note is not None
    )  # fmt: skip


def _class_warnings(samples: Sequence[Sample]) -> list[Note]:
    counts = Counter(s.labels[0] for s in samples if s.labels)
    found = []
    small = [name for name, n in counts.items() if n < RECOMMENDED]
    if small:
        named = ", ".join(f'"{name}" ({counts[name]})' for name in sorted(small)[:WARNED_CLASSES])
        found.append(
            Note("small_classes", f"Few samples for {named}: with fewer than {RECOMMENDED} a label "
                 "is hard to learn.", {"labels": named, "recommended": RECOMMENDED})
        )  # fmt: skip
    if len(counts) > 1:
        (most, n), (least, m) = counts.most_common()[0], counts.most_common()[-1]
        if n >= IMBALANCE * m:
            found.append(
                Note("imbalance", f'"{most}" has {n} samples and "{least}" has {m}. The model will '
                     f'rarely answer "{least}"; add samples of it, or turn on class weights.',
                     {"most": most, "n": n, "least": least, "m": m})
            )  # fmt: skip
    return found


def _duplicate_warnings(repeated: Sequence[Duplicate]) -> list[Note]:
    found = []
    clash = [d for d in repeated if len(d.labels) > 1]
    if clash:
        rows = ", ".join(str(r) for r in clash[0].rows[:4])
        found.append(
            Note("contradictions", f"{len(clash)} samples occur more than once with different "
                 f"labels, the first in rows {rows}. Correct the labels.",
                 {"n": len(clash), "rows": rows})
        )  # fmt: skip
    across = [d for d in repeated if len(d.splits) > 1]
    if across:
        rows = ", ".join(str(r) for r in across[0].rows[:4])
        found.append(
            Note("across_splits", f"{len(across)} samples are in more than one split, the first in "
                 f"rows {rows}. Their training copies are left out, so that the score stays "
                 "honest.", {"n": len(across), "rows": rows})
        )  # fmt: skip
    return found


def _language_warning(samples: Sequence[Sample]) -> Note | None:
    texts = [s.text for s in samples if s.text.strip()]
    if not texts:
        return None
    step = max(1, len(texts) // LANGUAGE_LOOKS)
    looked = texts[::step][:LANGUAGE_LOOKS]
    foreign = Counter(name for english, name in map(reads_english, looked) if not english)
    if sum(foreign.values()) < FOREIGN_SHARE * len(looked):
        return None
    named = ", ".join(name for name, _ in foreign.most_common(3))
    return Note("foreign_texts", f"Many texts are in {named}. The text encoder reads English; "
                "it will learn little from these.", {"languages": named})  # fmt: skip


def _modality_warning(samples: Sequence[Sample]) -> Note | None:
    empty = sum(1 for s in samples if not s.text.strip())
    if empty == len(samples):
        return Note(
            "no_text", "No sample has a text: the model will learn from the pictures alone."
        )
    if all(s.image is None and s.video is None for s in samples):
        return Note("no_media", "No sample has a picture or video: the model will learn from the "
                    "texts alone.")  # fmt: skip
    return None
