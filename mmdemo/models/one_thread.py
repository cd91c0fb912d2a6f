"""Small matrix products without a second thread being woken for each of them."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import torch


@cache
def _set_threads() -> Callable[[int], int] | None:
    """MKL's own switch for the calling thread alone (``mkl_set_num_threads_local``; with 0 it goes
    by the number for all again). ``torch.set_num_threads`` would end and start threads, for every
    thread. None where torch was built with another library."""
    try:
        library = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
        return library.MKL_Set_Num_Threads_Local
    except (OSError, AttributeError):
        return None


@contextlib.contextmanager
def one_thread(small: bool = True) -> Iterator[None]:
    """In here, if ``small``, the calling thread shares no matrix product with others: for a
    sentence, waking them took longer than the work they took over. Not to be nested."""
    set_threads = _set_threads() if small else None
    if set_threads is None:
        yield
        return
    set_threads(1)
    try:
        yield
    finally:
        set_threads(0)
