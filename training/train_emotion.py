"""Make ``checkpoints/emotion-compact`` from GoEmotions and FER2013: one command, resumable.

    python -m training.train_emotion --data ../shared/data

Stages: text (MiniLM layers), face (EfficientNet-Lite0), fusion (cross-attention head), finish
(calibration, face check, checkpoint, card). The first two save after every epoch and go on where
they were killed.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import torch

from mmdemo.config import ROOT
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.classifier import Classifier, ClassifierConfig
from mmdemo.models.core import share_embeddings
from mmdemo.models.encoders import build_text_encoder, build_vision_encoder
from training.calibration import calibrate
from training.card import emotion_card
from training.face_check import fit_face_check
from training.face_stage import FINAL_SIZE, LABELS, train_face
from training.fusion_stage import (
    VIEWS,
    Faces,
    Sentences,
    encode_faces,
    encode_sentences,
    taught,
    train_fusion,
)
from training.text_stage import train_text
from training.unpack import unpack

MAX_TOKENS = 128
FUSION = {"kind": "cross-attention", "width": 192, "layers": 2, "heads": 4}


def build_untrained_head(work: Path, seed: int) -> tuple[Classifier, dict]:
    """The classifier with both tuned encoders and a fresh head, and its config so far."""
    torch.manual_seed(seed)
    config = {
        "title": "Compact",
        "labels": list(LABELS),
        "text_encoder": {"name": "minilm", "max_tokens": MAX_TOKENS},
        "vision_encoder": {"name": "efficientnet-lite0", "image_size": FINAL_SIZE, "grey": True},
        "fusion": FUSION,
        "temperatures": {"text": 1.0, "vision": 1.0, "text+vision": 1.0},
        "thresholds": dict.fromkeys(LABELS, 0.3),
        "crop": "face",
        "face_check": 0.0,
    }
    text = share_embeddings(build_text_encoder("minilm"), MAX_TOKENS)
    vision = build_vision_encoder(image_size=FINAL_SIZE, grey=True)
    classifier = Classifier(ClassifierConfig.from_dict(config), text, vision)
    tuned_text = torch.load(work / "text.pt", weights_only=True)["encoder"]
    tuned_face = torch.load(work / "face.pt", weights_only=True)["encoder"]
    text.model.load_state_dict(tuned_text)
    vision.model.load_state_dict(tuned_face)
    return classifier.eval(), config


def cached(path: Path, source: Path, make) -> object:
    """Result of ``make()`` kept beside the stage that it depends on; remade when that is newer."""
    if path.exists() and path.stat().st_mtime > source.stat().st_mtime:
        return torch.load(path, weights_only=False)  # our own file, written a moment ago
    value = make()
    torch.save(value, path)
    return value


def encode_all(classifier: Classifier, data: Path, work: Path) -> dict[str, Sentences | Faces]:
    """Frozen features of both sets, train and dev."""
    text, face = work / "text.pt", work / "face.pt"
    jobs = {
        "train_text": (
            text,
            lambda: encode_sentences(classifier, data / "goemotions_ekman", "train"),
        ),
        "dev_text": (text, lambda: encode_sentences(classifier, data / "goemotions_ekman", "dev")),
        "train_faces": (face, lambda: encode_faces(classifier, data / "fer2013", "train", VIEWS)),
        "dev_faces": (face, lambda: encode_faces(classifier, data / "fer2013", "dev", 0)),
    }
    return {
        name: cached(work / f"{name}.pt", source, make) for name, (source, make) in jobs.items()
    }


def changed_tensors(classifier: Classifier) -> dict[str, torch.Tensor]:
    """What the checkpoint must carry, in half precision: all but the shared word embeddings."""
    skip = "text_encoder.model.embeddings."
    state = {k: v for k, v in classifier.state_dict().items() if not k.startswith(skip)}
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def train_head(data: Path, work: Path, seed: int) -> None:
    """Train the fusion head over the tuned encoders; writes ``head.pt``."""
    classifier, _ = build_untrained_head(work, seed)
    sets = encode_all(classifier, data, work)
    teacher = torch.load(work / "face.pt", weights_only=True)["head"]
    train_fusion(classifier, sets["train_text"], taught(sets["train_faces"], teacher), work, seed)
    torch.save(classifier.head.state_dict(), work / "head.pt")


def finish(data: Path, work: Path, out: Path, seed: int) -> None:
    """Calibrate on dev, fit the face check, write checkpoint and card."""
    classifier, config = build_untrained_head(work, seed)
    classifier.head.load_state_dict(torch.load(work / "head.pt", weights_only=True))
    sets = encode_all(classifier, data, work)
    found = calibrate(classifier, sets, seed)
    check = fit_face_check(classifier, data, seed)
    config |= {k: found[k] for k in ("temperatures", "thresholds")}
    config["face_check"] = check["threshold"]
    figures = {**found["figures"], "face_check": check}
    (work / "figures.json").write_text(json.dumps(figures, indent=2), "utf-8")
    print(json.dumps({"temperatures": found["temperatures"], **figures}, indent=2))
    save_checkpoint(out, changed_tensors(classifier), config, emotion_card(config, figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    zips = "folder with goemotions_ekman.zip, fer2013.zip and flickr8k.zip, or with them unpacked"
    parser.add_argument("--data", type=Path, required=True, help=zips)
    parser.add_argument("--work", type=Path, default=Path("runs/emotion"), help="states and logs")
    parser.add_argument("--out", type=Path, default=ROOT / "checkpoints" / "emotion-compact")
    parser.add_argument("--stages", default="text,face,fusion,finish", help="comma-separated")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    stages = args.stages.split(",")
    data = unpack(args.data, args.work, ("goemotions_ekman", "fer2013", "flickr8k"))
    if "text" in stages:
        train_text(data / "goemotions_ekman", args.work, args.seed)
    if "face" in stages:
        train_face(data / "fer2013", args.work, args.seed)
    if "fusion" in stages:
        train_head(data, args.work, args.seed)
    if "finish" in stages:
        finish(data, args.work, args.out, args.seed)


if __name__ == "__main__":
    main()
