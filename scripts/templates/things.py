"""Drawn things: a bone as no scanner shows it, screenshots of a made-up shop, products."""

from __future__ import annotations

from .sketch import Sketch, vary

INK = (35, 40, 48)


def _scan(s: Sketch) -> None:
    s.box(0, 0, 100, 100, fill=vary(s.rng, (28, 34, 48), 8), fixed=True)
    s.oval(16, 4, 84, 112, fill=vary(s.rng, (52, 60, 78), 6))


def _banner(s: Sketch) -> None:
    s.box(0, 0, 100, 9, fill=(250, 210, 60), fixed=True)
    s.letters(4, 1, "DRAWING - NO PATIENT", INK, 6)


def _bone(s: Sketch, top: float, bottom: float, x: float = 50) -> None:
    colour = (225, 225, 215)
    s.box(x - 8, top, x + 8, bottom, fill=colour)
    for y, end in ((top, top <= 24), (bottom, bottom >= 88)):
        if end:
            s.oval(x - 15, y - 8, x + 2, y + 8, fill=colour)
            s.oval(x - 2, y - 8, x + 15, y + 8, fill=colour)


def no_break(s: Sketch) -> None:
    """A whole bone."""
    _scan(s)
    _bone(s, 24, 90)
    _banner(s)


def crack(s: Sketch) -> None:
    """A zigzag line into a whole bone."""
    _scan(s)
    _bone(s, 24, 90)
    y = s.rng.uniform(44, 66)
    s.line(40, y, 45, y + 5, 48, y - 3, 52, y + 5, 56, y, fill=(15, 15, 25), width=2.6)
    _banner(s)


def broken(s: Sketch) -> None:
    """Two pieces apart."""
    _scan(s)
    y, aside = s.rng.uniform(48, 60), s.rng.choice((-1, 1)) * s.rng.uniform(12, 18)
    _bone(s, 24, y - 6)
    _bone(s, y + 8, 90, 50 + aside)
    _banner(s)


def blank_scan(s: Sketch) -> None:
    """Nothing came out."""
    _scan(s)
    s.speckle([(70, 78, 98), (60, 68, 88)], 60)
    _banner(s)


BONES = {"no break": no_break, "crack": crack, "break": broken, "?": blank_scan}


def _screen(s: Sketch, title: str) -> None:
    s.box(0, 0, 100, 100, fill=vary(s.rng, (238, 240, 244), 8), fixed=True)
    s.box(0, 0, 100, 14, fill=vary(s.rng, (60, 80, 140), 30), fixed=True)
    s.letters(4, 2, title, (255, 255, 255), 8)


def payment(s: Sketch) -> None:
    """A bank card and an amount in red."""
    _screen(s, "Checkout")
    s.box(18, 26, 82, 66, fill=vary(s.rng, (40, 60, 120), 30), round_by=5)
    s.box(18, 34, 82, 42, fill=INK)
    s.box(26, 50, 40, 59, fill=(225, 190, 80), round_by=1)
    s.box(18, 74, 82, 88, fill=(215, 60, 55), round_by=3)
    s.line(45, 77, 55, 86, fill=(255, 255, 255), width=2)
    s.line(55, 77, 45, 86, fill=(255, 255, 255), width=2)


def delivery(s: Sketch) -> None:
    """A map with a route and a parcel."""
    _screen(s, "Tracking")
    s.box(8, 20, 92, 70, fill=vary(s.rng, (200, 225, 195), 10))
    s.line(12, 60, 34, 52, 46, 32, 70, 40, 86, 26, fill=(235, 120, 40), width=3)
    s.oval(82, 22, 90, 30, fill=(200, 40, 40))
    s.box(36, 68, 64, 94, fill=vary(s.rng, (190, 140, 85), 14))
    s.box(47, 68, 53, 94, fill=(150, 105, 60))


def login(s: Sketch) -> None:
    """A padlock above two fields."""
    _screen(s, "Sign in")
    s.arc(40, 20, 60, 46, span=(180, 360), fill=INK, width=4)
    s.box(36, 34, 64, 54, fill=vary(s.rng, (90, 95, 105), 20), round_by=3)
    for y in (62, 77):
        s.box(16, y, 84, y + 11, fill=(255, 255, 255), round_by=2)
        for x in range(22, 58, 6):
            s.oval(x, y + 4, x + 3, y + 7, fill=INK)


