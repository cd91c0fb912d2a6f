"""The command line with a tiny random model as its bundled one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mmdemo.services.emotion import service
from tests.cli.setup import CommandLine
from tests.models.tiny import tiny_checkpoint, write_tiny_matcher


@pytest.fixture(scope="session")
def tiny_checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoints folder whose face check takes every square picture for a face crop."""
    folder = tmp_path_factory.mktemp("models") / "checkpoints"
    tiny_checkpoint(folder, face_check=-1000.0)
    write_tiny_matcher(folder / "matcher-compact")
    return folder


# The real detector, but built once for all tests: each command of a user builds its own,
# which takes half a second.
_finder = cache(service.FaceFinder)


@pytest.fixture
def cli(tiny_checkpoints: Path, tmp_path: Path, monkeypatch, capsys) -> CommandLine:
    """Run commands in this process; files land in tmp_path."""
    monkeypatch.setenv("MMDEMO_CHECKPOINTS", str(tiny_checkpoints))
    monkeypatch.setenv("MMDEMO_DATA_ROOT", str(tmp_path / "data-root"))
    monkeypatch.setattr(service, "FaceFinder", _finder)
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys)
