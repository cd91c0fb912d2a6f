"""``evaluate``: how right a model is on a dataset with labels, or with texts and media to match."""

from __future__ import annotations

import argparse
import random
from typing import TYPE_CHECKING

from ..config import Settings
from ..errors import DatasetError
from ..types import Dataset, Sample
from .console import Console
from .options import DATASET_HELP, add_dataset, add_model, name_row, open_dataset, open_reader

if TYPE_CHECKING:
    from ..services.emotion.batch import SampleReading

EXPLAINED_ROWS = 300  # an explanation and its checks take a second a row

NOTES = f"""\
{DATASET_HELP}

accuracy  the most probable label is the true one (or one of several true ones)
macro_f1  mean F1 over labels. Where each row has one label, the most probable label
          counts. As soon as rows have several, each label counts whose probability
          reaches the threshold stored in the model. The output says which rule it
          used and gives both figures.
ece       expected calibration error, 15 equal bins (Guo et al. 2017): 0 means that
          "80 % sure" is right 80 times in 100
--explanations measures a fixed draw of at most {EXPLAINED_ROWS} rows and needs no labels.
Without labels, rows with a text and a picture or video are matched both ways:
R@1, R@5, R@10 in percent and the median rank, the captions of one medium grouped;
--model is then a matcher (default: matcher-compact), or a CLIP-like model's folder or
hub id.
Deletion and sufficiency are better when lower, insertion and comprehensiveness when
higher, each beside random relevance (5 seeds) and a centred Gaussian.
Rows without an answer (no text, and a broken picture or none with a face) are named
on stderr and not counted in n.

examples:
  python -m mmdemo evaluate labelled.zip --split dev --json
  python -m mmdemo evaluate captions.zip --model matcher-compact"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "evaluate",
        help="accuracy, F1, calibration with labels; recall of matching without",
        description="Measure a model on a dataset.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_dataset(parser)
    add_model(parser)
    parser.add_argument(
        "--explanations",
        action="store_true",
        help="measure the explanations instead: deletion, insertion, against random ones",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Evaluate a dataset and print the figures."""
    with open_dataset(args.dataset, args.split, settings, console, args.columns) as dataset:
        if args.explanations:
            scores = _check_explanations(dataset, args, settings, console)
        elif dataset.labels:
            scores = _score_labels(dataset, args, settings, console)
        else:
            scores = _score_matching(dataset, args, settings, console)
    if args.json:
        console.emit_json(scores)
        return
    from .report import explanation_lines, retrieval_lines, score_lines

    plain = explanation_lines if args.explanations else score_lines
    for line in (retrieval_lines if "n_media" in scores else plain)(scores):
        console.emit(line)


def _score_matching(dataset: Dataset, args, settings: Settings, console: Console) -> dict:
    if not any(s.text and (s.image or s.video) for s in dataset.samples):
        raise DatasetError(
            f"{dataset.name} has neither labels nor texts with pictures or videos, so there is "
            "nothing to compare answers with. Add a column named label, or use predict."
        )
    from ..models.core import Core
    from ..services.matching import matching_scores

    def report(sample: Sample, why: str) -> None:
        console.say(f"{name_row(sample)}: {why} (skipped)")

    matcher = Core.of(settings).matcher(args.model or settings.matcher_model)
    with console.fraction_bar("matching") as progress:
        scores = matching_scores(
            matcher, dataset.samples, settings.limits, progress=progress, report=report
        )
    return scores | {"skipped": scores["skipped"] + _left_out(dataset)}


def _left_out(dataset: Dataset) -> int:
    """Rows that the dataset reader already had to skip."""
    return sum(problem.outcome == "skipped" for problem in dataset.problems)


