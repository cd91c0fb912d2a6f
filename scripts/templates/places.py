"""Drawn places: what a guard's camera sees, and what a robot's camera sees."""

from __future__ import annotations

from .sketch import Colour, Sketch, vary

DARK = (40, 44, 50)


def _yard(s: Sketch) -> None:
    wall, floor = vary(s.rng, (150, 156, 160), 14), vary(s.rng, (98, 102, 106), 12)
    s.box(0, 0, 100, 58, fill=wall, fixed=True)
    s.box(0, 56, 100, 100, fill=floor, fixed=True)
    s.box(14, 26, 32, 58, fill=vary(s.rng, (80, 88, 96), 10))
    s.box(60, 22, 86, 42, fill=vary(s.rng, (190, 205, 215), 10))
    s.speckle([vary(s.rng, floor, 10)], 30)
    stamp = f"CAM {s.rng.randint(1, 9)}  {s.rng.randint(0, 23):02d}:{s.rng.randint(0, 59):02d}"
    s.letters(3, 2, stamp, (245, 245, 245), 6)


def _person(s: Sketch, x: float, y: float, colour: Colour) -> None:
    s.oval(x - 5, y, x + 5, y + 10, fill=(215, 175, 145))
    s.box(x - 7, y + 10, x + 7, y + 32, fill=colour, round_by=3)
    s.line(x - 4, y + 30, x - 7, y + 48, fill=DARK, width=4)
    s.line(x + 4, y + 30, x + 7, y + 48, fill=DARK, width=4)


def normal(s: Sketch) -> None:
    """People walk upright."""
    _yard(s)
    _person(s, s.rng.uniform(40, 48), 42, vary(s.rng, (60, 90, 150), 40))
    if s.rng.random() < 0.5:
        _person(s, s.rng.uniform(62, 76), 44, vary(s.rng, (90, 130, 90), 40))


def check(s: Sketch) -> None:
    """A suitcase alone."""
    _yard(s)
    colour, x = vary(s.rng, (150, 50, 45), 30), s.rng.uniform(34, 60)
    s.box(x, 62, x + 26, 88, fill=colour, round_by=3)
    s.arc(x + 8, 54, x + 18, 70, span=(180, 360), fill=DARK, width=3)
    s.line(x + 6, 63, x + 6, 87, fill=DARK, width=1.5)
    s.line(x + 20, 63, x + 20, 87, fill=DARK, width=1.5)


def alarm(s: Sketch) -> None:
    """Fire and smoke."""
    _yard(s)
    for _ in range(16):
        x, y, r = s.rng.uniform(30, 75), s.rng.uniform(4, 45), s.rng.uniform(6, 12)
        s.oval(x - r, y - r, x + r, y + r, fill=(62 + s.rng.randint(0, 30),) * 3)
    for colour, high in (((230, 80, 20), 48), ((250, 150, 30), 34), ((255, 225, 110), 18)):
        for x in (38, 48, 58, 68):
            top = 92 - high * s.rng.uniform(0.8, 1.1)
            s.shape(x - 10, 92, x, top, x + 10, 92, fill=colour)


def night(s: Sketch) -> None:
    """Too dark to see anything."""
    s.box(0, 0, 100, 100, fill=vary(s.rng, (24, 27, 34), 6), fixed=True)
    s.speckle([(40, 44, 52), (32, 36, 44)], 90)
    s.letters(3, 2, f"CAM {s.rng.randint(1, 9)}  02:{s.rng.randint(10, 59)}", (200, 200, 200), 6)


GUARD = {"normal": normal, "check": check, "alarm": alarm, "?": night}


def _room(s: Sketch) -> None:
    s.box(0, 0, 100, 55, fill=vary(s.rng, (225, 220, 205), 14), fixed=True)
    s.box(0, 53, 100, 100, fill=vary(s.rng, (180, 150, 115), 16), fixed=True)


def _gripper(s: Sketch, y: float, wide: float) -> None:
    steel = (120, 125, 135)
    s.box(46, -30, 54, y - 12, fill=steel)
    s.box(50 - wide, y - 14, 50 + wide, y - 8, fill=steel)
    s.box(50 - wide, y - 10, 54 - wide, y + 8, fill=steel)
    s.box(46 + wide, y - 10, 50 + wide, y + 8, fill=steel)


def pick_up(s: Sketch) -> None:
    """An empty gripper above a ball on the floor."""
    _room(s)
    _gripper(s, 32, 18)
    colour = vary(s.rng, s.rng.choice([(200, 50, 50), (50, 110, 200), (60, 150, 70)]), 20)
    s.oval(38, 66, 62, 90, fill=colour)
    s.oval(43, 70, 49, 76, fill=(250, 250, 250))


def put_down(s: Sketch) -> None:
    """A full gripper above a table."""
    _room(s)
    _gripper(s, 30, 13)
    s.box(39, 26, 61, 46, fill=vary(s.rng, (210, 160, 60), 30))
    s.box(12, 66, 88, 73, fill=(110, 75, 50))
    s.box(18, 73, 24, 98, fill=(90, 60, 40))
    s.box(76, 73, 82, 98, fill=(90, 60, 40))


def open_door(s: Sketch) -> None:
    """A closed door with a handle."""
    _room(s)
    s.box(26, 8, 74, 94, fill=(90, 62, 42))
    s.box(30, 12, 70, 94, fill=vary(s.rng, (150, 100, 62), 16))
    s.box(36, 20, 64, 46, fill=vary(s.rng, (130, 86, 54), 10))
    s.box(58, 54, 67, 58, fill=(225, 200, 90))


def charge(s: Sketch) -> None:
    """The dock with its lightning sign."""
    _room(s)
    s.box(24, 22, 76, 88, fill=vary(s.rng, (45, 55, 65), 10), round_by=6)
    s.box(32, 30, 68, 70, fill=vary(s.rng, (60, 190, 110), 20), round_by=4)
    s.shape(53, 33, 40, 54, 49, 54, 46, 67, 60, 46, 51, 46, fill=(255, 240, 90))
    s.box(40, 76, 60, 82, fill=(200, 205, 210))


def stop(s: Sketch) -> None:
    """Somebody stands close in front, a hand raised."""
    _room(s)
    s.box(22, 48, 78, 104, fill=vary(s.rng, (190, 60, 60), 50), round_by=8)
    s.oval(36, 8, 64, 44, fill=(225, 180, 150))
    s.box(72, 26, 88, 44, fill=(225, 180, 150), round_by=4)
    for x in (72, 76.5, 81, 85.5):
        s.box(x, 12, x + 3, 30, fill=(225, 180, 150), round_by=1)
    s.box(74, 42, 86, 66, fill=(160, 50, 50))


def corridor(s: Sketch) -> None:
    """Nothing but walls."""
    _room(s)
    s.line(0, 53, 100, 53, fill=(150, 125, 95), width=2)


ROBOT = {"pick up": pick_up, "put down": put_down, "open door": open_door, "charge": charge,
         "stop": stop, "?": corridor}  # fmt: skip
