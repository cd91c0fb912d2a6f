"""Many visitors at once, in short: python -m bench.load is the whole test."""

import pytest

from bench.load import Outcome, percentile, report
from bench.load_clients import CrossedAnswer, Tally, WrongAnswer, timed
from bench.process_watch import MB, Held, Watch, growth, held
from bench.visitor import AskError


def outcome(tally: Tally, looks: list[Held] = ()) -> Outcome:
    watch = Watch(1)
    watch.looks = list(looks)
    tally.cycles = tally.cycles or 1
    return Outcome(4, 10.0, tally, watch)


def raises(error: Exception):
    def work():
        raise error

    return work


FAULTS = [
    (WrongAnswer("joy"), "wrong"),
    (CrossedAnswer("theirs"), "crossed"),
    (AskError(500, "x"), "error"),
    (ConnectionResetError("gone"), "error"),
]


@pytest.mark.parametrize(("error", "kind"), FAULTS)
def test_whatever_goes_wrong_breaks_a_rule(error, kind):
    tally = Tally()
    timed(tally, "search", raises(error), ends_s=0)
    found = outcome(tally).broken()
    assert len(found) == 1 and f"1 {kind}: search" in found[0]
    assert "BROKEN RULE" in report(outcome(tally))


def test_being_told_to_wait_is_no_failure(monkeypatch):
    answers = iter([AskError(503, "Queue is full. Max size is 32 and size is 32."), None])

    def work():
        if (answer := next(answers)) is not None:
            raise answer

    monkeypatch.setattr("bench.load_clients.BUSY_PAUSE_S", 0)
    tally = Tally()
    timed(tally, "search", work, ends_s=1e12)
    assert tally.busy == 1 and not outcome(tally).broken() and len(tally.times_s["search"]) == 1


def test_memory_that_grows_is_noticed_and_filling_caches_are_not():
    def looks(grown_mb):
        return [Held(n, int((500 + grown_mb(n)) * MB), 0, 50, cycles=n * 10) for n in range(40)]

    flat = looks(lambda n: min(n, 10) * 30)
    leak = looks(lambda n: n * 5)
    assert abs(growth(flat, "resident", 200)) < MB and not outcome(Tally(), flat).broken()
    assert growth(leak, "resident", 200) == pytest.approx(100 * MB)
    assert "memory grows by 100 MB" in outcome(Tally(), leak).broken()[0]


def test_a_short_run_does_not_judge_growth():
    few = [Held(n, n * 100 * MB, 0, 50, cycles=n) for n in range(20)]
    assert growth(few, "resident", 200) is None
    assert "too few rounds" in report(outcome(Tally(), few))


def test_a_page_that_hangs_while_training_is_noticed():
    tally = Tally(times_s={"page, while training": [0.1] * 90 + [9.0] * 10})
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert "page, while training: 9.0 s" in outcome(tally).broken()[0]


def test_this_process_holds_memory_and_files():
    import os

    now = held(os.getpid(), 3)
    assert now.resident > 10 * MB and now.tree >= now.resident and now.files > 2 and now.cycles == 3


@pytest.mark.slow
def test_four_visitors_and_one_who_trains():
    from bench.load import run

    found = run(4, 15.0)
    assert not found.broken(), report(found)
    assert found.tally.times_s["emotion"] and found.tally.times_s["search"], report(found)
