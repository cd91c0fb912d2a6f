"""A linear probe that tells a tight face crop from anything else a person may upload."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from mmdemo.models.classifier import CHECK_SIDE, Classifier
from training.face_stage import read_faces

EACH = 6000  # faces, and pieces of everyday pictures
PASS = 0.998  # share of dev faces that must pass


def scene_crops(folder: Path, count: int, seed: int) -> list[Image.Image]:
    """Square pieces, a fifth to all of the short side, of random pictures."""
    rng = random.Random(seed)
    paths = sorted((folder / "images").glob("*.jpg"))
    crops = []
    for path in tqdm(rng.choices(paths, k=count), desc="crop scenes", mininterval=20):
        with Image.open(path) as image:
            side = int(min(image.size) * rng.uniform(0.2, 1))
            left, top = rng.randint(0, image.width - side), rng.randint(0, image.height - side)
            piece = image.crop((left, top, left + side, top + side))
        crops.append(piece.resize((CHECK_SIDE, CHECK_SIDE), Image.Resampling.BILINEAR))
    return crops


def face_pictures(folder: Path, split: str, count: int, seed: int) -> list[Image.Image]:
    """Random faces of a FER2013 split as pictures, so that both sides take the same path."""
    pixels, _ = read_faces(folder, split)
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(seed))[:count]
    return [Image.fromarray(pixels[i, 0].numpy()) for i in order]


@torch.inference_mode()
def check_vectors(classifier: Classifier, images: list[Image.Image]) -> np.ndarray:
    """(n, 112) vectors that the probe reads."""
    parts = [
        classifier.check_vectors(images[start : start + 128])
        for start in tqdm(range(0, len(images), 128), desc="encode for the probe", mininterval=20)
    ]
    return torch.cat(parts).numpy()


def fit_face_check(classifier: Classifier, data: Path, seed: int) -> dict[str, float]:
    """Fit ``classifier.face_check``; returns the threshold and how well it separates.

    Three quarters of the scene pieces train the probe, the rest measure it.
    """
    scenes = check_vectors(classifier, scene_crops(data / "flickr8k", EACH, seed))
    faces = check_vectors(classifier, face_pictures(data / "fer2013", "train", EACH, seed))
    dev = check_vectors(classifier, face_pictures(data / "fer2013", "dev", EACH, seed))
    cut = len(scenes) * 3 // 4
    x = np.concatenate([faces, scenes[:cut]])
    y = np.concatenate([np.ones(len(faces)), np.zeros(cut)])
    scaler, probe = StandardScaler(), LogisticRegression(C=0.03, max_iter=500)
    pipeline = make_pipeline(scaler, probe).fit(x, y)
    weight = probe.coef_ / scaler.scale_  # the scaling folded into one linear layer
    bias = probe.intercept_ - weight @ scaler.mean_
    with torch.no_grad():
        classifier.face_check.weight.copy_(torch.from_numpy(weight).float())
        classifier.face_check.bias.copy_(torch.from_numpy(bias).float())
    threshold = float(np.quantile(pipeline.decision_function(dev), 1 - PASS))
    fooled = float((pipeline.decision_function(scenes[cut:]) >= threshold).mean())
    return {"threshold": threshold, "dev_faces_pass": PASS, "scene_pieces_pass": fooled}
