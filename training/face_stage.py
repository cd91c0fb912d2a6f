"""Tune EfficientNet-Lite0 on FER2013 faces: growing sizes, averaged weights, three rate cycles."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from mmdemo.models.encoders import build_vision_encoder
from training.resume import AveragedModel, averaged_weights, load_epoch, log_row, save_epoch

LABELS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
FINAL_SIZE = 96
BATCH, DECAY, SMOOTHING = 64, 0.02, 0.1
RARE, RARE_COPIES = 1500, 3  # a class with fewer pictures than RARE is drawn three times an epoch


@dataclass(frozen=True)
class Cycle:
    """One rise and fall of the rate. The next cycle starts from this one's averaged weights."""

    sizes: tuple[int, ...]  # picture side per epoch: small ones teach most at a third of the cost
    weakest: float  # augmentation grows from here ...
    strongest: float  # ... to here over the epochs, as EfficientNetV2 does
    peak: float = 2e-3  # highest rate


# the second cycle is milder: after the first, train and dev accuracy were equal (underfitted)
CYCLES = (
    Cycle((64, 64, 64, 64, 80, 80, 96, 96), 0.5, 1.0),
    Cycle((64, 64, 64, 80, 80, 96, 96, 96), 0.5, 0.6),
    # the last two epochs of the second still gained half a point each: more of them
    Cycle((80, 96, 96, 96), 0.6, 0.7, 1e-3),
)


def read_faces(folder: Path, split: str) -> tuple[Tensor, Tensor]:
    """FER2013 as (n, 1, 48, 48) uint8 and (n,) label numbers, in file order."""
    with open(folder / "data.csv", newline="", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == split]
    pixels = np.stack([np.asarray(Image.open(folder / r["image"]).convert("L")) for r in rows])
    return torch.from_numpy(pixels)[:, None], torch.tensor([LABELS.index(r["label"]) for r in rows])


