"""How well a matcher finds pictures and videos by their captions, and captions by media."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..config import Limits
from ..data.images import load_image
from ..data.video import sample_frames
from ..errors import DatasetError, MmdemoError
from ..types import Progress, Sample
from .evaluation import retrieval_scores

if TYPE_CHECKING:
    from ..models.dual_encoder import DualEncoder
    from ..models.matcher import Matcher

BATCH = 16  # pictures in memory at once
FRAMES_A_SECOND = 1.0
BEST_FRAMES = 3  # a video fits as well as its three best frames do on average
FRAME_SIDE = 320


def matching_scores(
    matcher: Matcher | DualEncoder,
    samples: Sequence[Sample],
    limits: Limits,
    *,
    progress: Progress | None = None,
    report: Callable[[Sample, str], None] | None = None,
) -> dict[str, object]:
    """R@1/5/10 and median rank in both directions; captions of one medium are grouped by its file.

    Media that cannot be read are told to ``report`` and left out with their captions; so are rows
    without text or medium. Raises DatasetError when fewer than two media remain.
    """
    captions: dict[Path, list[str]] = {}
    first: dict[Path, Sample] = {}
    for sample in samples:
        path = sample.image or sample.video
        if path is None or not sample.text.strip():
            if report:
                report(sample, "it lacks a text or a medium")
            continue
        captions.setdefault(path, []).append(sample.text)
        first.setdefault(path, sample)
    vectors = _media_vectors(matcher, first, limits, progress, report)
    found = {path: captions[path] for path in vectors}
    if len(found) < 2:
        raise DatasetError(
            "Scoring retrieval needs two or more readable pictures or videos with a text each; "
            f"here are {len(found)}."
        )
    owner = [i for i, texts in enumerate(found.values()) for _ in texts]
    texts = matcher.encode_texts([text for group in found.values() for text in group])
    columns = [best_frames(texts @ frames.T) for frames in vectors.values()]
    skipped = len(samples) - len(owner)
    return {**retrieval_scores(np.stack(columns, 1), owner), "skipped": skipped}


def best_frames(scores: np.ndarray) -> np.ndarray:
    """(texts, frames) -> (texts,): mean over the best BEST_FRAMES frames."""
    kept = min(BEST_FRAMES, scores.shape[1])
    return np.sort(scores, axis=1)[:, -kept:].mean(1)


def _media_vectors(
    matcher: Matcher | DualEncoder,
    media: dict[Path, Sample],
    limits: Limits,
    progress: Progress | None,
    report: Callable[[Sample, str], None] | None,
) -> dict[Path, np.ndarray]:
    """(frames, width) of every medium that can be read, in their order."""
    vectors: dict[Path, np.ndarray] = {}
    waiting: dict[Path, object] = {}

    def encode() -> None:
        rows = matcher.encode_images(list(waiting.values()))
        vectors.update({path: row[None] for path, row in zip(waiting, rows, strict=True)})
        waiting.clear()

    for number, (path, sample) in enumerate(media.items(), 1):
        try:
            if sample.image:
                waiting[path] = load_image(path, limits)
                if len(waiting) == BATCH:
                    encode()
            else:
                vectors[path] = _video_vectors(matcher, path, limits)
        except MmdemoError as error:
            if report:
                report(sample, str(error))
        if progress:
            progress(number / len(media), "matching")
    encode()
    return {path: vectors[path] for path in media if path in vectors}


def _video_vectors(matcher: Matcher | DualEncoder, path: Path, limits: Limits) -> np.ndarray:
    """(frames, width): one frame a second."""
    parts, batch = [], []
    for _, frame in sample_frames(path, FRAMES_A_SECOND, max_side=FRAME_SIDE, limits=limits):
        batch.append(frame)
        if len(batch) == BATCH:
            parts.append(matcher.encode_images(batch))
            batch = []
    if batch:
        parts.append(matcher.encode_images(batch))
    return np.concatenate(parts)
