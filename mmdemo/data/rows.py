"""Table rows -> samples: which column is what, and what each cell means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..config import Limits
from ..errors import DatasetError
from ..types import Note, Problem, Sample
from .labels import split_labels
from .media_files import MediaFolder, MediaProblem, Medium
from .tables import Row, Table

# role -> column names in order of preference (DESIGN.md, section 5)
ALIASES = {
    "text": ("text", "sentence", "caption", "description"),
    "image": ("image", "image_path", "file_name", "path"),
    "video": ("video", "video_path"),
    "label": ("label", "target", "class", "emotion"),
    "split": ("split",),
}
ROLES = tuple(ALIASES)
KNOWN = frozenset(name for names in ALIASES.values() for name in names)
_CONTENT = (*ALIASES["text"], *ALIASES["image"], *ALIASES["video"])
SPLIT_WORDS = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
    "testing": "test",
}
_KIND_WORDS = {"image": "picture", "video": "video"}


def cut_text(text: str, limits: Limits) -> tuple[str, Note | None]:
    """The text within its limit, and a note if something had to go."""
    most, length = limits.text_characters, len(text)
    if length <= most:
        return text, None
    what = f"Its text has {length:,} characters; the first {most:,} are used."
    return text[:most], Note("row_cut", what, {"length": f"{length:,}", "limit": f"{most:,}"})


def rest_is_used(note: Note) -> Note:
    """What is wrong with a medium of a row that has something else to go on with."""
    return replace(note, text=f"{note.text} The rest of the row is used.")


def find_columns(
    header: tuple[str, ...], chosen: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Role -> position of its column: by the user's choice, else by the first alias that fits.

    A role chosen as "" is not read. DatasetError when nothing says what to read.
    """
    lowered = [_comparable(name) for name in header]
    found: dict[str, int] = {}
    for role, aliases in ALIASES.items():
        if chosen is not None and role in chosen:
            if chosen[role]:
                found[role] = _chosen_column(header, chosen[role], role)
            continue
        position = next((lowered.index(a) for a in aliases if a in lowered), None)
        if position is not None:
            found[role] = position
    if not found.keys() & {"text", "image", "video"}:
        raise DatasetError(
            "No column with texts, pictures or videos was recognised. Found: "
            f"{_listed(header)}. Expected one of: {_listed(_CONTENT)}. "
            "Rename a column, or choose which column is which.",
            code="columns",
            found=_listed(header),
            header=header,
        )
    return found


class RowReader:
    """Turns the rows of one table into samples; ``problems`` collects what was wrong."""

    def __init__(self, table: Table, columns: dict[str, int], root: Path, limits: Limits) -> None:
        self.table = table
        self.columns = columns
        self.media = MediaFolder(root)
        self.limits = limits
        self.problems: list[Problem] = []
        self._moved: Counter[tuple[str, str]] = Counter()  # (role of the column, kind of the file)
        self._full_paths: Counter[str] = Counter()  # role of the column
        self._unknown_splits: Counter[str] = Counter()

    def read(self) -> list[Sample]:
        """Samples of the usable rows, in order."""
        rows = list(self.table.rows)
        while rows and not any(rows[-1].cells):
            rows.pop()  # spreadsheets like to end with rows of empty cells
        samples = [sample for row in rows if (sample := self._sample(row)) is not None]
        self._summarise()
        return samples

    def _sample(self, row: Row) -> Sample | None:
        media, broken = self._media_of(row)
        text = self._text(row)
        usable = bool(text or media)
        for problem in broken:
            note = rest_is_used(problem.note) if usable else problem.note
            self.problems.append(Problem.of(row.where, note, "fixed" if usable else "skipped"))
        if not usable:
            if not broken:
                note = Note("row_empty", "It has neither a text nor a picture or video.")
                self.problems.append(Problem.of(row.where, note, "skipped"))
            return None
        labels = split_labels(self._raw(row, "label"))
        return Sample(row.number, text=text, labels=labels, split=self._split(row), **media)

    def _media_of(self, row: Row) -> tuple[dict[str, object], list[MediaProblem]]:
        """Fields of a Sample for the media that a row names, and what is wrong with the others."""
        media: dict[str, object] = {}
        broken: list[MediaProblem] = []
        for role in ("image", "video"):
            name = self._cell(row, role)
            if not name:
                continue
            try:
                medium = self.media.find(name)
            except MediaProblem as problem:
                broken.append(problem)
                continue
            self._note(row, role, medium)
            if medium.kind in media:
                what = f"It names two {_KIND_WORDS[medium.kind]}s; only the first is used."
                note = Note("row_two_media", what)
                self.problems.append(Problem.of(row.where, note, "fixed"))
                continue
            media[medium.kind] = medium.path
            media[f"{medium.kind}_name"] = name
        return media, broken

    def _cell(self, row: Row, role: str) -> str:
        return self._raw(row, role).strip()

    def _raw(self, row: Row, role: str) -> str:
        position = self.columns.get(role)
        return "" if position is None else row.cells[position]

    def _text(self, row: Row) -> str:
        text, cut = cut_text(self._cell(row, "text"), self.limits)
        if cut:
            self.problems.append(Problem.of(row.where, cut, "fixed"))
        return text

    def _split(self, row: Row) -> str:
        word = self._cell(row, "split")
        known = SPLIT_WORDS.get(word.lower(), "")
        if word and not known:
            self._unknown_splits[word] += 1
        return known

    def _note(self, row: Row, role: str, medium: Medium) -> None:
        if medium.note:
            self.problems.append(Problem.of(row.where, medium.note, "fixed"))
        if medium.by_tail:
            self._full_paths[role] += 1
        if medium.kind != role:
            self._moved[role, medium.kind] += 1

    def _summarise(self) -> None:
        """One line for what would be the same line a thousand times."""
        for (role, kind), count in self._moved.items():
            name = self.table.header[self.columns[role]]
            things = f"{count:,} {_KIND_WORDS[kind]}{'s' if count > 1 else ''}"
            what = f"The column '{name}' names {things}, used as such."
            note = Note(f"column_{kind}s", what, {"name": name, "count": f"{count:,}"})
            self.problems.append(Problem.of(f"column {name}", note, "fixed"))
        for role, count in self._full_paths.items():
            name, files = self.table.header[self.columns[role]], f"{count:,}"
            what = (
                f"The column '{name}' names files by full paths; {files} were found by the end of "
                "the path inside the dataset."
            )
            note = Note("column_full_paths", what, {"name": name, "count": files})
            self.problems.append(Problem.of(f"column {name}", note, "fixed"))
        for word, count in self._unknown_splits.items():
            what = (
                f"'{word}' is not one of train, dev, test; {count:,} rows are used without a split."
            )
            note = Note("split_unknown", what, {"word": word, "count": f"{count:,}"})
            self.problems.append(Problem.of("column split", note, "fixed"))


def _chosen_column(header: tuple[str, ...], name: str, role: str) -> int:
    if name in header:
        return header.index(name)
    lowered = [_comparable(h) for h in header]
    if _comparable(name) in lowered:
        return lowered.index(_comparable(name))
    raise DatasetError(
        f"There is no column '{name}' to use as {role}. Found: {_listed(header)}.",
        code="column_missing",
        name=name,
        found=_listed(header),
    )


def _comparable(name: str) -> str:
    return name.strip().casefold()


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{name[:40]}'" for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
