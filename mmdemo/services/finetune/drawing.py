"""Pictures of numbers, drawn with Pillow: a plot of lines and a table of counts, as PNG."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

INK, SOFT, GRID, PAPER = "#1F2430", "#6B7280", "#E3E6EB", "#FFFFFF"
RIGHT, WRONG = (0, 114, 178), (213, 94, 0)  # Okabe-Ito blue and vermilion: told apart by everyone
LINES = ("#0072B2", "#D55E00", "#6B7280")
PLOT = (1280, 800)
TEXT, SMALL = 26, 22
CELL, SMALL_CELL = 92, 56  # pixels: side of a table's cell; the small one from MANY labels on
MANY, MOST_LABEL = 20, 300  # labels; pixels of a label beside a table
# Fonts by coverage, tried in this order; Pillow looks for them where the system keeps its fonts.
# Its own font, the last resort, has Latin letters only.
FONTS = ("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "msyh.ttc", "PingFang.ttc",
         "wqy-zenhei.ttc", "DejaVuSans.ttf")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a plot: its word in the legend and its points (x, y)."""

    word: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    marked: bool = True  # a dot at every point


@dataclass(frozen=True)
class Plot:
    """A plot; y runs from 0 to ``top``."""

    title: str
    lines: tuple[Line, ...]
    across: str  # what x is
    up: str  # what y is
    top: float = 1.0
    percent: bool = True  # y (and x with ``share``) is written in per cent
    share: bool = False  # x is a share 0..1 too


@lru_cache(maxsize=16)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font with the most signs that this computer has."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def drawable(text: str, size: int = TEXT) -> bool:
    """Whether the font has every sign of a text (a missing one is drawn as the same empty box)."""
    missing = bytes(font(size).getmask("\uffff"))
    return all(c.isspace() or bytes(font(size).getmask(c)) != missing for c in text)


def fitted(text: str, width: float, size: int = TEXT) -> str:
    """The text, cut with an ellipsis to a width in pixels."""
    if font(size).getlength(text) <= width:
        return text
    while text and font(size).getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def draw_plot(plot: Plot) -> Image.Image:
    """The plot as a picture of ``PLOT`` pixels."""
    picture = Image.new("RGB", PLOT, PAPER)
    pen = ImageDraw.Draw(picture)
    left, upper, right, lower = 130, 150, PLOT[0] - 50, PLOT[1] - 130
    pen.text((left, 28), fitted(plot.title, right - left, 34), INK, font(34))
    every = [x for line in plot.lines for x, _ in line.points]
    low, high = (0.0, 1.0) if plot.share else (min(every), max(every))
    wide = (high - low) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        share = (x - low) / wide if high > low else 0.5
        up = min(max(y / plot.top, 0.0), 1.0)
        return left + share * (right - left), lower - up * (lower - upper)

    for step in range(5):
        y = plot.top * step / 4
        height = at(low, y)[1]
        pen.line((left, height, right, height), GRID, 2)
        _draw_text(pen, (left - 14, height), _value(y, plot.percent), "rm")
    for x in dict.fromkeys([low, (low + high) / 2, high] if plot.share else [low, high]):
        _draw_text(pen, (at(x, 0)[0], lower + 14), _value(x, plot.share), "mt")
    _draw_text(pen, ((left + right) / 2, lower + 62), plot.across, "mt")
    _draw_text(pen, (left, upper - 18), plot.up, "lb")
    for line, color in zip(plot.lines, LINES, strict=False):
        _draw_line(pen, [at(x, y) for x, y in line.points], color, line)
    _legend(pen, plot.lines, right)
    return picture


def _value(value: float, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else f"{value:.3g}"


def _draw_text(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, anchor: str, color: str = SOFT
) -> None:
    pen.text(place, text, color, font(SMALL), anchor=anchor)


def _draw_line(
    pen: ImageDraw.ImageDraw, spots: Sequence[tuple[float, float]], color: str, line: Line
) -> None:
    for (x0, y0), (x1, y1) in itertools.pairwise(spots):
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
        steps = max(1, round(length / 14)) if line.dashed else 1
        for n in range(0, steps, 2):
            a, b = n / steps, min(1.0, (n + 1) / steps)
            ends = (x0 + a * (x1 - x0), y0 + a * (y1 - y0), x0 + b * (x1 - x0), y0 + b * (y1 - y0))
            pen.line(ends, color, 5)
    for x, y in spots if line.marked or len(spots) == 1 else ():
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), color)


