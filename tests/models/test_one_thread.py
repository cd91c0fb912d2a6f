"""The switch for small matrix products: thrown for a while, in one thread alone."""

import threading

import pytest
import torch

from mmdemo.models import one_thread as module
from mmdemo.models.one_thread import one_thread


@pytest.fixture
def now():
    """How many threads a product of the calling thread may use."""
    switch = module._set_threads()
    if switch is None:
        pytest.skip("this torch has no MKL")

    def read() -> int:
        found = switch(0)
        switch(found)
        return found

    torch.set_num_threads(2)
    yield read
    switch(0)


def test_it_holds_inside_and_is_taken_back_after_an_error(now):
    with pytest.raises(ValueError), one_thread():
        assert now() == 1
        raise ValueError
    assert now() != 1
    with one_thread(small=False):
        assert now() != 1


def test_other_threads_keep_theirs(now):
    seen = []
    with one_thread():
        other = threading.Thread(target=lambda: seen.append(now()))
        other.start()
        other.join()
    assert seen and seen[0] != 1


def test_without_mkl_nothing_happens(monkeypatch):
    monkeypatch.setattr(module, "_set_threads", lambda: None)
    with one_thread():
        pass
