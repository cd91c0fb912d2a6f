"""The corpus of odd media, made once per session; and how many inputs fuzzing tries."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from mmdemo.config import Settings
from tests.models.tiny import tiny_checkpoint
from tests.robust.odd_media import Odd, build
from tests.robust.watched import Watch

# `make nightly` sets this; chosen here because test modules read it when they are imported
PROFILE = os.environ.get("MMDEMO_FUZZ", "short")
_SLOW_STARTS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much,
                HealthCheck.function_scoped_fixture)  # fmt: skip
settings.register_profile(
    "short", settings.get_profile("same"), max_examples=8,
    suppress_health_check=_SLOW_STARTS,
)  # fmt: skip
settings.register_profile(
    "nightly", settings.get_profile("anew"), max_examples=1000,
    suppress_health_check=_SLOW_STARTS,
)  # fmt: skip
settings.load_profile(PROFILE)


@pytest.fixture(scope="session")
def watch(tmp_path_factory):
    made = Watch(tmp_path_factory.mktemp("outside") / "canary.txt")
    yield made
    made.close()


@pytest.fixture(scope="session")
def corpus(tmp_path_factory, watch) -> tuple[Odd, ...]:
    """All files; they lie in the class folder "odd" of a dataset."""
    root = tmp_path_factory.mktemp("corpus") / "dataset"
    made = build(root / "odd", watch.canary, watch.address)
    (root / "even").mkdir()
    (root / "even" / "plain.png").write_bytes((root / "odd" / "plain.PNG").read_bytes())
    watch.touched()
    return made


@pytest.fixture
def untouched(watch):
    """Fails the test in which the file outside was opened or the network was asked."""
    yield watch
    assert watch.touched() == []


@pytest.fixture(scope="session")
def tiny_settings(tmp_path_factory) -> Settings:
    """Settings with a tiny random emotion model."""
    home = tmp_path_factory.mktemp("tiny-home")
    tiny_checkpoint(home / "checkpoints")
    return Settings(checkpoints=home / "checkpoints", data_root=home / "data", free_bytes=0)


@pytest.fixture(scope="session")
def media_bytes(corpus) -> dict[str, list[bytes]]:
    """Small whole files of each kind, for tests that damage them."""
    found: dict[str, list[bytes]] = {"picture": [], "video": []}
    for odd in corpus:
        if odd.kind in found and odd.plain and odd.path.stat().st_size < 20_000:
            found[odd.kind].append(odd.path.read_bytes())
    return found
