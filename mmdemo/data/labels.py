"""Label cells -> label names; spellings that differ only by case or blanks are one label."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ..types import Note, Problem, Sample


def split_labels(cell: str) -> tuple[str, ...]:
    """Raw names of a cell such as ``joy|anger``: blanks kept for ``merge_labels`` to report."""
    return tuple(name for name in cell.split("|") if name.strip())


def merge_labels(samples: Iterable[Sample], where: str) -> tuple[list[Sample], list[Problem]]:
    """Trim labels and give every spelling of one label its most frequent form."""
    samples = list(samples)
    counts = Counter(name for sample in samples for name in sample.labels)
    groups: dict[str, list[str]] = {}
    for name in counts:  # in order of first appearance
        groups.setdefault(_comparable(name), []).append(name)
    chosen = {key: _best(names, counts) for key, names in groups.items()}
    problems = [
        Problem.of(where, _merged_note(names, chosen[key]), "fixed")
        for key, names in groups.items()
        if len(names) > 1
    ]
    merged = [
        replace(s, labels=tuple(dict.fromkeys(chosen[_comparable(n)] for n in s.labels)))
        for s in samples
    ]
    return merged, problems


def _comparable(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _best(names: list[str], counts: Counter[str]) -> str:
    """The spelling of most samples, blanks tidied; the first seen of equals."""
    tidy: Counter[str] = Counter()
    for name in names:
        tidy[" ".join(unicodedata.normalize("NFC", name).split())] += counts[name]
    return tidy.most_common(1)[0][0]


def _merged_note(names: list[str], chosen: str) -> Note:
    spelled = ", ".join(f"'{name}'" for name in names)
    sentence = f"The labels {spelled} were taken as one label: '{chosen}'."
    return Note("labels_merged", sentence, {"names": spelled, "label": chosen})
