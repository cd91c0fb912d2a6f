"""Fixtures of the "Teach it" tab: a dataset gathered, a run trained."""

import time

import pytest

from mmdemo.data.workspaces import Workspaces
from mmdemo.services.finetune.types import TrainOptions
from mmdemo.ui.finetune_handlers import GatherHandlers, TrainHandlers
from mmdemo.ui.finetune_views import GatherView, TrainView
from tests.ui.fake_finetune import FakeFinetuneService


@pytest.fixture
def service(settings):
    return FakeFinetuneService(settings, round_s=0.001)


@pytest.fixture
def place(settings, tmp_path):
    return Workspaces(tmp_path / "spaces", settings.workspace_bytes, 0).open(None)


@pytest.fixture
def gathered(service, place, tmp_path):
    """(handlers, view) after a click on the emotion example."""
    do = GatherHandlers(service, tmp_path)
    *_, view = do.template(GatherView(), place, "emotion")
    return do, view


@pytest.fixture
def trained(service, place, gathered):
    """The view of step 2 after a finished run."""
    do = TrainHandlers(service)
    view = do.start(TrainView(), place, gathered[1].report.dataset_id, TrainOptions(name="mine"))
    return finish(do, view, place)


def finish(do, view, place) -> TrainView:
    until = time.monotonic() + 20
    while view.busy and time.monotonic() < until:
        time.sleep(0.01)
        view = do.look(view, place)
    return view
