"""Train the fusion head over both tuned encoders: pairs that agree, single modalities, clashes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from mmdemo.models.classifier import Classifier
from mmdemo.models.encoders import Tokens
from mmdemo.models.encoders.base import full_mask, masked_mean
from training.face_stage import FINAL_SIZE, LABELS, augment, plain, read_faces
from training.resume import AveragedModel, log_row
from training.text_stage import like_length_batches, read_texts

EPOCHS, TEXTS, FACES = 4, 192, 128  # sentences and lone faces a batch
SENTENCES = 24_000  # the encoder was tuned on all; the head needs fewer
RATE, DECAY, SMOOTHING = 5e-4, 0.05, 0.05
PAIRED = 0.55  # share of single-label sentences that get a face
CLASH = 0.08  # of those, faces of another label: the target is then half and half
VIEWS = 1  # augmented looks at every face; the encoder is frozen here, so they are made once


@dataclass
class Sentences:
    """Frozen text features, ragged: row i is features[starts[i]:starts[i + 1]] of width 384."""

    features: Tensor
    starts: Tensor
    targets: Tensor  # (n, 7) 0/1

    def tokens(self, rows: Tensor) -> Tokens:
        """Padded token sets of some rows."""
        parts = [self.features[self.starts[i] : self.starts[i + 1]] for i in rows.tolist()]
        features = torch.nn.utils.rnn.pad_sequence(parts, batch_first=True).float()
        lengths = torch.tensor([len(p) for p in parts])
        mask = torch.arange(features.shape[1])[None] < lengths[:, None]
        return Tokens(features, mask, masked_mean(features, mask))

    @property
    def lengths(self) -> list[int]:
        return (self.starts[1:] - self.starts[:-1]).tolist()


@dataclass
class Faces:
    """Frozen vision features (views, n, 9, 1280) in half precision, and (n,) labels.

    targets: (n, 7) what a lone face is trained towards; the label unless a teacher says more.
    """

    features: Tensor
    labels: Tensor
    targets: Tensor

    def tokens(self, rows: Tensor, view: Tensor | int = 0) -> Tokens:
        """Token sets of some rows; ``view`` picks the augmented look of each."""
        features = self.features[view, rows].float()
        return Tokens(features, full_mask(features), features.mean(1))


@torch.inference_mode()
def encode_sentences(classifier: Classifier, data: Path, split: str) -> Sentences:
    """Token features of a GoEmotions split, in file order; of train the first SENTENCES rows."""
    texts, targets = read_texts(data, split)
    if split == "train":
        texts, targets = texts[:SENTENCES], targets[:SENTENCES]
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts: list[Tensor] = [torch.empty(0)] * len(texts)
    for start in tqdm(range(0, len(order), 128), desc=f"encode {split} sentences", mininterval=20):
        rows = order[start : start + 128]
        tokens, _ = classifier.encode_text([texts[i] for i in rows])
        for i, features, mask in zip(rows, tokens.features, tokens.mask, strict=True):
            parts[i] = features[mask].half()
    starts = torch.tensor([0, *[len(p) for p in parts]]).cumsum(0)
    return Sentences(torch.cat(parts), starts, targets)


@torch.inference_mode()
def encode_faces(classifier: Classifier, data: Path, split: str, views: int) -> Faces:
    """Grid features of a FER2013 split. ``views`` 0: plain and mirrored; else augmented looks."""
    faces, labels = read_faces(data, split)
    encoder = classifier.vision_encoder
    out = torch.empty(views or 2, len(faces), encoder.grid**2, encoder.width, dtype=torch.float16)
    for start in tqdm(range(0, len(faces), 128), desc=f"encode {split} faces", mininterval=20):
        batch = faces[start : start + 128]
        flat = plain(batch, FINAL_SIZE)
        looks = [augment(batch, FINAL_SIZE, 0.5) for _ in range(views)] or [flat, flat.flip(-1)]
        for view, look in enumerate(looks):
            out[view, start : start + len(batch)] = encoder(look).features.half()
    return Faces(out, labels, F.one_hot(labels, len(LABELS)).float())


def taught(faces: Faces, head: dict[str, Tensor]) -> Faces:
    """Faces whose targets lie half way between the label and what the face stage's own linear head
    says (Hinton et al., 2015): the fusion head should not know less about a face than that one."""
    pooled = torch.cat([part.float().mean(1) for part in faces.features[0].split(4096)])
    said = F.linear(pooled, head["weight"], head["bias"]).softmax(-1)
    return Faces(faces.features, faces.labels, (faces.targets + said) / 2)


def pick_faces(targets: Tensor, faces: Faces, by_label: list[Tensor]) -> tuple[Tensor, Tensor]:
    """A face row for each sentence (-1: none) and the soft target of the pair, (n,), (n, 7)."""
    soft = targets / targets.sum(1, keepdim=True)
    rows = torch.full((len(targets),), -1)
    single = targets.sum(1) == 1
    for i in torch.nonzero(single & (torch.rand(len(targets)) < PAIRED)).flatten().tolist():
        label = int(targets[i].argmax())
        if torch.rand(1) < CLASH:
            label = int(torch.randint(len(LABELS), (1,)))
        pool = by_label[label]
        rows[i] = pool[torch.randint(len(pool), (1,))]
        soft[i] = (soft[i] + F.one_hot(torch.tensor(label), len(LABELS))) / 2
    return rows, soft


def batch_loss(
    classifier: Classifier, texts: Tokens, faces: Faces, rows: Tensor, soft: Tensor, lone: Tensor
) -> Tensor:
    """Loss of one mixed batch: sentences (some with a face) followed by lone faces."""
    view = torch.randint(len(faces.features), (len(rows) + len(lone),))
    vision = faces.tokens(torch.cat([rows.clamp(min=0), lone]), view)
    has_face = torch.cat([rows >= 0, torch.ones(len(lone), dtype=torch.bool)])
    vision = vision._replace(mask=vision.mask & has_face[:, None])
    pad = len(lone)
    text = Tokens(
        torch.cat([texts.features, texts.features.new_zeros(pad, *texts.features.shape[1:])]),
        torch.cat([texts.mask, texts.mask.new_zeros(pad, texts.mask.shape[1])]),
        torch.cat([texts.pooled, texts.pooled.new_zeros(pad, texts.pooled.shape[1])]),
    )
    targets = torch.cat([soft, faces.targets[lone]])
    logits = classifier.fuse(text, vision).logits
    return F.cross_entropy(logits, targets, label_smoothing=SMOOTHING)


def train_fusion(
    classifier: Classifier, sentences: Sentences, faces: Faces, out: Path, seed: int
) -> None:
    """Train ``classifier.head`` in place (averaged weights) and log the loss of every epoch."""
    torch.manual_seed(seed)
    head, by_label = (
        classifier.head,
        [torch.nonzero(faces.labels == i).flatten() for i in range(len(LABELS))],
    )
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    per_epoch = -(-len(sentences.targets) // TEXTS)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * per_epoch + EPOCHS * 60, pct_start=0.1
    )
    averaged = AveragedModel(head)
    for epoch in range(EPOCHS):
        started, total = time.time(), 0.0
        head.train()
        batches = like_length_batches(sentences.lengths, TEXTS)
        for rows in tqdm(batches, desc=f"fusion {epoch + 1}/{EPOCHS}", mininterval=20):
            face_rows, soft = pick_faces(sentences.targets[rows], faces, by_label)
            lone = torch.randint(len(faces.labels), (FACES,))
            loss = batch_loss(classifier, sentences.tokens(rows), faces, face_rows, soft, lone)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(head.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            averaged.update(head)
            total += loss.item()
        row = {
            "epoch": epoch + 1,
            "loss": total / len(batches),
            "minutes": (time.time() - started) / 60,
        }
        log_row(out / "fusion_log.jsonl", row)
    head.load_state_dict(averaged.state)
    head.eval()
