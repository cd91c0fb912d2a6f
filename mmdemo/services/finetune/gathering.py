"""Step 1: what an upload holds, looked at once and kept, so that a report is quick."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from ...config import Limits
from ...data.dataset import read_dataset
from ...data.images import check_image
from ...data.names import called
from ...data.rows import rest_is_used
from ...data.video_info import probe
from ...data.whole_file import all_synced, disk_full
from ...data.workspaces import Workspace
from ...errors import DatasetError, MediaError
from ...types import Dataset, Note, Problem, Sample
from .checks import blocked, duplicates, labelled, warnings
from .folders import DatasetFolder, new_dataset
from .intake import take_in
from .previews import previews, thumbnails
from .samples import Samples, corrected, kept, read_samples, refuse_damaged, write_samples
from .split import groups_of
from .store import read_json, write_json
from .types import GatherReport

NAME_LENGTH = LABEL_LENGTH = 100
UNFINISHED_S = 24 * 3600.0  # a dataset that takes longer to come in was given up
VIDEO_LOOK_S = 20.0
"""Seconds for opening videos (50 ms each); training meets what is wrong with those after it."""
LOOKS_AT_ONCE = 2


def gather(
    workspace: Workspace, upload: Sequence[Path], columns: Mapping[str, str] | None, name: str,
    limits: Limits,
) -> DatasetFolder:  # fmt: skip
    """Take an upload into the workspace and look at it. When it is of no use nothing stays.

    Raises DatasetError and StorageError.
    """
    forget_unfinished(workspace)
    try:
        folder = new_dataset(workspace)
    except OSError as error:
        raise disk_full(called(upload[0])) from error
    try:
        source, left_out = take_in(workspace, folder, upload, limits)
        about = {
            "name": tidy_name(name) or tidy_name(upload[0].stem),
            "source": source.relative_to(folder.path).as_posix(),
            "left_out": [asdict(problem) for problem in left_out],
        }
        all_synced()
        _look(folder, about, columns, limits)
    except OSError as error:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise disk_full(called(upload[0])) from error
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    return folder


def look(folder: DatasetFolder, columns: Mapping[str, str] | None, limits: Limits) -> None:
    """Read a dataset again, with other columns. On an error what was known stays; corrections stay
    as long as the labels come from the same column."""
    before = _label_column(folder)
    _look(folder, read_json(folder.about) or {}, columns, limits)
    shutil.rmtree(folder.thumbnails, ignore_errors=True)  # a row may have another picture now
    if _label_column(folder) != before:
        folder.corrections.unlink(missing_ok=True)


def _label_column(folder: DatasetFolder) -> str:
    return (read_json(folder.samples) or {}).get("columns", {}).get("label", "")


def _look(
    folder: DatasetFolder, about: dict, columns: Mapping[str, str] | None, limits: Limits
) -> None:
    """Read the dataset, look at every medium, and keep what was found.

    A table of which no column is known is kept with its header, so that a person can say which
    column is which.
    """
    source = folder.path / about["source"]
    left_out = [Problem(**problem) for problem in about["left_out"]]
    try:
        dataset = read_dataset(source, limits, folder.path, columns, about["name"])
    except DatasetError as error:
        header = error.values.get("header")
        if not header:
            raise
        reason = {
            "code": error.code,
            "text": str(error),
            "values": {"found": error.values["found"]},
        }
        write_json(folder.about, {**about, "unknown": reason, "header": header})
        return
    dataset = replace(dataset, problems=(*left_out, *dataset.problems))
    dataset = without_broken_media(dataset, limits)
    write_samples(folder.samples, Samples(dataset, tuple(groups_of(dataset.samples))))
    write_json(folder.about, {**about, "unknown": None})


def forget_unfinished(workspace: Workspace) -> None:
    """Delete what a killed process left of datasets that it was taking in."""
    for path in (workspace.folder / "datasets").glob("*"):
        with suppress(FileNotFoundError):  # another process tidies too
            old = time.time() - path.stat().st_mtime > UNFINISHED_S
            if old and not DatasetFolder(path).about.exists():
                shutil.rmtree(path, ignore_errors=True)


def tidy_name(name: str) -> str:
    """A name to show: one line, not long."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:NAME_LENGTH]


def without_broken_media(dataset: Dataset, limits: Limits) -> Dataset:
    """The dataset without media that cannot be opened: a row goes on with its text, or not."""
    broken = _broken(dataset.samples, limits)
    if not broken:
        return dataset
    samples, problems = [], list(dataset.problems)
    for sample in dataset.samples:
        notes = [broken[path] for path in (sample.image, sample.video) if path in broken]
        if not notes:
            samples.append(sample)
            continue
        image = None if sample.image in broken else sample.image
        video = None if sample.video in broken else sample.video
        rest = replace(
            sample, image=image, image_name=sample.image_name if image else "",
            video=video, video_name=sample.video_name if video else "",
        )  # fmt: skip
        usable = bool(rest.text or image or video)
        outcome = "fixed" if usable else "skipped"
        problems.append(Problem.of(f"row {sample.row}", _of_row(notes, usable), outcome))
        if usable:
            samples.append(rest)
    if not samples:
        raise DatasetError(
            f"No picture or video of {dataset.name} can be used ({problems[-1].what})",
            code="dataset_empty", name=dataset.name, first=problems[-1].what,
        )  # fmt: skip
    return replace(dataset, samples=tuple(samples), problems=tuple(problems))


