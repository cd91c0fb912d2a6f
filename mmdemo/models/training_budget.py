"""How long tuning takes, told from what it has to read, so that the default fits in its time.

Not from a clock: the same samples must always be tuned in the same way, or a run that was killed
and went on would not end with the bits of one that was left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST_TO_TUNE = 150  # samples; below, tuning on folds only adds chance
# Forward and backward on two cores of a server of 2024, batches of like length. Measured as 1.2 s
# of one core for 32 sentences of 34 word pieces, and 0.54 s for the last blocks on 32 pictures.
PIECE_S = 0.6e-3
PICTURE_S = 10e-3
LETTERS_A_PIECE, SPECIAL_PIECES = 3.0, 2  # tweets with addresses; plain English has 4.3
# (folds, epochs): the first that fits is taken. Four folds are better than two because each model
# sees more and more of them are averaged; the third and fourth epoch bring less than the second.
PLANS = ((4, 8), (4, 6), (4, 4), (4, 3), (4, 2), (2, 3), (2, 2), (2, 1))


def text_pass_s(texts: Sequence[str], max_tokens: int) -> float:
    """Seconds to learn once from every text."""
    pieces = sum(min(len(t) / LETTERS_A_PIECE + SPECIAL_PIECES, max_tokens) for t in texts if t)
    return PIECE_S * pieces


def pictures_pass_s(pictures: int) -> float:
    """Seconds to learn once from every picture."""
    return PICTURE_S * pictures


def affordable(pass_s: float, budget_s: float, folds: int, epochs: int) -> tuple[int, int] | None:
    """The most folds and epochs, at most those given, that take ``budget_s`` seconds; None when
    nothing does. Every fold leaves its own part out, so an epoch of k folds is k - 1 passes."""
    for k, e in PLANS:
        if k <= folds and e <= epochs and (k - 1) * e * pass_s <= budget_s:
            return k, e
    return None
