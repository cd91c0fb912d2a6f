"""Tune both encoders' last layers and the projections into one space: InfoNCE, in cycles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from timm.data import ImageNetInfo
from torch import Tensor, nn
from tqdm import tqdm

from mmdemo.models.balance import Balance
from mmdemo.models.encoders import (
    VisionEncoder,
    build_text_encoder,
    build_vision_encoder,
    packaged_classifier,
)
from mmdemo.models.matcher import Matcher, MatcherConfig
from mmdemo.models.training_pairs import info_nce
from mmdemo.services.evaluation import retrieval_scores
from training.match_data import Captions, seen
from training.resume import RateCycle

MAX_TOKENS = 64
TUNED_SIZE, SEEN_SIZE = 224, 256
"""Sides of pictures in pixels while the encoder is tuned, and afterwards: crops show things larger
than whole pictures do, so these are seen a little larger (Touvron et al., 2019)."""
CONFIG = {
    "title": "Compact",
    "text_encoder": {"name": "minilm", "max_tokens": MAX_TOKENS},
    "vision_encoder": {"name": "efficientnet-lite0", "image_size": SEEN_SIZE},
    "width": 384,
    "hidden": 768,
    "names": 1000,
}
TEXT_RATE, VISION_RATE, NEW_RATE = 6e-5, 2e-4, 1e-3
FIRST_TEMPERATURE = 0.05


@dataclass(frozen=True)
class Cycle:
    """One rise and fall of the rates. The next starts from this one's averaged weights."""

    epochs: int
    batch: int  # pictures; all others of the batch are the wrong answers of each
    rate: float  # share of the rates above
    varied: bool  # whether cached features are cropped and mirrored anew, and words left out
    fresh: bool = False  # whether pictures are cropped and mirrored anew, not their features


# after the first cycle the loss on train was far below that on dev: it knew its two views by heart
CYCLES = (
    Cycle(6, 128, 1.0, False),
    Cycle(6, 192, 0.5, True),
    Cycle(4, 256, 0.35, True, fresh=True),
)
SIDES = (10, 12, 14)  # of a window cut from 14 x 14 cached features
WORDS_LEFT_OUT = 0.1
FRESH = ("cropped", "cropped mirrored")


def build_start() -> Matcher:
    """Both packaged encoders and fresh projections.

    Sentences start where MiniLM has them (identity), ImageNet's class names beside them.
    """
    text = build_text_encoder(max_tokens=MAX_TOKENS)
    matcher = Matcher(
        MatcherConfig.from_dict(CONFIG), text, build_vision_encoder(image_size=TUNED_SIZE)
    )
    nn.init.eye_(matcher.text_project.weight)
    nn.init.zeros_(matcher.text_project.bias)
    weight, bias = packaged_classifier()
    info = ImageNetInfo()
    names = [
        info.index_to_description(i, detailed=False).split(",")[0] for i in range(CONFIG["names"])
    ]
    projection = matcher.image_project
    with torch.no_grad():
        projection.classify.weight.copy_(weight)
        projection.classify.bias.copy_(bias)
        vectors = matcher.encode_texts([f"a photo of a {name}" for name in names])
        projection.names.copy_(torch.from_numpy(vectors))
    return matcher


def tuned_parts(matcher: Matcher) -> dict[str, list[nn.Parameter]]:
    """Parameters that are tuned, by part; everything else is frozen."""
    matcher.requires_grad_(False)
    trunk = matcher.vision_encoder.model
    parts = {
        "text": [matcher.text_encoder.model.encoder],
        "vision": [trunk.blocks[5:], trunk.conv_head, trunk.bn2],
        "new": [matcher.text_project, matcher.image_project],
    }
    return {
        name: [p.requires_grad_(True) for module in modules for p in module.parameters()]
        for name, modules in parts.items()
    }


def image_vectors(matcher: Matcher, middle: np.ndarray, rows: list[int]) -> Tensor:
    """Unit vectors of pictures from cached features; the encoder's last layers run here."""
    return vectors_of(matcher, torch.from_numpy(middle[rows]).float())


def vectors_of(matcher: Matcher, middle: Tensor) -> Tensor:
    """Features half way through the encoder (n, c, h, w) -> unit vectors (n, width)."""
    middle = middle.contiguous(memory_format=torch.channels_last)
    return matcher.image_project(matcher.vision_encoder.tokens_of(middle))[1]


def varied(middle: Tensor) -> Tensor:
    """A window of each picture's features, one size per batch, half of them mirrored.

    Cheaper than cropping pictures: the first stages need not run again. Those are nearly
    equivariant to shifts and, trained on mirrored pictures, to mirroring.
    """
    most = middle.shape[-1]
    side = min(SIDES[int(torch.randint(len(SIDES), ()))], most)
    corners = torch.randint(most - side + 1, (len(middle), 2)).tolist()
    windows = [x[:, i : i + side, j : j + side] for x, (i, j) in zip(middle, corners, strict=True)]
    mirror = (torch.rand(len(middle)) < 0.5).tolist()
    return torch.stack([w.flip(-1) if m else w for w, m in zip(windows, mirror, strict=True)])


def thinned(text: str) -> str:
    """A caption with some words left out, never all."""
    words = text.split()
    kept = [w for w, x in zip(words, torch.rand(len(words)), strict=True) if x > WORDS_LEFT_OUT]
    return " ".join(kept or words)