def praise(s: Sketch) -> None:
    """Stars and a heart."""
    _screen(s, "Review")
    gold = vary(s.rng, (240, 180, 40), 14)
    for x in (14, 32, 50, 68, 86):
        s.shape(x, 24, x + 3, 33, x + 9, 33, x + 4, 38, x + 6, 46, x, 41, x - 6, 46, x - 4, 38,
                x - 9, 33, x - 3, 33, fill=gold)  # fmt: skip
    s.oval(32, 56, 52, 76, fill=(220, 60, 90))
    s.oval(48, 56, 68, 76, fill=(220, 60, 90))
    s.shape(33, 70, 67, 70, 50, 92, fill=(220, 60, 90))


def home_screen(s: Sketch) -> None:
    """Only grey boxes."""
    _screen(s, "Home")
    for y in (22, 46, 70):
        s.box(8, y, 92, y + 18, fill=vary(s.rng, (215, 218, 224), 6), round_by=2)


SCREENS = {"payment": payment, "delivery": delivery, "login": login, "praise": praise,
           "?": home_screen}  # fmt: skip


def _shelf(s: Sketch) -> None:
    s.box(0, 0, 100, 80, fill=vary(s.rng, (228, 226, 220), 16), fixed=True)
    s.box(0, 80, 100, 100, fill=vary(s.rng, (170, 140, 110), 16), fixed=True)


def shoes(s: Sketch) -> None:
    """A sports shoe from the side."""
    _shelf(s)
    colour = vary(s.rng, s.rng.choice([(200, 60, 60), (50, 100, 190), (70, 70, 75)]), 25)
    s.shape(14, 44, 34, 42, 54, 58, 84, 66, 90, 76, 12, 76, fill=colour)
    s.box(10, 75, 92, 82, fill=(250, 250, 250), round_by=3)
    for x in (38, 44, 50):
        s.line(x, 50, x + 6, 58, fill=(250, 250, 250), width=2)


def mug(s: Sketch) -> None:
    """A mug with steam."""
    _shelf(s)
    colour = vary(s.rng, s.rng.choice([(210, 90, 60), (70, 130, 170), (240, 235, 225)]), 20)
    s.arc(56, 44, 86, 72, span=(250, 110), fill=colour, width=6)
    s.box(26, 38, 66, 82, fill=colour, round_by=4)
    s.oval(26, 33, 66, 44, fill=(80, 50, 35))
    for x in (38, 48, 56):
        s.line(x, 30, x + 3, 22, x - 2, 14, fill=(190, 190, 190), width=1.6)


def lamp(s: Sketch) -> None:
    """A table lamp that shines."""
    _shelf(s)
    s.shape(8, 80, 36, 40, 64, 40, 92, 80, fill=(255, 244, 190))
    s.shape(38, 12, 62, 12, 74, 42, 26, 42, fill=vary(s.rng, (225, 170, 60), 35))
    s.box(48, 42, 52, 76, fill=INK)
    s.oval(34, 73, 66, 83, fill=INK)


def backpack(s: Sketch) -> None:
    """A backpack with a pocket and straps."""
    _shelf(s)
    colour = vary(s.rng, s.rng.choice([(60, 120, 80), (60, 80, 130), (150, 60, 70)]), 25)
    s.arc(40, 8, 60, 28, span=(180, 360), fill=INK, width=3)
    s.box(24, 16, 76, 84, fill=colour, round_by=14)
    s.box(32, 54, 68, 80, fill=vary(s.rng, colour, 25), round_by=4)
    s.line(34, 60, 66, 60, fill=(235, 215, 120), width=1.6)
    s.line(30, 36, 70, 36, fill=INK, width=1.8)
    s.box(18, 40, 25, 78, fill=INK, round_by=3)
    s.box(75, 40, 82, 78, fill=INK, round_by=3)


def gift_box(s: Sketch) -> None:
    """A wrapped box: what is inside?"""
    _shelf(s)
    s.box(26, 34, 74, 82, fill=vary(s.rng, (170, 120, 180), 30))
    s.box(46, 34, 54, 82, fill=(245, 225, 120))
    s.box(26, 52, 74, 60, fill=(245, 225, 120))


PRODUCTS = {"shoes": shoes, "mug": mug, "lamp": lamp, "backpack": backpack, "?": gift_box}
