"""Locks that a killed process cannot leave behind."""

from __future__ import annotations

import os
import signal
import threading
import time

from mmdemo.data.locks import AGAIN_S, WAIT_S, held, is_held, waited_for


def test_one_holder_at_a_time(tmp_path):
    path = tmp_path / "locks" / "a"
    with held(path) as mine:
        assert mine and is_held(path)
        with held(path) as other:
            assert not other
        assert is_held(path), "a failed try does not let it go"
    assert not is_held(path)


def test_waiting_ends_when_the_holder_does_or_when_told(tmp_path):
    path = tmp_path / "a"
    with held(path), waited_for(path, lambda: True) as mine:
        assert not mine
    got = []

    def wait() -> None:
        with waited_for(path) as mine:
            got.append(mine)

    waiting = threading.Thread(target=wait)
    with held(path):
        waiting.start()
        time.sleep(WAIT_S / 2)
        assert not got
    waiting.join(10)
    assert got == [True]


def test_many_threads_count_without_losing_one(tmp_path):
    path, counter = tmp_path / "a", tmp_path / "counter"
    counter.write_text("0")

    def add() -> None:
        for _ in range(20):
            while True:
                with held(path) as mine:
                    if mine:
                        counter.write_text(str(int(counter.read_text()) + 1))
                        break
                time.sleep(0)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counter.read_text() == "80"


def test_a_killed_holder_lets_go(tmp_path):
    path = tmp_path / "a"
    child = os.fork()
    if child == 0:  # pragma: no cover - the child
        with held(path):
            (tmp_path / "has it").touch()
            time.sleep(60)
        os._exit(0)
    while not (tmp_path / "has it").exists():
        time.sleep(0.01)
    assert is_held(path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not is_held(path)


def test_looks_at_a_free_lock_do_not_mislead_each_other(tmp_path):
    path, seen, taken = tmp_path / "a", [], threading.Event()
    path.touch()

    def one_look() -> None:  # as brief as another process's
        with held(path):
            taken.set()
            time.sleep(AGAIN_S / 5)

    for _ in range(20):
        taken.clear()
        other = threading.Thread(target=one_look)
        other.start()
        taken.wait(10)
        seen.append(is_held(path))
        other.join()
    assert not any(seen)
