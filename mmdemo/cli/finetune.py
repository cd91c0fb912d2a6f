"""``finetune``: train a model on one's own samples."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from ..config import Settings
from ..errors import MmdemoError
from ..types import Dataset
from .console import Console
from .options import DATASET_HELP, add_columns, check_output_file, open_dataset

CHECKPOINT_FILES = ("README.md", "config.json", "model.safetensors.index.json", ".DS_Store")

NOTES = f"""\
{DATASET_HELP}

Without labels, texts and the pictures or videos they describe tune the matcher that
search uses; recalls before and after come from pairs held out.

A fifth of the samples is held out and the rest is trained on, unless the dataset has a
split column; with fewer than 30 samples every one is held out once. The score before and
after training comes from the same held-out samples. --output becomes a checkpoint that
predict, evaluate and the page load.

preset compact   MiniLM and EfficientNet, built in
preset classic   BERT-base-cased and VGG16, tuned as a whole; a report per label after
                 every epoch (weights: python -m mmdemo fetch classic)
preset scratch   bidirectional LSTM and a small CNN from random weights
preset clip      both towers of CLIP (weights: python -m mmdemo fetch clip)

mode head     the encoders stay as they are; seconds
mode adapter  small adapters on the encoders are trained with it; minutes
mode full     the encoders' upper weights themselves; minutes
mode auto     tries what the data are enough for and keeps what held-out folds favour

Vectors of frozen encoders are kept, so a second run on the same files is quick. A run that
was stopped or killed goes on from its last epoch when the same command is given again.

