"""Make ``checkpoints/emotion-compact`` from GoEmotions and FER2013: one command, resumable.

    python -m training.train_emotion --goemotions DIR --fer2013 DIR --work runs/emotion

Stages: text (MiniLM layers), face (EfficientNet-Lite0), fusion (cross-attention head), calibration.
Each stage saves after every epoch and is skipped when finished, so a killed run goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.face_stage import train_face
from training.text_stage import train_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--goemotions", type=Path, required=True, help="unpacked goemotions_ekman.zip"
    )
    parser.add_argument("--fer2013", type=Path, required=True, help="unpacked fer2013.zip")
    parser.add_argument("--work", type=Path, default=Path("runs/emotion"), help="states and logs")
    parser.add_argument("--stages", default="text,face", help="comma-separated, in this order")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    stages = args.stages.split(",")
    if "text" in stages:
        train_text(args.goemotions, args.work, args.seed)
    if "face" in stages:
        train_face(args.fer2013, args.work, args.seed)


if __name__ == "__main__":
    main()
