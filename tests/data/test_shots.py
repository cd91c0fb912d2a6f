"""Which sampled frames are kept, and where one shot ends."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from mmdemo.data.shots import LONG_S, kept_frames

SIZE = (160, 90)


def scene(seed: int) -> Image.Image:
    """Large coloured fields, another arrangement for every seed."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 255, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize(SIZE, Image.Resampling.NEAREST)


def with_person(picture: Image.Image, left: int) -> Image.Image:
    """The same picture with somebody in it."""
    picture = picture.copy()
    ImageDraw.Draw(picture).ellipse((left, 20, left + 25, 80), fill="black")
    return picture


def noisy(picture: Image.Image, seed: int) -> Image.Image:
    """The same picture as a bad camera sees it."""
    noise = np.random.default_rng(seed).normal(0, 12, (SIZE[1], SIZE[0], 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def kept(pictures, every_s: float = 1.0, duration_s: float | None = None):
    sampled = ((n * every_s, picture) for n, picture in enumerate(pictures))
    return [
        (k.time_s, k.end_s, k.shot)
        for k in kept_frames(sampled, every_s, duration_s or len(pictures) * every_s)
    ]


def test_a_picture_that_stands_still_is_kept_once_noise_and_all():
    still = scene(0)
    assert kept([noisy(still, n) for n in range(5)]) == [(0, 5, 0)]


def test_cuts_begin_shots():
    pictures = [scene(0)] * 2 + [scene(1)] * 3 + [scene(0)]
    assert kept(pictures) == [(0, 2, 0), (2, 5, 1), (5, 6, 2)]


def test_movement_within_a_shot_is_kept_but_no_cut():
    pictures = [with_person(scene(3), left) for left in (0, 0, 40, 80)]
    assert kept(pictures) == [(0, 2, 0), (2, 3, 0), (3, 4, 0)]


def test_a_slow_change_is_noticed():
    start = np.asarray(scene(4)).astype(float)
    fading = [Image.fromarray((start * (1 - n / 200)).astype(np.uint8)) for n in range(20)]
    times = [time_s for time_s, _, _ in kept(fading)]
    assert 2 <= len(times) < 20, "each step is too small to be seen, their sum is not"
    assert {shot for _, _, shot in kept(fading)} == {0}


def test_a_walk_without_a_cut_is_more_than_one_shot():
    """A camera that is carried along: each second is much like the one before, a minute is not."""
    street = Image.new("RGB", (60 * 12 + SIZE[0], SIZE[1]))
    for at in range(0, street.width, SIZE[0]):
        street.paste(scene(at), (at, 0))
    walk = [street.crop((12 * n, 0, 12 * n + SIZE[0], SIZE[1])) for n in range(60)]
    shots = [shot for _, _, shot in kept(walk)]
    assert shots[: int(LONG_S)] == [0] * int(LONG_S) and shots[-1] >= 1
    there_and_back = [with_person(scene(3), 20 + n % 7) for n in range(60)]
    assert {shot for _, _, shot in kept(there_and_back)} == {0}, "a talk is one shot, however long"


def test_what_moves_after_a_long_stillness_is_a_shot_of_its_own():
    empty, visit = [scene(5)] * 30, [with_person(scene(5), left) for left in (0, 30, 60)]
    looked = kept(empty + visit + empty + visit)
    assert [shot for time_s, _, shot in looked if 30 <= time_s < 33] == [1] * 3
    assert [shot for time_s, _, shot in looked if time_s >= 63] == [2] * 3


def test_the_last_frame_ends_with_the_video():
    assert kept([scene(0), scene(1)], every_s=2.0, duration_s=3.1) == [(0, 2, 0), (2, 3.1, 1)]
    assert kept([scene(0)], duration_s=0.4) == [(0, 0.4, 0)]
    assert kept([]) == []
