"""The other direction: which sentence fits a video, and where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .answers import SentenceFit
from .moments import BEST_FRAMES
from .search import Searcher
from .yardstick import SENTENCE_CUTS, cosines, vocabulary


def rank_sentences(
    searcher: Searcher, run_id: str, sentences: Sequence[str], vectors: np.ndarray
) -> tuple[SentenceFit, ...]:
    """Sentences by the best frame of each in one video."""
    frames = searcher.of_run(run_id)
    scores = searcher.scale.z_scores(cosines(vectors, frames.vectors))  # (frames, sentences)
    places = scores.argmax(0)
    fits = [
        _fit(sentence, float(scores[place, i]), float(frames.times[place]))
        for i, (sentence, place) in enumerate(zip(sentences, places, strict=True))
    ]
    return tuple(sorted(fits, key=lambda fit: -fit.score))


def suggest_tags(searcher: Searcher, run_id: str, top: int) -> tuple[SentenceFit, ...]:
    """The built-in phrases that fit best, by the mean of their best frames: a phrase that only one
    frame suggests is more often a mistake."""
    frames = searcher.of_run(run_id)
    scores = searcher.scale.z_scores(cosines(searcher.yardstick.phrases, frames.vectors))
    count = min(BEST_FRAMES, len(scores))
    means = np.sort(scores, axis=0)[-count:].mean(0)
    places = scores.argmax(0)
    phrases = vocabulary()
    return tuple(
        _fit(phrases[i], float(means[i]), float(frames.times[places[i]]))
        for i in np.argsort(-means)[:top]
    )


def _fit(sentence: str, score: float, best_s: float) -> SentenceFit:
    return SentenceFit(sentence, score, SENTENCE_CUTS.word(score), best_s)
