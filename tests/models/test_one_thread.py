"""The switches for small products: thrown for a while, in one thread alone."""

import threading

import pytest
import torch

from mmdemo.models import one_thread as module
from mmdemo.models.one_thread import one_thread


@pytest.fixture
def now():
    """How many threads a product of the calling thread may use, and everything else."""
    library = module._torch_library()
    if library is None:
        pytest.skip("this torch has no MKL")
    switch = library.MKL_Set_Num_Threads_Local

    def read() -> tuple[int, int]:
        found = switch(0)
        switch(found)
        return found, torch.get_num_threads()

    torch.set_num_threads(2)
    yield read
    switch(0)


def test_it_holds_inside_and_is_taken_back_after_an_error(now):
    with pytest.raises(ValueError), one_thread():
        assert now() == (1, 1)
        raise ValueError
    assert 1 not in now()
    with one_thread(small=False):
        assert 1 not in now()


def test_other_threads_keep_theirs(now):
    seen = []
    with one_thread():
        other = threading.Thread(target=lambda: seen.append(now()))
        other.start()
        other.join()
    assert seen and 1 not in seen[0]


def test_without_mkl_nothing_happens(now, monkeypatch):
    before = now()
    monkeypatch.setattr(module, "_torch_library", lambda: None)
    with one_thread():
        assert now() == before
