"""Make ``checkpoints/matcher-compact`` from Flickr8k: one command, resumable.

python -m training.train_matcher --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import torch

from mmdemo.config import ROOT
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.matcher import Matcher
from training.match_card import matcher_card
from training.match_data import VIEWS, middle_features, read_captions
from training.match_pictures import tune_pictures
from training.match_stage import (
    CONFIG,
    SEEN_SIZE,
    balance,
    build_start,
    dev_scores,
    tune_both,
)
from training.unpack import unpack

# what the packages carry and training left alone; the checkpoint need not say it again
AS_PACKAGED = (
    "text_encoder.model.embeddings.",
    "vision_encoder.model.conv_stem.",
    "vision_encoder.model.bn1.",
    *(f"vision_encoder.model.blocks.{i}." for i in range(5)),
)


def changed_tensors(matcher: Matcher) -> dict[str, torch.Tensor]:
    """What the checkpoint must carry, in half precision."""
    state = {k: v for k, v in matcher.state_dict().items() if not k.startswith(AS_PACKAGED)}
    return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}


def train_matcher(data: Path, out: Path, seed: int = 0) -> tuple[Matcher, dict]:
    """Both encoders, then pictures alone, then the balance; with the figures on dev."""
    torch.manual_seed(seed)
    train, dev = read_captions(data, "train"), read_captions(data, "dev")
    matcher = build_start()
    encoder = matcher.vision_encoder
    watched = (dev, middle_features(encoder, dev, VIEWS[0], out / "dev_0.npy", seed))
    views = [
        middle_features(encoder, train, view, out / f"train_{i}.npy", seed + i)
        for i, view in enumerate(VIEWS)
    ]
    tune_both(matcher, train, watched, views, out)
    tune_pictures(matcher, train, watched, out)
    balance(matcher, train, views[VIEWS.index("whole")])
    encoder.image_size = SEEN_SIZE  # the references stay as they were seen while tuning
    seen = middle_features(encoder, dev, VIEWS[0], out / f"dev_{SEEN_SIZE}.npy", seed)
    return matcher, dev_scores(matcher, dev, seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    zips = "folder with flickr8k.zip, or with it unpacked"
    parser.add_argument("--data", type=Path, required=True, help=zips)
    parser.add_argument("--work", type=Path, default=Path("runs/matcher"), help="states and logs")
    parser.add_argument("--out", type=Path, default=ROOT / "checkpoints" / "matcher-compact")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    data = unpack(args.data, args.work, ("flickr8k",)) / "flickr8k"
    matcher, figures = train_matcher(data, args.work, args.seed)
    print(json.dumps(figures, indent=2))
    references = matcher.config.references
    config, card = {**CONFIG, "references": references}, matcher_card(figures, references)
    save_checkpoint(args.out, changed_tensors(matcher), config, card, kind="matcher")


if __name__ == "__main__":
    main()
