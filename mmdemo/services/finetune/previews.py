"""A few samples to look at before training, each medium as a small picture."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

from PIL import Image

from ...config import Limits
from ...data.images import load_image
from ...data.video import sample_frames
from ...data.video_info import probe
from ...data.whole_file import whole_file
from ...errors import MediaError, StorageError
from ...types import Sample
from .types import Preview

SHOWN = 12
SIDE = 320  # of a thumbnail, in pixels
_SECOND = 1.0  # of video that is decoded for one


def previews(samples: Sequence[Sample], most: int = SHOWN) -> tuple[Preview, ...]:
    """Up to ``most`` samples, the classes taking turns."""
    by_label: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
    for sample in samples:
        if len(by_label[sample.labels]) < most:
            by_label[sample.labels].append(sample)
    turns = chain.from_iterable(zip_longest(*by_label.values()))
    chosen = [sample for sample in turns if sample is not None][:most]
    return tuple(_preview(sample) for sample in chosen)


def _preview(sample: Sample) -> Preview:
    medium, kind = sample.image or sample.video, "image" if sample.image else "video"
    return Preview(
        sample.row, sample.text, next(iter(sample.labels), ""), sample.split, medium,
        kind if medium else "", sample.image_name or sample.video_name,
    )  # fmt: skip


def thumbnails(folder: Path, shown: Sequence[Preview], limits: Limits) -> dict[int, Path]:
    """Row -> small JPEG, made at its first use; what cannot be read has none."""
    found = {}
    for preview in shown:
        if preview.medium is None:
            continue
        path = folder / f"{preview.row}.jpg"
        if not path.exists():
            try:
                picture = _picture(preview, limits)
            except MediaError:  # the report says what is wrong with it
                continue
            picture.thumbnail((SIDE, SIDE))
            try:
                folder.mkdir(exist_ok=True)
                with whole_file(path) as making:
                    picture.save(making, "JPEG", quality=80)
            except (OSError, StorageError):  # a full disk: the report does without
                continue
        found[preview.row] = path
    return found


def _picture(preview: Preview, limits: Limits) -> Image.Image:
    if preview.kind == "image":
        return load_image(preview.medium, limits)
    middle_s = max(0.0, probe(preview.medium, limits).duration_s / 2 - _SECOND / 2)
    for start_s in (middle_s, 0.0):  # some files end before they say
        frames = sample_frames(
            preview.medium, 1.0, max_side=SIDE, limits=limits, start_s=start_s,
            end_s=start_s + _SECOND,
        )  # fmt: skip
        with contextlib.closing(frames):
            for _, frame in frames:
                return frame
    raise MediaError(f"{preview.name} has no picture.", code="video_broken", name=preview.name)
