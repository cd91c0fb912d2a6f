"""A command line that runs inside the test process, on a tiny random model."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from mmdemo.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What one run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        """The one object on stdout; fails when there is anything else."""
        return json.loads(self.out)


class CommandLine:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str | Path) -> Outcome:
        """Exit code, stdout and stderr of one command."""
        self.capsys.readouterr()
        try:
            code = main([str(arg) for arg in argv])
        except SystemExit as end:  # argparse: wrong usage, --help
            code = end.code
        captured = self.capsys.readouterr()
        return Outcome(code, captured.out, captured.err)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV by column name."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, header: str, *rows: list[str]) -> Path:
    """A CSV of text cells, quoted where needed."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header.split(","))
        table.writerows(rows)
    return path
