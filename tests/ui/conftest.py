"""The page over the fake service, launched once for all tests of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mmdemo.config import Settings
from tests.ui.fake import FakeEmotionService
from tests.ui.fake_finetune import FakeFinetuneService
from tests.ui.fake_retrieval import FakeRetrievalService


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose files lie in a folder of the test run."""
    return Settings(port=0, data_root=tmp_path_factory.mktemp("page") / "data")


def fake_services(settings: Settings, emotion: FakeEmotionService, retrieval=None, finetune=None):
    """Every tab over made-up answers or the services given, with real workspaces."""
    from mmdemo.data.workspaces import Workspaces
    from mmdemo.models.core import Core
    from mmdemo.services.model_shelf import ModelShelf
    from mmdemo.services.weights import Weights
    from mmdemo.ui.page import Services

    places = Workspaces(
        settings.data_root / "workspaces", settings.workspace_bytes, settings.free_bytes
    )
    return Services(
        settings,
        emotion=emotion,
        retrieval=retrieval or FakeRetrievalService(settings),
        finetune=finetune or FakeFinetuneService(settings),
        workspaces=places,
        shelf=ModelShelf(settings, Core.of(settings)),
        weights=Weights(),
    )


@pytest.fixture
def service(settings: Settings) -> FakeEmotionService:
    """A fake service of its own."""
    service = FakeEmotionService(settings)
    service.second_s = 0.02
    return service


@pytest.fixture(scope="session")
def page_service(settings: Settings) -> FakeEmotionService:
    """The fake service behind the launched page."""
    service = FakeEmotionService(settings)
    service.second_s = 0.1
    return service


@pytest.fixture(scope="session")
def page_retrieval(settings: Settings):
    """The retrieval behind the launched page."""
    return FakeRetrievalService(settings)


@pytest.fixture(scope="session")
def page_finetune(settings: Settings):
    """The fine-tuning behind the launched page."""
    return FakeFinetuneService(settings)


@pytest.fixture(scope="session")
def page_url(
    settings: Settings, page_service: FakeEmotionService, page_retrieval, page_finetune
) -> Iterator[str]:
    """Address of the launched page."""
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    from mmdemo.ui.app import build_app
    from mmdemo.ui.launch import prepare_folder, serve

    prepare_folder(settings)
    services = fake_services(settings, page_service, page_retrieval, page_finetune)
    page = build_app(services).queue(max_size=32, api_open=False)
    yield serve(page, settings, server_port=None)
    page.close(verbose=False)


@pytest.fixture
def face_file(tmp_path: Path) -> Path:
    """A picture in which the fake service finds one face."""
    path = tmp_path / "face.png"
    Image.new("RGB", (120, 120), "peru").save(path)
    return path
