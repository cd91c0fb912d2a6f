"""A small drawing board: coordinates run 0..100, every scene has random numbers of its own."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

SIDE = 192  # pixels of the finished picture
FINE = 4 * SIDE  # drawn larger and shrunk, so that edges are smooth
Colour = tuple[int, int, int]
Scene = Callable[["Sketch"], None]


class Sketch:
    """One picture in the making; ``rng`` makes every picture of a scene a little different."""

    def __init__(self, rng: random.Random, ground: Colour) -> None:
        self.rng = rng
        self.image = Image.new("RGB", (FINE, FINE), ground)
        self._draw = ImageDraw.Draw(self.image)
        # where the whole scene stands and how large it is
        self.dx, self.dy = rng.uniform(-7, 7), rng.uniform(-6, 6)
        self.scale = rng.uniform(0.88, 1.1)

    def _at(self, points: tuple[float, ...], fixed: bool) -> list[float]:
        unit = FINE / 100
        if fixed:
            return [p * unit for p in points]
        shift = (self.dx, self.dy)
        return [((p - 50) * self.scale + 50 + shift[i % 2]) * unit for i, p in enumerate(points)]

    def box(self, *points: float, fill: Colour, round_by: float = 0, fixed: bool = False) -> None:
        """A rectangle: left, top, right, bottom."""
        self._draw.rounded_rectangle(self._at(points, fixed), round_by * FINE / 100, fill=fill)

    def oval(self, *points: float, fill: Colour) -> None:
        """An ellipse inside left, top, right, bottom."""
        self._draw.ellipse(self._at(points, False), fill=fill)

    def shape(self, *points: float, fill: Colour) -> None:
        """A polygon: x, y, x, y ..."""
        self._draw.polygon(self._at(points, False), fill=fill)

    def line(self, *points: float, fill: Colour, width: float = 2) -> None:
        """A line with round joints: x, y, x, y ..."""
        thick = max(1, round(width * self.scale * FINE / 100))
        self._draw.line(self._at(points, False), fill=fill, width=thick, joint="curve")

    def arc(self, *points: float, span: tuple[int, int], fill: Colour, width: float = 2.5) -> None:
        """Part of an ellipse's edge, ``span`` in degrees clockwise from three o'clock."""
        thick = max(1, round(width * self.scale * FINE / 100))
        self._draw.arc(self._at(points, False), *span, fill=fill, width=thick)

    def letters(self, x: float, y: float, text: str, fill: Colour, size: float = 7) -> None:
        """Text at a fixed place."""
        unit = FINE / 100
        self._draw.text((x * unit, y * unit), text, fill=fill, font_size=size * unit)

    def speckle(self, colours: list[Colour], count: int) -> None:
        """Small blots all over, so that no two grounds are alike."""
        for _ in range(count):
            x, y, r = self.rng.uniform(0, 100), self.rng.uniform(0, 100), self.rng.uniform(0.4, 1.6)
            self.oval(x - r, y - r, x + r, y + r, fill=self.rng.choice(colours))

    def finish(self, blur: float = 0) -> Image.Image:
        """The picture at its size."""
        small = self.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        return small.filter(ImageFilter.GaussianBlur(blur)) if blur else small


def vary(rng: random.Random, colour: Colour, by: int = 18) -> Colour:
    """A colour near another."""
    return tuple(min(255, max(0, c + rng.randint(-by, by))) for c in colour)
