"""The examples of the emotion tab: cards that fill the input and run at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from ..config import ROOT
from .markup import action, picture_uri, safe
from .words import say

ASSETS = ROOT / "assets"
# made by assets/make_assets.py; origin: assets/README.md
PORTRAIT = ASSETS / "astronaut.jpg"
VIDEO = ASSETS / "astronaut.mp4"
VIDEO_SUBTITLES = ASSETS / "astronaut.srt"
VIDEO_POSTER = ASSETS / "astronaut_video.jpg"


@dataclass(frozen=True)
class Example:
    """One example: what it shows (a key of words), its sentence and its picture."""

    key: str
    text: str
    picture: Path | None = None


EXAMPLES = (
    Example("example.agree", "I am so happy, this is the best day of my life!", PORTRAIT),
    Example("example.disagree", "I miss my family so much, it breaks my heart.", PORTRAIT),
    Example("example.text", "Wow, I never expected that! How did you do it?"),
    Example("example.face", "", PORTRAIT),
)


@cache
def _thumbnail(picture: Path) -> str:
    with Image.open(picture, formats=("JPEG", "PNG")) as opened:
        opened.thumbnail((120, 120))
        return picture_uri(opened)


def example_cards(lang: str) -> str:
    """All examples as a row of buttons, each with its picture and the start of its sentence."""
    cards = []
    for number, example in enumerate(EXAMPLES):
        image = f'<img src="{_thumbnail(example.picture)}" alt="">' if example.picture else ""
        text = f"“{example.text}”" if example.text else say("example.no_text", lang)
        cards.append(
            f'<button class="mm-example" {action("example", number=number)}>'
            f"{image or '<i class=mm-quote-sign aria-hidden=true>“</i>'}"
            f"<span><b>{safe(say(example.key, lang))}</b><em>{safe(text)}</em></span></button>"
        )
    cards.append(
        '<button class="mm-example" type="button" data-selfie hidden>'
        "<i class=mm-quote-sign aria-hidden=true>☺</i>"
        f"<span><b>{safe(say('example.own', lang))}</b>"
        f"<em>{safe(say('example.own_told', lang))}</em></span></button>"
    )
    title = safe(say("in.examples", lang))
    return f'<h2 class="mm-small">{title}</h2><div class="mm-examples">{"".join(cards)}</div>'


def video_example(lang: str) -> str:
    """The example video as one button."""
    said = safe(say("video.example", lang))
    return (
        f'<div class="mm-examples"><button class="mm-example" {action("example")}>'
        f'<img src="{_thumbnail(VIDEO_POSTER)}" alt=""><span><b>{said}</b></span></button></div>'
    )