def _broken(samples: tuple[Sample, ...], limits: Limits) -> dict[Path, Note]:
    """Medium -> why it cannot be used. Headers are read, not pixels."""
    pictures = dict.fromkeys(s.image for s in samples if s.image)
    videos = dict.fromkeys(s.video for s in samples if s.video)
    until = time.monotonic() + VIDEO_LOOK_S

    def picture(path: Path) -> Note | None:
        return _refusal(lambda: check_image(path, limits))

    def video(path: Path) -> Note | None:
        return _refusal(lambda: probe(path, limits)) if time.monotonic() < until else None

    with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
        found = {
            **dict(zip(pictures, pool.map(picture, pictures), strict=True)),
            **dict(zip(videos, pool.map(video, videos), strict=True)),
        }
    return {path: note for path, note in found.items() if note is not None}


def _refusal(check) -> Note | None:
    try:
        check()
    except MediaError as error:
        return Note(error.code, str(error), dict(error.values))
    return None


def _of_row(notes: list[Note], usable: bool) -> Note:
    """What is wrong with the media of one row."""
    note = notes[0]
    if len(notes) > 1:
        note = Note("row_media_broken", " ".join(note.text for note in notes))
    return rest_is_used(note) if usable else note


def report_of(folder: DatasetFolder, limits: Limits) -> GatherReport:
    """The report, with the corrections made so far."""
    with refuse_damaged():
        return _report_of(folder, read_json(folder.about) or {}, limits)


def _report_of(folder: DatasetFolder, about: Mapping, limits: Limits) -> GatherReport:
    if about.get("unknown"):
        return _unknown(folder, about)
    fixes = corrections(folder)
    samples = corrected(read_samples(folder.samples), fixes)
    dataset = samples.dataset
    kind = "classify" if dataset.labels else "match"
    usable, unlabelled = labelled(dataset) if kind == "classify" else pairs(dataset)
    repeated = duplicates(usable, kept(samples, usable))
    shown = previews(usable)
    return GatherReport(
        folder.id, about.get("name") or dataset.name, kind, len(usable),
        dict(Counter(s.labels[0] for s in usable if s.labels).most_common()),
        dict(Counter(s.split for s in usable if s.split)),
        dict(Counter(map(modality, usable)).most_common()),
        (*dataset.problems, *unlabelled), repeated, warnings(usable, repeated), shown,
        dataset.columns, dataset.header, thumbnails(folder.thumbnails, shown, limits), fixes,
        blocked(usable, kind, limits),
    )  # fmt: skip


def _unknown(folder: DatasetFolder, about: Mapping) -> GatherReport:
    """A table whose columns a person has to choose first."""
    return GatherReport(
        folder.id, about.get("name", ""), "classify", 0, {}, {}, {},
        header=tuple(about["header"]), blocked=Note(**about["unknown"]),
    )  # fmt: skip


def pairs(dataset: Dataset) -> tuple[list[Sample], list[Problem]]:
    """Samples with a text and a medium, and a line for every other: what a matcher learns from."""
    chosen, problems = [], []
    for sample in dataset.samples:
        if sample.text and (sample.image or sample.video):
            chosen.append(sample)
            continue
        lacks = "picture or video" if sample.text else "text"
        what = f"It has no label and no {lacks}, so there is nothing to learn from it."
        note = Note("pair_no_medium" if sample.text else "pair_no_text", what)
        problems.append(Problem.of(f"row {sample.row}", note, "skipped"))
    return chosen, problems


def modality(sample: Sample) -> str:
    """What a sample has: "text", "image", "text+video" ..."""
    parts = {"text": sample.text, "image": sample.image, "video": sample.video}
    return "+".join(name for name, there in parts.items() if there)


def corrections(folder: DatasetFolder) -> dict[int, str]:
    """Row -> label that a person set. DatasetError when the file is damaged."""
    if not folder.corrections.exists():
        return {}
    with refuse_damaged():
        kept_now = json.loads(folder.corrections.read_text("utf-8"))
        return {int(row): " ".join(label.split()) for row, label in kept_now.items()}


def correct(folder: DatasetFolder, labels: Mapping[int, str]) -> None:
    """Keep corrections; one that says what the upload says is taken back."""
    samples = read_samples(folder.samples).dataset.samples
    original = {sample.row: sample.labels for sample in samples}
    kept_now = corrections(folder)
    for row, label in labels.items():
        name = _checked(label, row)
        if row not in original:
            raise DatasetError(
                f"There is no row {row} in this dataset, so its label cannot be corrected.",
                code="row_unknown", row=row,
            )  # fmt: skip
        if original[row] == (name,):
            kept_now.pop(row, None)
        else:
            kept_now[row] = name
    write_json(folder.corrections, {str(row): label for row, label in kept_now.items()})


def _checked(label: str, row: int) -> str:
    name = " ".join(str(label).split())
    if not name:
        raise DatasetError(
            f"The label of row {row} is empty. Write a label.", code="label_empty", row=row
        )
    if len(name) > LABEL_LENGTH or "|" in name or not name.isprintable():
        raise DatasetError(
            f'The label of row {row} cannot be used. Write one label without "|", of at most '
            f"{LABEL_LENGTH} characters.",
            code="label_unusable", row=row, limit=LABEL_LENGTH,
        )  # fmt: skip
    return name