examples:
  python -m mmdemo finetune my-samples.zip --output my-model --report my-model.html
  python -m mmdemo finetune my-samples.zip --output small-net --preset scratch"""


def add_parser(commands) -> argparse.ArgumentParser:
    """Describe the command to argparse."""
    parser = commands.add_parser(
        "finetune",
        help="train a model on your own samples",
        description="Train a model on your own samples: sentence, picture or video, and label.",
        epilog=NOTES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="CSV file, folder or zip")
    add_columns(parser)
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="the new model")
    parser.add_argument("--name", help="its name (default: that of DIR)")
    for name, default, what in (
        ("preset", "compact", "compact (the default), classic, scratch, clip, hub id or folder"),
        ("text-encoder", "", "in place of the preset's"),
        ("vision-encoder", "", "likewise, for pictures"),
        ("mode", "auto", "auto (the default), head, adapter or full"),
        ("length", "standard", "quick, standard (the default) or thorough"),
        ("fusion", "pooled", "pooled (the default), concat or cross-attention"),
    ):
        parser.add_argument(f"--{name}", metavar="NAME", default=default, help=what)
    for name, kind, what in (
        ("epochs", int, "passes over the samples when encoders are tuned (default: by --length)"),
        ("rate", float, "learning rate of the encoders (default: by --mode)"),
        ("batch", int, "samples a step (default: by --mode)"),
        ("patience", int, "epochs without a better score before it ends"),
        ("seed", int, "of the split and of everything random (default 0)"),
        ("search-minutes", float, "time for an automatic search of better settings (default 0)"),
    ):
        parser.add_argument(f"--{name}", type=kind, default=kind(), metavar="N", help=what)
    parser.add_argument("--class-weights", action="store_true", help="let every label count alike")
    parser.add_argument("--no-augmentation", action="store_true", help="use samples as they are")
    parser.add_argument("--report", metavar="FILE.html", type=Path, help="write the whole report")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(args: argparse.Namespace, settings: Settings, console: Console) -> None:
    """Train and save."""
    from ..models.core import Core
    from ..services.finetune.job import Job, named, save_model
    from .run_folder import run_folder

    options = _options(args)
    _check_output(args.output)
    if args.report:
        check_output_file("--report", args.report)
    started = time.monotonic()
    with open_dataset(args.dataset, None, settings, console, args.columns) as dataset:
        _warn(dataset, console)
        with (
            console.fraction_bar("read") as bar,
            run_folder(args.output, dataset.samples, options) as work,
            _told_plainly(work),
        ):
            job = Job(settings, Core.of(settings), work, options, _callbacks(bar, console))
            finished = job.run(dataset)
            seconds = time.monotonic() - started
            report = named(finished.report, "", args.output.name, seconds)
            save_model(args.output, finished.final, report)
        if args.report:
            from ..services.finetune.report_html import write_report

            write_report(report, args.report)
    if args.json:
        console.emit_json({**_json(report), "output": str(args.output)})
        return
    for line in _lines(report, args.output):
        console.emit(line)


def _options(args: argparse.Namespace):
    from ..services.finetune.options import check_options
    from ..services.finetune.types import TrainOptions

    return check_options(
        TrainOptions(
            name=args.name or args.output.resolve().name, length=args.length, preset=args.preset,
            mode=args.mode, fusion=args.fusion, epochs=args.epochs, rate=args.rate,
            batch=args.batch, patience=args.patience, class_weights=args.class_weights,
            augmentation=not args.no_augmentation, seed=args.seed,
            search_minutes=args.search_minutes, text_encoder=args.text_encoder,
            vision_encoder=args.vision_encoder,
        ),
        folders=True,
    )  # fmt: skip


def _check_output(folder: Path) -> None:
    """Refuse an impossible --output before the work, not after it."""
    if folder.exists() and not folder.is_dir():
        raise MmdemoError(f"--output {folder} is a file; name a folder.")
    if folder.is_dir() and not _is_ours(folder):
        raise MmdemoError(f"--output {folder} holds other files; name a new or empty folder.")
    if not folder.resolve().parent.is_dir():
        raise MmdemoError(f"--output {folder}: the folder {folder.parent} does not exist.")


def _is_ours(folder: Path) -> bool:
    """Whether a new model may take the folder's place: it is empty, or an earlier model and nothing
    else. A config.json alone says little: many programs have one."""
    from ..models.checkpoints import checkpoint_kind

    found = list(folder.iterdir())
    plain = all(p.suffix == ".safetensors" or p.name in CHECKPOINT_FILES for p in found)
    return not found or (plain and checkpoint_kind(folder) is not None)


def _warn(dataset: Dataset, console: Console) -> None:
    """Say of the dataset as a whole what the page says in its first step."""
    from ..services.finetune.checks import duplicates, labelled, warnings
    from ..services.finetune.gathering import pairs

    unread = [name for name in dataset.header if name not in dataset.columns.values()]
    if not dataset.labels and unread:
        names = ", ".join(f"'{name}'" for name in unread[:20])
        console.say(f"No labels were found. If one of {names} holds them: --columns label=NAME")
    usable, _ = labelled(dataset) if dataset.labels else pairs(dataset)
    for note in warnings(usable, duplicates(usable)):
        console.say(note.text)


@contextlib.contextmanager
def _told_plainly(work: Path) -> Iterator[None]:
    """A full disk and a lack of memory are told as the page tells them."""
    from ..services.finetune.worker import why

    try:
        yield
    except (OSError, RuntimeError, MemoryError) as error:
        told = why(error, work)
        if told.code == "training_failed":
            raise
        raise MmdemoError(told.text, code=told.code) from error


def _callbacks(bar, console: Console):
    from ..services.finetune.callbacks import JobCallbacks
    from .report import report_lines

    def epoch(row: dict) -> None:
        # the last fit of a small set takes every sample, so none is left to judge it by
        where = f"fold {row['fold']}" if "val_loss" in row else "all samples"
        said = f"{row['part']}, {where}, epoch {row['epoch']}: loss {row['loss']:.3f}"
        if "val_loss" in row:
            said += f", held out {row['val_loss']:.3f}"
        if "val_accuracy" in row:  # pairs have none
            said += f", accuracy {100 * row['val_accuracy']:.1f} %"
        console.say(said)
        for line in report_lines(row.get("report", {})):
            console.say(line)

    names = {"encode": "read the samples", "train": "train", "score": "score", "finish": "finish"}

    def step(name: str, fraction: float) -> None:
        bar(fraction, names.get(name, name))

    return JobCallbacks(step=step, epoch=epoch, message=console.say)


def _json(report) -> dict:
    """What a script wants to know; ``base`` and ``tuned`` come from the same held-out samples."""
    if report.kind == "match":
        return {
            "kind": "match", "verdict": report.verdict.text, "n": report.scores["n"],
            "base": report.baseline, "tuned": report.scores,
            "notes": [note.text for note in report.notes], "mode": report.mode,
            "seconds": report.seconds,
        }  # fmt: skip
    return {
        "kind": "classify",
        "verdict": report.verdict.text,
        "n": report.scores["n"],
        "labels": list(report.labels),
        "accuracy": report.scores["accuracy"],
        "base": report.baseline,
        "tuned": report.scores,
        "by_modality": report.by_modality,
        "report": report.report,
        "confusion_matrix": [list(row) for row in report.matrix],
        "learning_curve": [[point.samples, point.accuracy] for point in report.learning_curve],
        "notes": [note.text for note in report.notes],
        "mode": report.mode,
        "seconds": report.seconds,
    }


def _lines(report, output: Path) -> list[str]:
    from .report import retrieval_lines, score_lines

    end = f"mode {report.mode}, {report.seconds:.0f} s; saved to {output}"
    if report.kind == "match":
        parts = (("before", report.baseline), ("after", report.scores))
        return [
            report.verdict.text,
            *(note.text for note in report.notes),
            *(line for name, part in parts for line in ("", name, *retrieval_lines(part))),
            "",
            end,
        ]
    scores = {
        **report.scores, "labels": list(report.labels), "report": report.report,
        "confusion_matrix": [list(row) for row in report.matrix],
        "macro_f1_rule": "argmax", "by_modality": report.by_modality,
    }  # fmt: skip
    return [
        report.verdict.text,
        *(note.text for note in report.notes),
        "",
        *score_lines(scores),
        "",
        end,
    ]
