"""Tune MiniLM's six layers on GoEmotions (Ekman labels) with soft targets."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from mmdemo.models.encoders import BertTextEncoder, build_text_encoder
from training.face_stage import LABELS
from training.resume import AveragedModel, averaged_weights, load_epoch, log_row, save_epoch

EPOCHS, BATCH, MAX_TOKENS = 2, 32, 48
PEAK_RATE, HEAD_RATE, DECAY = 1.5e-4, 2e-3, 0.01


def read_texts(folder: Path, split: str) -> tuple[list[str], Tensor]:
    """GoEmotions as sentences and (n, 7) 0/1 targets."""
    with open(folder / "data.csv", newline="", encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == split]
    targets = torch.zeros(len(rows), len(LABELS))
    for i, row in enumerate(rows):
        for name in row["label"].split("|"):
            targets[i, LABELS.index(name)] = 1
    return [row["text"] for row in rows], targets


def like_length_batches(lengths: list[int], size: int) -> list[Tensor]:
    """Shuffled batches of rows of like length: less padding, a third less work."""
    order = torch.randperm(len(lengths))
    pool = size * 50
    batches = []
    for start in range(0, len(order), pool):
        rows = sorted(order[start : start + pool].tolist(), key=lengths.__getitem__)
        batches += [torch.tensor(rows[i : i + size]) for i in range(0, len(rows), size)]
    return [batches[i] for i in torch.randperm(len(batches)).tolist()]


class TextModel(nn.Module):
    """Encoder and a linear head on the pooled vector; the head is thrown away after tuning."""

    def __init__(self, encoder: BertTextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(encoder.width, len(LABELS)))

    def forward(self, texts: list[str]) -> Tensor:
        batch = self.encoder.tokenize(texts)
        return self.head(self.encoder(batch.ids, batch.mask).pooled)


@torch.no_grad()
def predict(model: TextModel, texts: list[str]) -> Tensor:
    """(n, 7) probabilities in the order of ``texts``."""
    model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    out = torch.zeros(len(texts), len(LABELS))
    for start in range(0, len(order), 128):
        rows = order[start : start + 128]
        out[rows] = model([texts[i] for i in rows]).softmax(-1)
    return out


def best_thresholds(
    probabilities: np.ndarray, targets: np.ndarray
) -> tuple[list[float], list[float]]:
    """Per label the threshold with the highest F1, and that F1."""
    thresholds, scores = [], []
    for p, y in zip(probabilities.T, targets.T, strict=True):
        grid = np.arange(0.05, 0.95, 0.01)
        hit = p[None] >= grid[:, None]
        true = (hit & (y[None] > 0)).sum(1)
        f1 = 2 * true / np.maximum(hit.sum(1) + y.sum(), 1)
        thresholds.append(float(grid[f1.argmax()]))
        scores.append(float(f1.max()))
    return thresholds, scores


def train_epoch(model: TextModel, train, title: str, optimizer, schedule, averaged) -> float:
    """One pass over ``train`` (texts, soft targets); returns the mean loss."""
    texts, soft = train
    total = 0.0
    model.train()
    batches = like_length_batches([len(t) for t in texts], BATCH)
    bar = tqdm(batches, desc=title, mininterval=20)
    for step, rows in enumerate(bar):
        loss = F.cross_entropy(model([texts[i] for i in rows]), soft[rows])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        averaged.update(model)
        total += loss.item()
        bar.set_postfix(loss=f"{total / (step + 1):.3f}")
    return total / len(batches)


def train_text(data: Path, out: Path, seed: int = 0) -> Path:
    """Tune the six layers; word embeddings stay as shipped, so no checkpoint need carry them."""
    torch.manual_seed(seed)
    texts, targets = read_texts(data, "train")
    dev_texts, dev_targets = read_texts(data, "dev")
    soft = targets / targets.sum(1, keepdim=True)
    encoder = build_text_encoder(max_tokens=MAX_TOKENS)
    encoder.model.embeddings.requires_grad_(False)
    model = TextModel(encoder)
    layers = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": PEAK_RATE}, {"params": model.head.parameters(), "lr": HEAD_RATE}],
        weight_decay=DECAY,
    )
    steps = (len(texts) + BATCH - 1) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [PEAK_RATE, HEAD_RATE], total_steps=steps * EPOCHS + 100, pct_start=0.1
    )
    averaged = AveragedModel(model)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule, "averaged": averaged}
    done = load_epoch(out / "text_state.pt", **parts)
    for epoch in range(done, EPOCHS):
        started, title = time.time(), f"text {epoch + 1}/{EPOCHS}"
        loss = train_epoch(model, (texts, soft), title, optimizer, schedule, averaged)
        with averaged_weights(model, averaged):
            probabilities = predict(model, dev_texts).numpy()
            tuned = {"encoder": encoder.model.state_dict(), "head": model.head.state_dict()}
            torch.save(tuned, out / "text.pt")
        save_epoch(out / "text_state.pt", epoch + 1, **parts)
        _, scores = best_thresholds(probabilities, dev_targets.numpy())
        row = {
            "epoch": epoch + 1,
            "loss": loss,
            "dev_macro_f1": float(np.mean(scores)),
            "dev_f1": dict(zip(LABELS, scores, strict=True)),
            "minutes": (time.time() - started) / 60,
        }
        log_row(out / "text_log.jsonl", row)
    return out / "text.pt"
