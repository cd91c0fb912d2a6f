"""Which samples train and which are held out: stratified, and never one source on both sides."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...data.file_hash import content_hash
from ...types import Sample

HELD_OUT = 0.2
TOO_FEW = 30  # samples; below, every sample is held out once instead of a fifth for good
FOLDS = 5


@dataclass(frozen=True)
class Split:
    """Positions of samples. ``held_out`` is empty when there are too few: then the ``folds`` are
    what the score comes from. ``how``: "column", "fifth" or "folds"."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]
    folds: tuple[int, ...]  # fold number of each of ``train``
    how: str


def groups_of(samples: Sequence[Sample]) -> list[int]:
    """A group number per sample: those that share the bytes of a picture or video are one group,
    as are those of the same text without a medium. A sample with both joins the groups of both."""
    hashed = cache(_content)
    first: dict[object, int] = {}  # key -> the first sample that has it
    root = list(range(len(samples)))

    def root_of(i: int) -> int:
        while root[i] != i:
            root[i] = i = root[root[i]]
        return i

    for i, sample in enumerate(samples):
        media = [medium for medium in (sample.image, sample.video) if medium]
        for key in map(hashed, media) if media else [("text", _plain(sample.text))]:
            root[root_of(i)] = root_of(first.setdefault(key, i))
    number: dict[int, int] = {}
    return [number.setdefault(root_of(i), len(number)) for i in range(len(samples))]


def _content(medium: Path) -> str:
    try:
        return content_hash(medium)
    except OSError:
        return str(medium)


def _plain(text: str) -> str:
    """A text as far as it matters for being the same one."""
    return " ".join(text.casefold().split())


def split_samples(
    samples: Sequence[Sample], groups: Sequence[int], folds: int = FOLDS, seed: int = 0,
    too_few: int = TOO_FEW,
) -> Split:  # fmt: skip
    """The ``split`` column where it names both sides (test, else dev, is held out); else a fifth
    held out, stratified; with fewer than ``too_few`` samples none is held out for good.

    Groups never straddle: where a column put one on both sides, its training samples are dropped.
    """
    labels = [sample.labels[0] if sample.labels else "" for sample in samples]
    least = min(2, len(set(labels)))
    everyone = range(len(samples))
    named = {sample.split for sample in samples}

    def split(train: Sequence[int], held_out: Sequence[int], how: str) -> Split:
        rest = [labels[i] for i in train], [groups[i] for i in train]
        return Split(
            tuple(train), tuple(held_out), tuple(assign_folds(*rest, folds, seed + 1)), how
        )

    kept_apart = next((name for name in ("test", "dev") if name in named), None)
    if kept_apart and len(named) > 1:
        test = [i for i in everyone if samples[i].split == kept_apart]
        seen = {groups[i] for i in test}
        train = [i for i in everyone if samples[i].split != kept_apart and groups[i] not in seen]
        if len({labels[i] for i in train}) >= least:
            return split(train, test, "column")
    if len(samples) < too_few:
        return split(everyone, (), "folds")
    parts = min(round(1 / HELD_OUT), len(set(groups)) // 2)  # one group alone is no test
    fifth = assign_folds(labels, groups, parts, seed)
    train = [i for i in everyone if fifth[i] != 0]
    if len({labels[i] for i in train}) < len(set(labels)):
        return split(everyone, (), "folds")
    held = [i for i in everyone if fifth[i] == 0]
    return split(train, held, "fifth")


def assign_folds(
    labels: Sequence[str], groups: Sequence[int], folds: int, seed: int = 0
) -> list[int]:
    """A fold number per sample, every label spread evenly, a group always within one fold.

    Groups go one by one, the rarest label first and large groups before small, to the fold that
    has the fewest of that label, then the fewest samples.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    folds = max(2, min(folds, len(members)))
    common = Counter(labels)
    main = {g: Counter(labels[i] for i in rows).most_common(1)[0][0] for g, rows in members.items()}
    order = list(members)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda g: (common[main[g]], main[g], -len(members[g])))
    per_label: dict[str, list[int]] = defaultdict(lambda: [0] * folds)
    sizes, out = [0] * folds, [0] * len(labels)
    for group in order:
        rows, counts = members[group], per_label[main[group]]
        best = min(range(folds), key=lambda f: (counts[f], sizes[f], f))
        counts[best] += len(rows)
        sizes[best] += len(rows)
        for i in rows:
            out[i] = best
    return out