def _legend(pen: ImageDraw.ImageDraw, lines: Sequence[Line], right: float) -> None:
    """Words of the lines, from the right end towards the left, above the plot."""
    x = right
    for line, color in reversed(list(zip(lines, LINES, strict=False))):
        x -= font(SMALL).getlength(line.word)
        _draw_text(pen, (x, 106), line.word, "lm", INK)
        _draw_line(pen, [(x - 64, 106), (x - 14, 106)], color, Line("", (), line.dashed, False))
        x -= 100


def draw_table(
    title: str, labels: Sequence[str], counts: Sequence[Sequence[int]], corner: str
) -> Image.Image:
    """Counts in cells, the diagonal in another colour; labels down the side and across the top.

    A label that the font cannot write stands by its number.
    """
    words = [word if drawable(word) else f"# {n}" for n, word in enumerate(labels, 1)]
    words = [fitted(word, MOST_LABEL) for word in words]
    side = round(max(font(TEXT).getlength(word) for word in words)) + 40
    head = side if len(labels) > 4 or side > CELL else 70  # upright words only where they fit
    cell = CELL if len(labels) <= MANY else SMALL_CELL
    left, upper = side, 110 + head
    wide = max(cell, side if head == 70 else cell)
    size = (max(left + wide * len(words) + 40, 640), upper + cell * len(words) + 40)
    picture = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((24, 20), fitted(title, size[0] - 48, 34), INK, font(34))
    pen.text((24, 68), fitted(corner, size[0] - 48, SMALL), SOFT, font(SMALL))
    most = max((max(row) for row in counts), default=0) or 1
    for n, word in enumerate(words):
        middle = upper + cell * n + cell / 2
        pen.text((left - 16, middle), word, INK, font(TEXT), anchor="rm")
        _heading(picture, word, (left + wide * n, upper), wide, upright=head == 70)
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            box = (left + wide * column, upper + cell * row)
            _cell(pen, box, (wide, cell), count, (count / most, row == column))
    return picture


def _heading(
    picture: Image.Image, word: str, corner: tuple[float, float], wide: int, *, upright: bool
) -> None:
    """The word over a column; standing on its end where it would be too wide."""
    if upright:
        pen = ImageDraw.Draw(picture)
        pen.text((corner[0] + wide / 2, corner[1] - 14), word, INK, font(TEXT), anchor="mb")
        return
    length = round(font(TEXT).getlength(word)) + 4
    strip = Image.new("RGB", (length, TEXT + 12), PAPER)
    ImageDraw.Draw(strip).text((2, (TEXT + 12) / 2), word, INK, font(TEXT), anchor="lm")
    turned = strip.rotate(90, expand=True)
    picture.paste(
        turned, (round(corner[0] + (wide - turned.width) / 2), round(corner[1] - 14 - length))
    )


def _cell(
    pen: ImageDraw.ImageDraw, box: tuple[float, float], size: tuple[int, int], count: int,
    look: tuple[float, bool],
) -> None:  # fmt: skip
    """One cell: its colour the stronger, the larger its share of the largest count."""
    share, right = look
    strength = 0.15 + 0.85 * share if count else 0.0
    hue = RIGHT if right else WRONG
    color = tuple(round(255 + (part - 255) * strength) for part in hue)
    (x, y), (wide, high) = box, size
    pen.rectangle((x + 2, y + 2, x + wide - 3, y + high - 3), color if count else "#F4F5F7")
    ink = PAPER if strength > 0.55 else INK if count else "#A8AEB8"
    pen.text((x + wide / 2, y + high / 2), str(count), ink, font(TEXT), anchor="mm")
