"""The line before the model: in order, with a number, and nobody is forgotten in it."""

import threading

import pytest

from mmdemo.ui import turns
from mmdemo.ui.answer import answer_card
from mmdemo.ui.turns import Turns
from mmdemo.ui.views import PictureView


@pytest.fixture
def line(monkeypatch) -> Turns:
    monkeypatch.setattr(turns, "TELL_S", 0.01)
    return Turns()


def test_who_is_alone_is_told_nothing(line):
    with line.turn() as places:
        assert list(places) == []


def test_those_who_wait_are_told_their_place_and_go_in_order(line):
    with line.turn() as first, line.turn() as second:
        assert list(first) == [] and next(second) == 1
        with line.turn() as third:
            assert next(third) == 2


def test_the_next_one_goes_on_when_the_first_is_done(line):
    done = []
    with line.turn() as first:
        list(first)

        def wait():
            with line.turn() as places:
                done.append(list(places))

        thread = threading.Thread(target=wait)
        thread.start()
        while not line._line[1:]:
            thread.join(0.01)
        thread.join(0.1)
        assert not done, "it waits as long as another one is at work"
    thread.join(5)
    assert done == [[1]] and not line._line


def test_who_leaves_or_fails_holds_nobody_up(line):
    def visitor():
        with line.turn() as places:
            yield from places
            raise RuntimeError("a bug")

    with line.turn() as first:
        list(first)
        waiting = visitor()
        next(waiting)
        waiting.close()  # what Gradio does when the tab is closed
        assert len(line._line) == 1
    with pytest.raises(RuntimeError):
        list(visitor())
    assert not line._line


def test_the_place_is_said_in_both_languages():
    view = PictureView(working="out.turn", place=3)
    assert "you are number 3" in answer_card(view, "en")
    assert "第 3 位" in answer_card(view, "zh")
