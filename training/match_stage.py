"""Tune both encoders' last layers and the projections into one space: symmetric InfoNCE."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from timm.data import ImageNetInfo
from torch import Tensor, nn
from tqdm import tqdm

from mmdemo.models.encoders import (
    build_text_encoder,
    build_vision_encoder,
    packaged_classifier,
)
from mmdemo.models.matcher import Matcher, MatcherConfig
from mmdemo.services.evaluation import retrieval_scores
from training.match_data import VIEWS, Captions, middle_features, read_captions
from training.resume import AveragedModel, averaged_weights, load_epoch, log_row, save_epoch

EPOCHS, BATCH, MAX_TOKENS, IMAGE_SIZE = 6, 128, 64, 224
CONFIG = {
    "title": "Compact",
    "text_encoder": {"name": "minilm", "max_tokens": MAX_TOKENS},
    "vision_encoder": {"name": "efficientnet-lite0", "image_size": IMAGE_SIZE},
    "width": 384,
    "hidden": 768,
    "names": 1000,
}
TEXT_RATE, VISION_RATE, NEW_RATE, DECAY = 6e-5, 2e-4, 1e-3, 0.05
FIRST_TEMPERATURE = 0.05


def build_start() -> Matcher:
    """Both packaged encoders and fresh projections.

    Sentences start where MiniLM has them (identity), ImageNet's class names beside them.
    """
    text = build_text_encoder(max_tokens=MAX_TOKENS)
    matcher = Matcher(
        MatcherConfig.from_dict(CONFIG), text, build_vision_encoder(image_size=IMAGE_SIZE)
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


def contrast(texts: Tensor, images: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE over a batch of n pairs of unit vectors (van den Oord et al., 2018)."""
    scores = texts @ images.T * scale
    target = torch.arange(len(scores))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def image_vectors(matcher: Matcher, middle: np.ndarray, rows: list[int]) -> Tensor:
    """Unit vectors of pictures from cached features; the encoder's last layers run here."""
    pixels = torch.from_numpy(middle[rows]).float().contiguous(memory_format=torch.channels_last)
    return matcher.image_project(matcher.vision_encoder.tokens_of(pixels))[1]


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
    images = torch.cat(
        [
            image_vectors(matcher, middle, list(range(i, min(i + 64, len(middle)))))
            for i in range(0, len(middle), 64)
        ]
    )
    return retrieval_scores(texts @ images.numpy().T, captions.owner.tolist())


def train_matcher(data: Path, out: Path, seed: int = 0) -> Matcher:
    """Tune, resumable after every epoch; returns the matcher with averaged weights."""
    torch.manual_seed(seed)
    train, dev = read_captions(data, "train"), read_captions(data, "dev")
    matcher = build_start()
    views = [
        middle_features(matcher.vision_encoder, train, view, out / f"train_{i}.npy", seed + i)
        for i, view in enumerate(VIEWS)
    ]
    dev_middle = middle_features(matcher.vision_encoder, dev, VIEWS[0], out / "dev_0.npy", seed)
    parts, log_scale = (
        tuned_parts(matcher),
        nn.Parameter(torch.tensor(-math.log(FIRST_TEMPERATURE))),
    )
    rates = [TEXT_RATE, VISION_RATE, NEW_RATE]
    groups = [parts["text"], parts["vision"], [*parts["new"], log_scale]]
    optimizer = torch.optim.AdamW(
        [{"params": g, "lr": r} for g, r in zip(groups, rates, strict=True)], weight_decay=DECAY
    )
    steps = len(train.pictures) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rates, total_steps=steps * EPOCHS, pct_start=0.15
    )
    model = nn.ModuleDict({"matcher": matcher})
    model.register_parameter("log_scale", log_scale)
    averaged = AveragedModel(model, decay=0.99)
    kept = {"model": model, "optimizer": optimizer, "schedule": schedule, "averaged": averaged}
    for epoch in range(load_epoch(out / "match_state.pt", **kept), EPOCHS):
        started, total = time.time(), 0.0
        matcher.train()
        matcher.vision_encoder.eval()  # statistics of ImageNet stay: batches here are small
        for rows, captions in tqdm(
            drawn_batches(train), desc=f"match {epoch + 1}/{EPOCHS}", total=steps, mininterval=20
        ):
            view = views[int(torch.randint(len(views), ()))]
            texts = text_vectors(matcher, [train.texts[i] for i in captions])
            loss = contrast(texts, image_vectors(matcher, view, rows), log_scale.exp())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            averaged.update(model)
            total += loss.item()
        with averaged_weights(model, averaged):
            scores = dev_scores(matcher, dev, dev_middle)
        save_epoch(out / "match_state.pt", epoch + 1, **kept)
        minutes = (time.time() - started) / 60
        log_row(
            out / "match_log.jsonl",
            {"epoch": epoch + 1, "loss": total / steps, "minutes": minutes, **scores},
        )
    model.load_state_dict(averaged.state)
    return matcher.eval()


def drawn_batches(captions: Captions):
    """One pass over the pictures in a chance order, one caption of each drawn by chance."""
    groups, order = captions.of_picture, torch.randperm(len(captions.pictures)).tolist()
    for start in range(0, len(order) - BATCH + 1, BATCH):
        rows = order[start : start + BATCH]
        picked = torch.rand(len(rows)).tolist()
        yield rows, [groups[r][int(x * len(groups[r]))] for r, x in zip(rows, picked, strict=True)]
