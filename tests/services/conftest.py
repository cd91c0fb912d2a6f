"""What the tests of fine-tuning share: workspaces on the spot, a service without a model."""

from __future__ import annotations

import pytest

from mmdemo.config import MB, Settings
from mmdemo.data.workspaces import Workspaces


@pytest.fixture
def places(tmp_path):
    return Workspaces(tmp_path / "data" / "workspaces", 256 * MB, 0)


@pytest.fixture
def workspace(places):
    return places.open(None)


@pytest.fixture
def teaching(tmp_path):
    """A fine-tuning service. No core: gathering and the queue need no model."""
    from mmdemo.services.finetune.service import FinetuneService

    service = FinetuneService(Settings(data_root=tmp_path / "data", free_bytes=0), core=object())
    yield service
    service.close()
