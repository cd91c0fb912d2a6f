"""Examples and tips of the Retrieval tab."""

from __future__ import annotations

from .examples import ASSETS
from .markup import action, fold, safe
from .words import say

# made by assets/make_assets.py; origin: assets/README.md
SCENES = ASSETS / "scenes.mp4"
# the model reads English, so the sentences are English in every language of the page
QUERIES = (
    "a smiling woman in an orange suit",
    "a cat looking at the camera",
    "a cup of coffee on a table",
    "a rocket at night",
)
TIPS = ("caption", "one", "seen", "large", "english")


def example_chips(lang: str) -> str:
    """Sentences that can be tried with one click."""
    chips = "".join(
        f'<button class="mm-chip-button" lang="en" {action("example", number=number)}>'
        f"{safe(query)}</button>"
        for number, query in enumerate(QUERIES)
    )
    told = safe(say("find.examples", lang))
    return f'<p class="mm-hint">{told}</p><div class="mm-chips">{chips}</div>'


def tips(lang: str) -> str:
    """How to ask, folded."""
    items = "".join(f"<li>{safe(say(f'tip.{name}', lang))}</li>" for name in TIPS)
    return fold("tips", say("tip.title", lang), f"<ul>{items}</ul>")
