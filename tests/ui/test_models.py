"""The fold about models: what is told of each, fetching, measuring, and cards from strangers."""

import time
from dataclasses import replace

import pytest

from mmdemo.config import Settings
from mmdemo.errors import MmdemoError
from mmdemo.models.core import Core
from mmdemo.services.model_shelf import MEASURED, ModelShelf, Speed, read_card
from mmdemo.services.weights import FAILED, FETCHING, Weights, WeightsView
from mmdemo.ui.card_text import card_html, figures_html
from mmdemo.ui.models_cards import ModelsView, fetch_card, here_card
from mmdemo.ui.models_fold import ModelsHandlers
from tests.models.tiny import tiny_checkpoint, write_tiny_matcher


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    root = tmp_path_factory.mktemp("shelf")
    tiny_checkpoint(root / "checkpoints")
    own = write_tiny_matcher(root / "workspace" / "models" / "mine")
    (own / "README.md").write_text("# mine\n\n| recall | R@1 |\n|---|---|\n| <b>there</b> | 31 |\n")
    settings = Settings(checkpoints=root / "checkpoints", data_root=root / "data")
    return ModelShelf(settings, Core.of(settings)), root / "workspace" / "models"


def test_own_models_are_told_to_their_workspace_alone(shelf, tmp_path):
    models, own = shelf
    assert [e.title for e in models.entries()] == ["Tiny"]
    built_in, mine = models.entries(own)
    assert (built_in.own, mine.own, mine.kind) == (False, True, "matcher")
    assert [e.own for e in models.entries(tmp_path)] == [False]
    models.measure(mine.name, tmp_path)  # another's path measures nothing
    assert not models.busy()


def test_a_model_is_measured_when_asked_and_told_with_its_unit(shelf):
    models, own = shelf
    do = ModelsHandlers(models, Weights(allowed=False))
    view = do.measure(ModelsView(), own, "emotion-compact")
    until = time.monotonic() + 60
    while view.busy and time.monotonic() < until:
        time.sleep(0.05)
        view = do.look(view, own)
    speed = view.models[0].speed
    assert speed.state == MEASURED and min(speed.text_ms, speed.picture_ms, speed.both_ms) > 0
    shown = replace(view.models[0], speed=Speed(MEASURED, 3.14, 41.6, 1234.5))
    told = here_card(replace(view, models=(shown,)), "en")
    assert "a sentence 3.1 ms, a face 42 ms, both 1,234 ms" in told
    assert "一句话 3.1 毫秒" in here_card(replace(view, models=(shown,)), "zh")


def test_what_fetching_would_bring_is_on_the_button(shelf):
    models, own = shelf
    view = ModelsHandlers(models, Weights()).look(ModelsView(), own)
    drawn = fetch_card(view, "en")
    assert "Fetch 989 MB from huggingface.co" in drawn and "BSD-3-Clause" in drawn
    assert "从 huggingface.co 下载 605 MB" in fetch_card(view, "zh")
    off = fetch_card(replace(view, allowed=False), "en")
    assert "turned off on this host" in off and "<button" not in off


def test_a_host_that_forbids_fetching_says_so(shelf):
    models, own = shelf
    view = ModelsHandlers(models, Weights(allowed=False)).fetch(ModelsView(), own, "clip")
    assert view.error.code == "hub_forbidden" and not view.busy


def test_how_far_fetching_is_and_why_it_failed():
    one = WeightsView("clip", "laion/clip", "CLIP", "MIT", 605, FETCHING, 0.25)
    view = ModelsView(weights=(("clip", (one,)),), host="huggingface.co")
    assert view.busy and "151 of 605 MB" in fetch_card(view, "en")
    error = MmdemoError("<x> cannot be reached", code="hub_unreachable", repo="laion/clip")
    failed = replace(one, state=FAILED, said=str(error), error=error)
    view = replace(view, weights=(("clip", (failed,)),))
    assert "&lt;x&gt; cannot be reached" in fetch_card(view, "en")
    assert "无法下载“laion/clip”" in fetch_card(view, "zh")
    assert not view.busy and "Go on fetching 605 MB" in fetch_card(view, "en")


def test_a_card_from_a_stranger_stays_text():
    card = (
        "# t\n\n<script>x</script> **bold** `{{x}}` [a](http://b) ![i](http://c)\n\n- one\n  two\n"
    )
    shown = card_html(card)
    assert "<script" not in shown and "<a" not in shown and "<img" not in shown
    assert "<b>bold</b>" in shown and "<code>&#123;&#123;x&#125;&#125;</code>" in shown
    assert "<li>one two</li>" in shown
    assert "&lt;b&gt;" in figures_html("| <b> | n |\n|---|---|\n| a | 3 |")
    assert figures_html("no table") == ""


def test_front_matter_is_read_and_not_shown(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage: en\ntags:\n---\n# Name\nText")
    assert read_card(tmp_path / "README.md") == (
        {"license": "mit", "language": "en"},
        "# Name\nText",
    )
    (tmp_path / "README.md").write_bytes(b"\xff\xfe\xfa")
    assert read_card(tmp_path / "README.md") == ({}, "")
