"""A linear probe that tells a tight face crop from anything else a person may upload."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from mmdemo.models.classifier import Classifier
from training.fusion_stage import Faces

CROPS = 8000  # pieces of everyday pictures, and whole ones
PASS = 0.995  # share of dev faces that must pass


def scene_crops(folder: Path, seed: int) -> list[Image.Image]:
    """Square pieces, a fifth to all of the short side, of random pictures; 48 px as FER2013."""
    rng = random.Random(seed)
    paths = sorted((folder / "images").glob("*.jpg"))
    crops = []
    for path in tqdm(rng.choices(paths, k=CROPS), desc="crop scenes", mininterval=20):
        with Image.open(path) as image:
            side = int(min(image.size) * rng.uniform(0.2, 1))
            left, top = rng.randint(0, image.width - side), rng.randint(0, image.height - side)
            piece = image.crop((left, top, left + side, top + side))
        crops.append(piece.resize((48, 48), Image.Resampling.BILINEAR))
    return crops


@torch.inference_mode()
def pooled(classifier: Classifier, images: list[Image.Image]) -> np.ndarray:
    """(n, 1280) pooled vectors."""
    encoder, out = classifier.vision_encoder, []
    for start in range(0, len(images), 128):
        out.append(encoder(encoder.preprocess(images[start : start + 128])).pooled)
    return torch.cat(out).numpy()


def fit_face_check(
    classifier: Classifier, train: Faces, dev: Faces, scenes: Path, seed: int
) -> dict[str, float]:
    """Fit ``classifier.face_check``; returns the threshold and how well it separates.

    Three quarters of the scene pieces train the probe, the rest measure it.
    """
    negatives = pooled(classifier, scene_crops(scenes, seed))
    positives = train.features[0].float().mean(1).numpy()[:: max(1, len(train.labels) // CROPS)]
    cut = len(negatives) * 3 // 4
    x = np.concatenate([positives, negatives[:cut]])
    y = np.concatenate([np.ones(len(positives)), np.zeros(cut)])
    probe = LogisticRegression(C=0.01, max_iter=500).fit(x, y)
    with torch.no_grad():
        classifier.face_check.weight.copy_(torch.from_numpy(probe.coef_).float())
        classifier.face_check.bias.copy_(torch.from_numpy(probe.intercept_).float())
    scores = probe.decision_function(dev.features[0].float().mean(1).numpy())
    threshold = float(np.quantile(scores, 1 - PASS))
    fooled = float((probe.decision_function(negatives[cut:]) >= threshold).mean())
    return {"threshold": threshold, "dev_faces_pass": PASS, "scene_pieces_pass": fooled}
