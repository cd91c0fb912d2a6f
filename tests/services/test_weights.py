"""Weights fetched in the background, and what a page may name as a preset."""

import time

import pytest

from mmdemo.models import hub
from mmdemo.models.hub_fetch import HubError
from mmdemo.services.finetune.options import check_options
from mmdemo.services.finetune.types import OptionError, TrainOptions
from mmdemo.services.weights import ABSENT, FAILED, FETCHING, HERE, STOPPED, Weights
from tests.models.fake_hub import serve_repository
from tests.models.tiny import tiny_text_folder

REPO = "some-owner/some-model"


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # as app.py does: it holds for this process alone
    # more than two of the parts of 10 MB in which the client writes: what a stop keeps
    with serve_repository(REPO, tmp_path, monkeypatch, size=24_000_000) as found:
        yield found


def wait_for(weights: Weights, *states: str):
    for _ in range(600):
        if weights.view(REPO).state in states:
            return weights.view(REPO)
        time.sleep(0.05)
    raise AssertionError(f"{weights.view(REPO)} after half a minute")


def test_a_model_is_fetched_stopped_and_fetched_to_its_end(served):
    served.break_after["model.safetensors"] = 21_000_000  # and there the line hangs
    served.hang = True
    weights = Weights()
    assert weights.view(REPO).state == ABSENT
    weights.start(REPO)
    for _ in range(600):
        if weights.view(REPO).fraction > 0.4:
            break
        time.sleep(0.05)
    assert weights.view(REPO).megabytes == 24
    weights.stop(REPO)
    assert "goes on from here" in wait_for(weights, STOPPED).said
    served.hang = False
    assert weights.start(REPO).state in (FETCHING, HERE)
    done = wait_for(weights, HERE)
    assert done.fraction == 1 and done.disk_bytes > 24_000_000 and hub.is_here(REPO)
    assert any(range_ and path.endswith("model.safetensors") for _, path, range_ in served.requests)
    assert {view.state for view in weights.views()} == {ABSENT}  # bert, vgg, clip


def test_without_a_network_the_page_learns_why(served):
    served.close()
    weights = Weights()
    weights.start(REPO)
    failed = wait_for(weights, FAILED)
    assert "cannot be reached" in failed.said and failed.error.code == "hub_unreachable"
    assert failed.error.values == {"repo": REPO}


def test_a_host_can_forbid_fetching(served):
    with pytest.raises(HubError, match="turned off here"):
        Weights(allowed=False).start(REPO)
    assert not served.requests


def test_a_page_may_name_hub_models_but_no_folder_of_this_machine(served, tmp_path):
    folder = str(tiny_text_folder(tmp_path / "tiny"))
    assert check_options(TrainOptions(preset=folder), folders=True).preset == folder
    for options in (TrainOptions(preset=folder),
                    TrainOptions(preset="classic", text_encoder=folder)):  # fmt: skip
        with pytest.raises(OptionError, match="There is no preset"):
            check_options(options)
    with pytest.raises(OptionError, match="fetch once: python -m mmdemo fetch some/other"):
        check_options(TrainOptions(preset="some/other"))