def augment(faces: Tensor, size: int, strength: float) -> Tensor:
    """(n, 1, 48, 48) uint8 -> (n, 3, size, size) in -1..1: flip, turn, shift, zoom, light, erase.

    One bilinear resampling does turn, shift, zoom and resize, so nothing is blurred twice.
    """
    n = len(faces)
    angle = (torch.rand(n) * 2 - 1) * 0.26 * strength  # up to 15 degrees
    zoom = 1 + (torch.rand(n) * 2 - 1) * 0.18 * strength
    flip = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    shift = (torch.rand(n, 2) * 2 - 1) * 0.16 * strength  # of the half side
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    theta = torch.stack(
        [
            torch.stack([cos * flip, -sin, shift[:, 0]], 1),
            torch.stack([sin * flip, cos, shift[:, 1]], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [n, 1, size, size], align_corners=False)
    out = F.grid_sample(faces.float() / 127.5 - 1, grid, padding_mode="border", align_corners=False)
    contrast = 1 + (torch.rand(n, 1, 1, 1) * 2 - 1) * 0.3 * strength
    light = (torch.rand(n, 1, 1, 1) * 2 - 1) * 0.2 * strength
    out = (out * contrast + light).clamp(-1, 1)
    for i in torch.nonzero(torch.rand(n) < 0.4 * strength).flatten().tolist():
        h, w = (torch.rand(2) * 0.3 * size + 0.1 * size).int().tolist()
        top, left = (torch.rand(2) * torch.tensor([size - h, size - w])).int().tolist()
        out[i, :, top : top + h, left : left + w] = torch.rand(1) * 2 - 1
    return out.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def plain(faces: Tensor, size: int) -> Tensor:
    """(n, 1, 48, 48) uint8 -> (n, 3, size, size) in -1..1 without augmentation."""
    out = F.interpolate(
        faces.float() / 127.5 - 1, size=(size, size), mode="bilinear", align_corners=False
    )
    return out.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def accuracy(model: nn.Module, faces: Tensor, labels: Tensor, flip: bool = False) -> float:
    """Share of faces whose most probable label is right; with ``flip`` averaged over the mirror."""
    model.eval()
    hits = 0
    for start in range(0, len(faces), 128):
        pixels = plain(faces[start : start + 128], FINAL_SIZE)
        logits = model(pixels)
        if flip:
            logits = logits.softmax(-1) + model(pixels.flip(-1)).softmax(-1)
        hits += int((logits.argmax(-1) == labels[start : start + 128]).sum())
    return hits / len(faces)


def epoch_order(labels: Tensor) -> Tensor:
    """A shuffled order that repeats the pictures of rare classes."""
    counts = torch.bincount(labels, minlength=len(LABELS))
    copies = torch.where(counts[labels] < RARE, RARE_COPIES, 1)
    order = torch.repeat_interleave(torch.arange(len(labels)), copies)
    return order[torch.randperm(len(order))]


def train_face(data: Path, out: Path, seed: int = 0) -> Path:
    """Tune the encoder; writes ``face.pt`` (averaged encoder weights) and ``face_log.jsonl``."""
    torch.manual_seed(seed)
    sets = {"train": read_faces(data, "train"), "dev": read_faces(data, "dev")}
    encoder = build_vision_encoder(image_size=FINAL_SIZE, grey=True)
    model = nn.Sequential(encoder.model, nn.Dropout(0.3), nn.Linear(encoder.width, len(LABELS)))
    for number, cycle in enumerate(CYCLES, 1):
        train_cycle(model, cycle, sets, out, number)
    tuned = {"encoder": encoder.model.state_dict(), "head": model[2].state_dict()}
    torch.save(tuned, out / "face.pt")
    return out / "face.pt"


def train_cycle(
    model: nn.Module, cycle: Cycle, sets: dict[str, tuple[Tensor, Tensor]], out: Path, number: int
) -> None:
    """Run or resume one cycle; leaves its averaged weights in ``model``."""
    epochs, steps = len(cycle.sizes), len(epoch_order(sets["train"][1])) // BATCH
    optimizer = torch.optim.AdamW(model.parameters(), lr=cycle.peak, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, cycle.peak, total_steps=steps * epochs, pct_start=0.2, final_div_factor=1e3
    )
    averaged = AveragedModel(model)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule, "averaged": averaged}
    done = load_epoch(out / f"face_state_{number}.pt", **parts)
    for epoch in range(done, epochs):
        started, size = time.time(), cycle.sizes[epoch]
        strength = float(np.interp(epoch, (0, epochs - 1), (cycle.weakest, cycle.strongest)))
        loss = train_epoch(model, sets["train"], size, strength, optimizer, schedule, averaged)
        with averaged_weights(model, averaged):
            score = accuracy(model, *sets["dev"], flip=True)
        save_epoch(out / f"face_state_{number}.pt", epoch + 1, **parts)
        row = {"cycle": number, "epoch": epoch + 1, "size": size, "loss": loss}
        minutes = (time.time() - started) / 60
        log_row(out / "face_log.jsonl", row | {"dev_accuracy": score, "minutes": minutes})
    model.load_state_dict(averaged.state)


def train_epoch(model, train, size: int, strength: float, optimizer, schedule, averaged) -> float:
    """One pass over ``train`` (faces, labels) at one picture side; returns the mean loss."""
    faces, labels = train
    model.train()
    order, total = epoch_order(labels), 0.0
    steps = len(order) // BATCH
    bar = tqdm(range(steps), desc=f"face at {size}px", mininterval=20)
    for step in bar:
        rows = order[step * BATCH : (step + 1) * BATCH]
        logits = model(augment(faces[rows], size, strength))
        loss = F.cross_entropy(logits, labels[rows], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        averaged.update(model)
        total += loss.item()
        bar.set_postfix(loss=f"{total / (step + 1):.3f}")
    return total / steps