def _check_explanations(dataset: Dataset, args, settings: Settings, console: Console) -> dict:
    from ..services.explanation_check import CheckSample, check_explanations

    samples = drawn(dataset.samples)
    if len(samples) < len(dataset.samples):
        console.say(f"{len(samples)} of {len(dataset.samples)} rows are measured, drawn by chance")
    reader = open_reader(args.model, settings)
    items = []
    for item in console.progress(reader.prepare(samples), len(samples), "read"):
        if item.problem:
            console.say(f"{name_row(item.sample)}: {item.problem}")
        if item.text or item.face:
            items.append(CheckSample(item.text, item.face))
    with console.fraction_bar("explanations") as progress:
        return check_explanations(reader.classifier, items, progress=progress)


def drawn(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
    """At most EXPLAINED_ROWS samples, the same ones every time, in their order."""
    if len(samples) <= EXPLAINED_ROWS:
        return samples
    picked = sorted(random.Random(0).sample(range(len(samples)), EXPLAINED_ROWS))
    return tuple(samples[i] for i in picked)


def _score_labels(dataset: Dataset, args, settings: Settings, console: Console) -> dict:
    from ..services.evaluation import classification_scores

    reader = open_reader(args.model, settings)
    names = {label.casefold(): label for label in reader.labels}
    samples, skipped = _with_known_labels(dataset, names, console)
    answers = []
    for one in console.progress(reader.read(samples), len(samples), "evaluate"):
        if one.problem:
            how = "read by its text alone" if one.reading else "not counted"
            console.say(f"{name_row(one.sample)}: {one.problem} ({how})")
        if one.reading:
            answers.append(one)
    if not answers:
        raise DatasetError(f"No row of {dataset.name} could be read, so there is nothing to score.")
    outcome = outcome_of(answers, reader.labels, names)
    return {
        **classification_scores(outcome),
        "by_modality": by_modality(answers, reader.labels, names),
        "skipped": skipped + _left_out(dataset) + len(samples) - len(answers),
    }


def _with_known_labels(
    dataset: Dataset, names: dict[str, str], console: Console
) -> tuple[list[Sample], int]:
    """Samples whose labels the model knows, and how many were left out for lack of one."""
    if not any(label.casefold() in names for label in dataset.labels):
        raise DatasetError(
            f"The model knows the labels {', '.join(names.values())}; {dataset.name} has "
            f"{', '.join(dataset.labels[:12])}. Rename the labels in the dataset."
        )
    known = []
    for sample in dataset.samples:
        strange = [label for label in sample.labels if label.casefold() not in names]
        if sample.labels and not strange:
            known.append(sample)
        else:
            why = f'the model has no label "{strange[0]}"' if strange else "it has no label"
            console.say(f"{name_row(sample)}: {why} (skipped)")
    return known, len(dataset.samples) - len(known)


def outcome_of(
    answers: list[SampleReading], labels: tuple[str, ...], names: dict[str, str], part=None
):
    """Arrays of true and predicted labels; ``part`` picks one modality's own probabilities."""
    import numpy as np

    from ..services.evaluation import LabelOutcome

    def chosen(one: SampleReading) -> dict[str, float]:
        return one.reading.modalities[part] if part else one.reading.probabilities

    truth = [{names[label.casefold()] for label in one.sample.labels} for one in answers]
    return LabelOutcome(
        labels,
        np.array([[chosen(one)[label] for label in labels] for one in answers]),
        np.array([[label in row for label in labels] for row in truth]),
        np.array([[label in one.reading.present for label in labels] for one in answers]),
    )


def by_modality(
    answers: list[SampleReading], labels: tuple[str, ...], names: dict[str, str]
) -> dict[str, dict]:
    """Each modality alone beside the fused answer, on the rows that have both; else empty.

    Macro F1 is by the single answer here: thresholds belong to the fused probabilities.
    """
    from ..services.evaluation import summary

    both = [one for one in answers if len(one.reading.modalities) > 1]
    if not both:
        return {}
    parts = {part: part for part in both[0].reading.modalities} | {"fused": None}
    return {
        name: summary(outcome_of(both, labels, names, part), several=False)
        for name, part in parts.items()
    }
