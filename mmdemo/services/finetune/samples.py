"""Samples as a JSON file: what a dataset holds, and what a run was started with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ...data.labels import merge_labels
from ...errors import DatasetError
from ...types import Dataset, Problem, Sample
from .store import read_json, write_json


@dataclass(frozen=True)
class Samples:
    """A dataset, and for each of its samples a number that samples with the same file (or, without
    one, the same text) share. Hashing gigabytes again for every look would take seconds."""

    dataset: Dataset
    groups: tuple[int, ...]


def write_samples(path: Path, samples: Samples) -> None:
    """Keep them. ``path`` is WORKSPACE/<part>/<id>/<name>.json; media are kept relative to the
    workspace, so that a copy of the file elsewhere in it means the same files."""
    workspace, dataset = path.parents[2].resolve(), samples.dataset
    write_json(
        path,
        {
            "name": dataset.name,
            "root": _relative(dataset.root, workspace),
            "columns": dataset.columns,
            "header": dataset.header,
            "problems": [asdict(problem) for problem in dataset.problems],
            "samples": [
                {
                    **asdict(sample),
                    "image": _relative(sample.image, workspace),
                    "video": _relative(sample.video, workspace),
                }
                for sample in dataset.samples
            ],
            "groups": samples.groups,
        },
    )


def read_samples(path: Path) -> Samples:
    """What :func:`write_samples` kept. DatasetError when the file is gone or damaged."""
    content, workspace = read_json(path), path.parents[2].resolve()
    with refuse_damaged():
        samples = tuple(_sample(row, workspace) for row in content["samples"])
        problems = tuple(Problem(**problem) for problem in content["problems"])
        dataset = Dataset(
            content["name"], workspace / content["root"], samples, problems, content["columns"],
            tuple(content["header"]),
        )  # fmt: skip
        return Samples(dataset, tuple(content["groups"]))


@contextmanager
def refuse_damaged() -> Iterator[None]:
    """DatasetError for a file of a dataset that does not hold what we write: a disk forgets."""
    try:
        yield
    except (TypeError, KeyError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise DatasetError(
            "What was kept of this dataset is damaged. Add the dataset again.", code="dataset_gone"
        ) from error


def corrected(samples: Samples, labels: Mapping[int, str]) -> Samples:
    """With the labels that a person set; spellings that differ by case or blanks stay one label."""
    if not labels:
        return samples
    changed = [
        replace(sample, labels=(labels[sample.row],)) if sample.row in labels else sample
        for sample in samples.dataset.samples
    ]
    merged, _ = merge_labels(changed, samples.dataset.name)
    return replace(samples, dataset=replace(samples.dataset, samples=tuple(merged)))


def kept(samples: Samples, chosen: Sequence[Sample]) -> tuple[int, ...]:
    """The groups of some of the samples."""
    of_row = {s.row: g for s, g in zip(samples.dataset.samples, samples.groups, strict=True)}
    return tuple(of_row[sample.row] for sample in chosen)


def _relative(path: Path | None, workspace: Path) -> str:
    return path.resolve().relative_to(workspace).as_posix() if path is not None else ""


def _sample(row: dict, workspace: Path) -> Sample:
    media = {kind: workspace / row[kind] if row[kind] else None for kind in ("image", "video")}
    return Sample(**{**row, "labels": tuple(row["labels"]), **media})
