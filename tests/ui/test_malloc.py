"""Threads share heaps where the system can be told so."""

import platform
import subprocess
import sys

import pytest

from mmdemo.config import ROOT
from mmdemo.ui import malloc

# twenty threads allocate at once; each heap of its own would be one more map of 64 MB
COUNT = """
import ctypes, threading
from mmdemo.ui.malloc import limit_arenas
if {few}:
    assert limit_arenas()
malloc = ctypes.CDLL(None).malloc
all_there = threading.Barrier(21)
def work():
    malloc(1000)
    all_there.wait()
    all_there.wait()
for _ in range(20):
    threading.Thread(target=work).start()
all_there.wait()
sizes = [line.split()[0].split("-") for line in open("/proc/self/maps")]
starts = {{int(a, 16) for a, _ in sizes if int(a, 16) % (1 << 26) == 0}}
all_there.wait()
print(len(starts))
"""


def heaps_of(few: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNT.format(few=few)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_threads_share_heaps():
    assert heaps_of(few=True) <= malloc.ARENAS < heaps_of(few=False)


def test_another_system_is_left_alone(monkeypatch):
    monkeypatch.setattr(malloc.ctypes, "CDLL", lambda name: object())
    assert malloc.limit_arenas() is False