def text_vectors(matcher: Matcher, texts: list[str], chunk: int = 32) -> Tensor:
    """Unit vectors in the order of ``texts``, encoded in chunks of like length: less padding."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = [
        matcher.project_texts([texts[i] for i in order[start : start + chunk]])[2]
        for start in range(0, len(order), chunk)
    ]
    return torch.cat(parts)[torch.tensor(order).argsort()]


@torch.inference_mode()
def dev_scores(matcher: Matcher, captions: Captions, middle: np.ndarray) -> dict:
    """Recalls on a whole split."""
    matcher.eval()
    texts = matcher.encode_texts(captions.texts)
    images = matcher.balanced_images(all_image_vectors(matcher, middle))
    return retrieval_scores(texts @ images.numpy().T, captions.owner.tolist())


@torch.inference_mode()
def all_image_vectors(matcher: Matcher, middle: np.ndarray) -> Tensor:
    """Unit vectors of all pictures, not balanced."""
    matcher.eval()
    rows = [list(range(i, min(i + 64, len(middle)))) for i in range(0, len(middle), 64)]
    return torch.cat([image_vectors(matcher, middle, part) for part in rows])


def balance(matcher: Matcher, train: Captions, middle: np.ndarray) -> Matcher:
    """The matcher with its scores rid of hubs, by every training picture and its first caption."""
    matcher.eval()
    first = [train.texts[numbers[0]] for numbers in train.of_picture]
    with torch.inference_mode():
        texts = text_vectors(matcher, first)
    matcher.config = replace(matcher.config, references=len(first))
    matcher.balance = Balance(len(first), matcher.config.width)
    matcher.balance.fill(texts, all_image_vectors(matcher, middle))
    return matcher


def tune_both(
    matcher: Matcher,
    train: Captions,
    dev: tuple[Captions, np.ndarray],
    views: list[np.ndarray],
    out: Path,
) -> Matcher:
    """All cycles, resumable after every epoch; the matcher with averaged weights. ``dev`` comes
    with its pictures half way through the encoder, ``views`` are those of train."""
    model = nn.ModuleDict({"matcher": matcher})
    first = torch.tensor(-math.log(FIRST_TEMPERATURE))
    model.register_parameter("log_scale", nn.Parameter(first))
    log = out / "match_log.jsonl"
    for number, cycle in enumerate(CYCLES, 1):
        tuning = Tuning(model, cycle, len(train.pictures), out / f"match_state_{number}.pt")
        tuning.run(
            cycle.epochs,
            lambda title, tuning=tuning: tuning.epoch(train, views, title),
            lambda: dev_scores(matcher, *dev),
            log=log,
            name=number,
        )
    return matcher.eval()


class Tuning(RateCycle):
    """One cycle of both encoders: what is tuned, and how fast."""

    def __init__(self, model: nn.ModuleDict, cycle: Cycle, pictures: int, path: Path) -> None:
        self.cycle, self.batches = cycle, pictures // cycle.batch
        parts = tuned_parts(model["matcher"])
        rates = [rate * cycle.rate for rate in (TEXT_RATE, VISION_RATE, NEW_RATE)]
        groups = [parts["text"], parts["vision"], [*parts["new"], model.log_scale]]
        groups = [{"params": g, "lr": r} for g, r in zip(groups, rates, strict=True)]
        super().__init__(model, groups, self.batches * cycle.epochs, path, averaging=0.99)

    def epoch(self, train: Captions, views: list[np.ndarray], title: str) -> float:
        """One pass over the pictures; returns the mean loss."""
        matcher, total = self.model["matcher"], 0.0
        matcher.train()
        matcher.vision_encoder.eval()  # statistics of ImageNet stay: batches here are small
        batches = drawn_batches(train, self.cycle.batch)
        for rows, captions in tqdm(batches, desc=title, total=self.batches, mininterval=20):
            words = [train.texts[i] for i in captions]
            if self.cycle.varied:
                words = [thinned(text) for text in words]
            middle = self._middle(train, views, rows)
            texts, images = text_vectors(matcher, words), vectors_of(matcher, middle)
            total += self.step(info_nce(texts, images, self.model.log_scale.exp()))
        return total / self.batches

    def _middle(self, train: Captions, views: list[np.ndarray], rows: list[int]) -> Tensor:
        """Features half way through the encoder of one view of each picture."""
        if self.cycle.fresh:
            return fresh_features(
                self.model["matcher"].vision_encoder, [train.pictures[i] for i in rows]
            )
        view = views[int(torch.randint(len(views), ()))]
        middle = torch.from_numpy(view[rows]).float()
        return varied(middle) if self.cycle.varied else middle


@torch.no_grad()
def fresh_features(encoder: VisionEncoder, pictures: list[Path], chunk: int = 16) -> Tensor:
    """(n, c, h, w) of pictures cropped by chance, half of them mirrored; nothing is cached."""
    parts = []
    for start in range(0, len(pictures), chunk):
        images = [
            seen(Image.open(p).convert("RGB"), FRESH[int(torch.randint(2, ()))], None)
            for p in pictures[start : start + chunk]
        ]
        parts.append(encoder.middle(encoder.preprocess(images)))
    return torch.cat(parts)


def drawn_batches(captions: Captions, batch: int):
    """One pass over the pictures in a chance order, one caption of each drawn by chance."""
    groups, order = captions.of_picture, torch.randperm(len(captions.pictures)).tolist()
    for start in range(0, len(order) - batch + 1, batch):
        rows = order[start : start + batch]
        picked = torch.rand(len(rows)).tolist()
        yield rows, [groups[r][int(x * len(groups[r]))] for r, x in zip(rows, picked, strict=True)]
