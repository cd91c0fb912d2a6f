"""The dataset without a table: a folder per class, optionally inside train, dev and test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..config import Limits
from ..types import Note, Problem, Sample
from .encoding import decode
from .junk import is_junk
from .media_files import MediaProblem, kind_of
from .names import called, shown
from .rows import SPLIT_WORDS, cut_text
from .tables import other_table


def subfolders(folder: Path) -> list[Path]:
    """Folders a person made in there, in alphabetical order."""
    return sorted(p for p in folder.iterdir() if not is_junk((p.name,)) and p.is_dir())


def files(folder: Path) -> list[Path]:
    """Files a person put in there, in alphabetical order."""
    return sorted(p for p in folder.iterdir() if not is_junk((p.name,)) and p.is_file())


class ClassFolders:
    """Reads the samples under ``base``; what could not be used is in ``problems``."""

    def __init__(self, base: Path, limits: Limits) -> None:
        self.base = base
        self.limits = limits
        self.problems: list[Problem] = []

    def read(self) -> list[Sample]:
        """One sample per medium; its label is the class folder, its text a same-named .txt."""
        found = list(self._class_files())
        media = [entry for entry in found if entry[0].suffix.lower() != ".txt"]
        texts = {p: (p, label, split) for p, label, split in found if p.suffix.lower() == ".txt"}
        # texts alone are a dataset of texts; beside media a text without its medium is a leftover
        if not media:
            return self._numbered(self._text_samples(list(texts.values())))
        samples = list(self._media_samples(media, texts))
        for path in texts:
            sentence = f"{called(path)} has no picture or video of the same name."
            self._skip(path, Note("text_alone", sentence, {"name": called(path)}))
        return self._numbered(samples)

    def _class_files(self) -> Iterator[tuple[Path, str, str]]:
        """(file, label, split) of everything inside class folders."""
        for path in files(self.base):
            self._stray(path)
        top = subfolders(self.base)
        if top and all(folder.name.lower() in SPLIT_WORDS for folder in top):
            for folder in top:
                for path in files(folder):
                    self._stray(path)
                for label in subfolders(folder):
                    yield from self._inside(label, called(label), SPLIT_WORDS[folder.name.lower()])
            return
        for label in top:
            yield from self._inside(label, called(label), "")

    def _inside(self, folder: Path, label: str, split: str) -> Iterator[tuple[Path, str, str]]:
        for path in files(folder):
            yield path, label, split
        for inner in subfolders(folder):
            if not inner.is_symlink():  # a link to a folder above would never end
                yield from self._inside(inner, label, split)

    def _media_samples(
        self, media: list[tuple[Path, str, str]], texts: dict[Path, tuple[Path, str, str]]
    ) -> Iterator[Sample]:
        """Samples of the usable media; texts that were used are taken out of ``texts``."""
        by_stem = {path.with_suffix(""): path for path in texts}
        for path, label, split in media:
            beside = by_stem.get(path.with_suffix(""))
            if beside is not None:
                texts.pop(beside, None)
            name = path.relative_to(self.base).as_posix()
            try:
                kind = kind_of(path, shown(name))
            except MediaProblem as problem:
                self._skip(path, problem.note)
                continue
            text = self._text(beside) if beside is not None else ""
            medium = {kind: path, f"{kind}_name": name}
            yield Sample(0, text=text, labels=(label,), split=split, **medium)

    def _text_samples(self, texts: list[tuple[Path, str, str]]) -> Iterator[Sample]:
        for path, label, split in texts:
            text = self._text(path)
            if text:
                yield Sample(0, text=text, labels=(label,), split=split)
            else:
                sentence = f"{called(path)} is empty."
                self._skip(path, Note("text_empty", sentence, {"name": called(path)}))

    def _text(self, path: Path) -> str:
        """Content of a text file; cut after a few times the limit before it is decoded."""
        where = shown(path.relative_to(self.base).as_posix())
        try:
            with path.open("rb") as file:
                raw = file.read(8 * self.limits.text_characters)
        except OSError:
            sentence = f"{called(path)} cannot be read."
            self._skip(path, Note("text_unreadable", sentence, {"name": called(path)}))
            return ""
        decoded = decode(raw)
        if decoded.guess:
            self.problems.append(Problem.of(where, decoded.guess, "fixed"))
        text, cut = cut_text(decoded.text.strip(), self.limits)
        if cut:
            self.problems.append(Problem.of(where, cut, "fixed"))
        return text

    def _stray(self, path: Path) -> None:
        """List media and tables beside the class folders; other files there (a README, a config)
        are no one's loss."""
        other = other_table(path)
        if other and path.suffix.lower() != ".json":
            sentence = f"{called(path)} is {other}, which is not read. Save it as data.csv."
            self._skip(path, Note("table_other", sentence, {"name": called(path)}))
            return
        try:
            kind_of(path, called(path))
        except MediaProblem:
            return
        sentence = f"{called(path)} lies outside the class folders, so it has no label."
        self._skip(path, Note("outside_classes", sentence, {"name": called(path)}))

    def _skip(self, path: Path, note: Note) -> None:
        where = shown(path.relative_to(self.base).as_posix())
        self.problems.append(Problem.of(where, note, "skipped"))

    def _numbered(self, samples: Iterator[Sample] | list[Sample]) -> list[Sample]:
        return [replace(sample, row=number) for number, sample in enumerate(samples, 1)]
