"""Last cycles of the matcher: pictures learn from all captions of the training set at once.

The text encoder stands still, so all 30,000 captions are encoded once, and every picture of a batch
is told its own five from all others. Their targets are soft: captions near to the mean of the five
describe the picture too, whoever wrote them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from mmdemo.models.encoders import VisionEncoder
from mmdemo.models.matcher import Matcher
from mmdemo.services.evaluation import retrieval_scores
from training.match_data import Captions
from training.match_stage import NEW_RATE, VISION_RATE, all_image_vectors, text_vectors
from training.resume import RateCycle

EPOCHS, BATCH, CHUNK = 3, 200, 20
RATE = 0.35  # share of the rates of the first cycle
TURN_RATE = 1e-4  # of the map that turns the captions' vectors
FIRST_SCALE = 20.0  # 1 / temperature
SOFT, SOFTNESS = 0.3, 0.05  # share and temperature of the soft targets
SMALLEST_WINDOW = 0.75  # of the side: objects are seldom much larger than in a whole picture


class PictureTuning(RateCycle):
    """One cycle: what is tuned, and the captions it learns from."""

    def __init__(self, matcher: Matcher, train: Captions, texts: Tensor, path: Path) -> None:
        self.matcher, self.train = matcher, train
        self.groups = torch.tensor(train.of_picture)  # (pictures, 5)
        self.texts = texts
        self.centres = F.normalize(texts[self.groups].mean(1), dim=-1)
        trunk = matcher.vision_encoder.model
        matcher.requires_grad_(False)
        vision = nn.ModuleList([trunk.blocks[5:], trunk.conv_head, trunk.bn2])
        tuned = {"vision": vision, "project": matcher.image_project}
        model = nn.ModuleDict(tuned).requires_grad_(True)
        model.register_parameter("turn", nn.Parameter(torch.eye(texts.shape[1])))
        model.register_parameter("log_scale", nn.Parameter(torch.tensor(math.log(FIRST_SCALE))))
        self.batches = len(self.groups) // BATCH
        super().__init__(model, rate_groups(model), self.batches * EPOCHS, path, averaging=0.98)

    def epoch(self, title: str) -> float:
        """One pass over the pictures; returns the mean loss."""
        self.matcher.eval()  # statistics of ImageNet stay: batches here are small
        self.matcher.image_project.train()
        order, total = torch.randperm(len(self.groups)), 0.0
        for step in tqdm(range(self.batches), desc=title, mininterval=20):
            rows = order[step * BATCH : (step + 1) * BATCH]
            pictures = [self.train.pictures[i] for i in rows]
            middle = fresh_middle(self.matcher.vision_encoder, pictures)
            tokens = self.matcher.vision_encoder.tokens_of(middle)
            total += self.step(self.loss(rows, self.matcher.image_project(tokens)[1]))
        return total / self.batches

    def turned(self, texts: Tensor) -> Tensor:
        """Vectors of texts (n, width) as the text projection will give them."""
        return F.normalize(texts @ self.model.turn.T, dim=-1)

    def loss(self, rows: Tensor, images: Tensor) -> Tensor:
        """Each picture among all captions, and each of their captions among these pictures."""
        texts = self.turned(self.texts)
        own, scale = self.groups[rows], self.model.log_scale.exp()
        captions = own.flatten()
        with torch.no_grad():
            near = self.centres[rows] @ self.texts.T / SOFTNESS
            right = torch.zeros_like(near).scatter_(1, own, 1 / own.shape[1])
            told = torch.lerp(right, near.softmax(1), SOFT)
            one = torch.eye(len(rows)).repeat_interleave(own.shape[1], 0)
            told_back = torch.lerp(one, near[:, captions].T.softmax(1), SOFT)
        scores, back = images @ texts.T * scale, texts[captions] @ images.T * scale
        return (F.cross_entropy(scores, told) + F.cross_entropy(back, told_back)) / 2


def rate_groups(model: nn.ModuleDict) -> list[dict]:
    """What is tuned, by its highest rate."""
    new = [*model["project"].parameters(), model.log_scale]
    return [
        {"params": list(model["vision"].parameters()), "lr": VISION_RATE * RATE},
        {"params": new, "lr": NEW_RATE * RATE},
        {"params": [model.turn], "lr": TURN_RATE * RATE, "weight_decay": 0},
    ]


@torch.no_grad()
def fresh_middle(encoder: VisionEncoder, pictures: list[Path]) -> Tensor:
    """(n, 112, 14, 14) half way through the encoder, of pictures that are seen anew."""
    parts = []
    for start in range(0, len(pictures), CHUNK):
        images = [
            windowed(Image.open(path).convert("RGB")) for path in pictures[start : start + CHUNK]
        ]
        parts.append(encoder.middle(tinted(encoder.preprocess(images))))
    return torch.cat(parts)


def windowed(image: Image.Image) -> Image.Image:
    """A window of a picture, a little wider or higher than it, and mirrored every other time."""
    share, left, top, mirror, shape = torch.rand(5).tolist()
    share = SMALLEST_WINDOW + (1 - SMALLEST_WINDOW) * share
    wider = math.exp((shape - 0.5) * 0.2) ** 0.5
    width = min(image.width, round(image.width * share * wider))
    height = min(image.height, round(image.height * share / wider))
    x, y = round((image.width - width) * left), round((image.height - height) * top)
    image = image.crop((x, y, x + width, y + height))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirror < 0.5 else image


def tinted(pixels: Tensor) -> Tensor:
    """Pictures (n, 3, s, s) in -1..1, each with its own strength of colour, contrast and light."""
    colour, contrast, light = torch.rand(3, len(pixels), 1, 1, 1).mul(2).sub(1)
    grey = pixels.mean(1, keepdim=True)
    pixels = grey + (pixels - grey) * (1 + 0.4 * colour)
    pixels = (pixels * (1 + 0.3 * contrast) + 0.2 * light).clamp(-1, 1)
    return pixels.contiguous(memory_format=torch.channels_last)


def tune_pictures(
    matcher: Matcher, train: Captions, dev: tuple[Captions, np.ndarray], out: Path
) -> Matcher:
    """The cycle, resumable after every epoch; the matcher with averaged weights. ``dev`` comes with
    its pictures half way through the encoder."""
    told, asked = (all_text_vectors(matcher, captions.texts) for captions in (train, dev[0]))
    tuning = PictureTuning(matcher, train, told, out / "match_state_pictures.pt")

    def scores() -> dict:
        cosines = tuning.turned(asked).detach() @ all_image_vectors(matcher, dev[1]).T
        return retrieval_scores(cosines.numpy(), dev[0].owner.tolist())

    tuning.run(EPOCHS, tuning.epoch, scores, log=out / "match_log.jsonl", name="pictures")
    turn_texts(matcher, tuning.model.turn)
    return matcher.eval()


@torch.no_grad()
def all_text_vectors(matcher: Matcher, texts: Sequence[str]) -> Tensor:
    """Unit vectors of any number of texts, not balanced."""
    matcher.eval()
    parts = [text_vectors(matcher, list(texts[i : i + 2000])) for i in range(0, len(texts), 2000)]
    return torch.cat(parts)


@torch.no_grad()
def turn_texts(matcher: Matcher, turn: Tensor) -> None:
    """Make a map of the joint space part of the text projection."""
    linear = matcher.text_project
    linear.weight.copy_(turn @ linear.weight)
    linear.bias.copy_(turn @ linear.bias)
