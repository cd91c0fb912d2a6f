"""What every test gets: no network, fixed seeds, few threads, and no ERROR in the log."""

from __future__ import annotations

import os

# Before anything imports gradio, transformers or torch: they read these once, at import.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)  # as app.py does
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# side by side with other workers, one thread each is quicker than two that fight
os.environ.setdefault("OMP_NUM_THREADS", "1" if "PYTEST_XDIST_WORKER" in os.environ else "2")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the package does
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import gc
import logging
import random
import sys
from collections.abc import Iterator

import hypothesis
import numpy as np
import pytest

# a busy machine is no fault, and a run finds what the last one found; `make nightly` draws anew
hypothesis.settings.register_profile("same", deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("anew", deadline=None, print_blob=True)
hypothesis.settings.load_profile("anew" if "MMDEMO_FUZZ" in os.environ else "same")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker with which a test opts out of the log check."""
    config.addinivalue_line("markers", "logs_errors: the test provokes an ERROR in the log")


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: a worker that need not look through half a million
    objects of theirs for garbage ends seconds sooner."""
    if "PYTEST_XDIST_WORKER" in os.environ:  # else extension modules complain of it at the end
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """Same random numbers in every run; torch only where the test module already imported it."""
    random.seed(0)
    np.random.seed(0)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        torch.manual_seed(0)


class _Errors(logging.Handler):
    """Keeps the ERROR records that reach the root logger."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_error_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logged an ERROR; @pytest.mark.logs_errors opts out."""
    # an own handler, because caplog.clear() inside a test would hide what was logged before it
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if not request.node.get_closest_marker("logs_errors"):
        assert not handler.messages, f"the test logged errors: {handler.messages}"
