"""Drawn faces for the emotion template; an unreadable one has no expression."""

from __future__ import annotations

from .sketch import Sketch, vary

INK = (45, 35, 35)
RED = (150, 30, 40)
WHITE = (250, 250, 250)


def _head(s: Sketch) -> None:
    s.image.paste(vary(s.rng, (190, 205, 215), 40), (0, 0, *s.image.size))
    skin = vary(s.rng, s.rng.choice([(245, 208, 175), (200, 150, 110), (130, 90, 65)]), 10)
    hair = s.rng.choice([(40, 30, 25), (110, 70, 35), (200, 165, 90), (120, 120, 125)])
    s.oval(20, 8, 80, 70, fill=hair)
    s.oval(24, 16, 76, 92, fill=skin)
    s.line(50, 50, 47, 60, 52, 61, fill=INK, width=1.2)


def _eyes(s: Sketch, high: float = 5) -> None:
    for x in (38, 62):
        s.oval(x - 6, 44 - high, x + 6, 44 + high, fill=WHITE)
        s.oval(x - 3, 41, x + 3, 47, fill=INK)


def _brows(s: Sketch, inner: float, outer: float) -> None:
    """Heights of the brows near the nose and far from it."""
    s.line(30, outer, 45, inner, fill=INK, width=2.6)
    s.line(70, outer, 55, inner, fill=INK, width=2.6)


def joy(s: Sketch) -> None:
    """A broad smile."""
    _head(s)
    _eyes(s, 4)
    _brows(s, 33, 33)
    s.shape(33, 67, 67, 67, 60, 79, 50, 83, 40, 79, fill=RED)
    s.box(36, 67, 64, 71, fill=WHITE)
    for x in (32, 68):
        s.oval(x - 5, 58, x + 5, 65, fill=(235, 140, 130))


def sadness(s: Sketch) -> None:
    """Corners of the mouth down, a tear."""
    _head(s)
    _eyes(s, 4)
    _brows(s, 30, 36)
    s.arc(37, 71, 63, 90, span=(200, 340), fill=RED, width=3)
    s.oval(32, 50, 37, 66, fill=(90, 160, 230))


def anger(s: Sketch) -> None:
    """Brows drawn together, teeth shown."""
    _head(s)
    s.oval(26, 18, 74, 40, fill=(215, 90, 75))
    _eyes(s, 4)
    _brows(s, 40, 30)
    s.box(36, 70, 64, 80, fill=WHITE, round_by=2)
    for x in (41, 46, 51, 56):
        s.line(x, 70, x, 80, fill=INK, width=1)
    s.line(36, 75, 64, 75, fill=INK, width=1)


def surprise(s: Sketch) -> None:
    """Wide eyes, round mouth."""
    _head(s)
    _eyes(s, 9)
    _brows(s, 24, 25)
    s.oval(42, 66, 58, 86, fill=(95, 25, 35))


def unreadable(s: Sketch) -> None:
    """No expression at all."""
    _head(s)
    _eyes(s)
    _brows(s, 34, 34)
    s.line(40, 75, 60, 75, fill=RED, width=2.5)


SCENES = {"joy": joy, "sadness": sadness, "anger": anger, "surprise": surprise, "?": unreadable}
