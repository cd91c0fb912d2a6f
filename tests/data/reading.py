"""Short ways to read a dataset that a test has just written."""

from __future__ import annotations

import pytest

from mmdemo.config import Limits
from mmdemo.data.dataset import read_dataset
from mmdemo.errors import DatasetError
from tests import media

LIMITS = Limits()
PNG = media.picture_bytes()


def read(path, tmp_path, **more):
    return read_dataset(path, more.pop("limits", LIMITS), tmp_path / "work", **more)


def folder(tmp_path, entries, **more):
    """The dataset of a folder with these files."""
    return read(media.write_folder(tmp_path / "set", entries), tmp_path, **more)


def table(tmp_path, content, files=(), **more):
    """The dataset of a data.csv with these pictures beside it."""
    return folder(tmp_path, {"data.csv": content, **dict.fromkeys(files, PNG)}, **more)


def report(dataset):
    return [(p.where, p.what, p.outcome) for p in dataset.problems]


def refused(call, *arguments, **more):
    with pytest.raises(DatasetError) as caught:
        call(*arguments, **more)
    return str(caught.value)
