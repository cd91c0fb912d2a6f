"""Coloured clips and pictures, and a retrieval service that knows colours, for several tests.

``python -m tests.services.coloured LIBRARY FILE...`` indexes in a process of its own, slowly, and
says each batch: what tests need that kill it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmdemo.config import Settings
from mmdemo.services.retrieval import indexing
from mmdemo.services.retrieval.service import RetrievalService
from tests.services.colours import COLOURS, ColourCore, ColourMatcher
from tests.video_media import clip_of

SIZE = (64, 48)


def service(model: str = "colours", **settings) -> RetrievalService:
    """A retrieval service whose model of that name knows colours."""
    return RetrievalService(Settings(matcher_model=model, free_bytes=0, **settings), ColourCore())


def plain(colour: str) -> Image.Image:
    """One colour, all over."""
    return Image.new("RGB", SIZE, COLOURS[colour])


def colour_clip(path: Path, *colours: str, seconds: int = 2) -> Path:
    """A clip that shows each colour for some seconds, two frames a second."""
    pictures = [plain(colour) for colour in colours for _ in range(2 * seconds)]
    return clip_of(pictures, path, "2")


def moving_clip(path: Path, seconds: int, seed: int = 0) -> Path:
    """A clip of which every second looks different: coarse coloured noise."""
    noise = np.random.default_rng(seed).integers(0, 255, (seconds, 6, 8, 3), dtype=np.uint8)
    frames = [Image.fromarray(n).resize(SIZE, Image.Resampling.NEAREST) for n in noise]
    return clip_of(frames, path, "1")


def colour_picture(path: Path, colour: str) -> Path:
    """A picture of one colour."""
    plain(colour).save(path)
    return path


def indexed(service: RetrievalService, library: Path, paths: Sequence[Path], names=None):
    """Index and wait: the job as it ended."""
    service.add(library, paths, names)
    return service.wait(library, 60)


class SlowMatcher(ColourMatcher):
    """Says each batch on stdout before it encodes it, and takes its time."""

    def encode_images(self, images):
        """As ColourMatcher, slowly."""
        print("batch", flush=True)
        time.sleep(0.1)
        return super().encode_images(images)


def main(library: str, *files: str) -> None:
    """Index files two frames at a time, each batch written at once."""
    indexing.BATCH = indexing.STORED = 2
    own = service()
    own.core.matchers["colours"] = SlowMatcher(identity=own.core.matcher("colours").identity)
    job = indexed(own, Path(library), [Path(file) for file in files])
    print(job.state, job.done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
