"""From numbers to what is drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmdemo.render import (
    EMOTION_COLORS,
    clock,
    confidence_word,
    emotion_color,
    fit_heat,
    heat_colors,
    hide_region,
    overlay_heatmap,
    word_spans,
)
from mmdemo.types import WordWeight


def test_the_seven_colours_are_those_of_okabe_and_ito():
    assert EMOTION_COLORS["joy"] == "#E69F00"
    assert len(set(EMOTION_COLORS.values())) == 7
    assert emotion_color("a label of my own") not in EMOTION_COLORS.values()


@pytest.mark.parametrize(
    ("probability", "word"),
    [(1.0, "sure"), (0.8, "sure"), (0.799, "fairly_sure"), (0.5, "fairly_sure"), (0.499, "unsure")],
)
def test_confidence_in_words(probability, word):
    assert confidence_word(probability) == word


def test_heat_rises_in_lightness_so_that_it_reads_in_grey_too():
    colors = heat_colors(np.linspace(0, 1, 30)[None])[0].astype(float)
    lightness = colors @ [0.299, 0.587, 0.114]
    assert (np.diff(lightness) > 0).all()


def test_overlay_has_the_size_of_the_picture_and_leaves_cold_parts_grey():
    picture = Image.new("RGB", (40, 24), (200, 40, 40))
    heat = np.zeros((24, 40), np.float32)
    heat[:, 30:] = 1
    drawn = np.asarray(overlay_heatmap(picture, heat))
    assert drawn.shape == (24, 40, 3)
    assert len(set(drawn[5, 5].tolist())) == 1  # grey
    assert len(set(drawn[5, 35].tolist())) == 3  # coloured


def test_overlay_refuses_a_heat_map_of_another_size():
    with pytest.raises(ValueError, match="does not fit"):
        overlay_heatmap(Image.new("RGB", (40, 24)), np.zeros((40, 24), np.float32))


def test_heat_is_fitted_to_width_and_height():
    heat = np.zeros((7, 7), np.float32)
    heat[6, 0] = 1  # lower left
    fitted = fit_heat(heat, (70, 50))
    assert fitted.shape == (50, 70)
    assert fitted[-1, 0] > 0.8 and fitted[0, -1] < 0.1
    assert fitted.min() >= 0 and fitted.max() <= 1


def test_a_hidden_region_changes_only_that_region():
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 255, (50, 50, 3), dtype=np.uint8))
    before, after = np.asarray(picture), np.asarray(hide_region(picture, (-5, 20, 30, 40)))
    changed = (before != after).any(axis=2)
    assert changed[20:40, :30].mean() > 0.9
    changed[20:40, :30] = False
    assert not changed.any()
    assert hide_region(picture, (50, 20, 60, 40)) is picture, "nothing of it lies inside"


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(-3, 45), st.integers(-3, 45)), max_size=8),
)
def test_pieces_of_any_spans_join_to_the_text_again(text, spans):
    words = [WordWeight(max(a, 0), b, 0.5) for a, b in spans]
    pieces = word_spans(text, words)
    assert "".join(piece for piece, _, _ in pieces) == text
    numbers = [number for _, number, _ in pieces if number is not None]
    assert len(numbers) == len(set(numbers))


def test_pieces_keep_the_number_of_their_word():
    words = [WordWeight(4, 7, 0.5), WordWeight(0, 1, -1.0)]
    pieces = word_spans("I am sad.", words)
    assert [(p, n) for p, n, _ in pieces] == [("I", 1), (" am", None), (" sa", 0), ("d.", None)]


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (75.9, "01:15"), (3725, "1:02:05")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown
