"""Small products without a second thread being woken for each of them."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import torch


@cache
def _torch_library() -> ctypes.CDLL | None:
    """What torch computes with, for two switches that torch does not pass on: both are for the
    calling thread alone, where ``torch.set_num_threads`` ends and starts threads of all. None where
    torch was built with other libraries than OpenMP and MKL."""
    try:
        library = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
        _ = library.MKL_Set_Num_Threads_Local, library.omp_set_num_threads
        return library
    except (OSError, AttributeError):
        return None


@contextlib.contextmanager
def one_thread(small: bool = True) -> Iterator[None]:
    """In here, if ``small``, the calling thread shares no work with others: for a sentence, waking
    them took longer than the work they took over. Not to be nested."""
    library = _torch_library() if small else None
    if library is None:
        yield
        return
    threads = torch.get_num_threads()  # its first call in a thread would undo what is set here
    library.MKL_Set_Num_Threads_Local(1)  # matrix products
    library.omp_set_num_threads(1)  # everything else: norms and activations
    try:
        yield
    finally:
        library.MKL_Set_Num_Threads_Local(0)  # as many as for all
        library.omp_set_num_threads(threads)
