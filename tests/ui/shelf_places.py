"""Fixtures of the Retrieval tab: a workspace, files to upload, a library, a search."""

import time
from pathlib import Path

import pytest
from PIL import Image

from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.ui.retrieval_handlers import (
    SearchHandlers,
    ShelfHandlers,
    library_of,
)
from mmdemo.ui.retrieval_views import Ask, Found, Shelf
from tests.ui.fake_retrieval import FakeRetrievalService


@pytest.fixture
def service(settings) -> FakeRetrievalService:
    service = FakeRetrievalService(settings)
    service.item_s = 0.01
    return service


@pytest.fixture
def workspace(tmp_path, settings) -> Workspace:
    return Workspaces(tmp_path / "workspaces", 2**20, 0).open(None)


@pytest.fixture
def library(workspace) -> Path:
    return library_of(workspace)


@pytest.fixture
def uploads(tmp_path) -> list[Path]:
    folder = tmp_path / "uploads"
    folder.mkdir()
    names = ("dog_snow.mp4", "cat & <b>sofa.mp4", "tiny.mp4", "kitchen.png")
    for number, name in enumerate(names):
        (folder / name).write_bytes(bytes([number]) * 100)
    Image.new("RGB", (900, 600), "teal").save(folder / "kitchen.png")
    return [folder / name for name in names]


@pytest.fixture
def shelf(service, workspace, uploads) -> Shelf:
    """A library with two videos and a picture."""
    do = ShelfHandlers(service)
    do.add(Shelf(), workspace, uploads)
    time.sleep(0.1)
    return do.look(Shelf(), library_of(workspace))


@pytest.fixture
def found(service, shelf, library, tmp_path) -> Found:
    *_, found = SearchHandlers(service, tmp_path).search(Found(), library, Ask("a dog"))
    return found
