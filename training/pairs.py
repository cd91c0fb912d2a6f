"""Write the agreeing sentence-face pairs of the dev splits as a dataset that ``evaluate`` reads."""

from __future__ import annotations

import argparse
import csv
import shutil
from pathlib import Path

import torch

from training.calibration import pair_rows
from training.face_stage import LABELS
from training.text_stage import read_texts
from training.unpack import unpack


def write_pairs(data: Path, out: Path, seed: int) -> int:
    """One row per single-label dev sentence with a random dev face of that label."""
    texts, targets = read_texts(data / "goemotions_ekman", "dev")
    with open(data / "fer2013" / "data.csv", newline="", encoding="utf-8") as handle:
        faces = [row for row in csv.DictReader(handle) if row["split"] == "dev"]
    labels = torch.tensor([LABELS.index(row["label"]) for row in faces])
    rows, picks, _ = pair_rows(targets, labels, seed)
    (out / "images").mkdir(parents=True, exist_ok=True)
    with open(out / "data.csv", "w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "image", "label"])
        for row, pick in zip(rows.tolist(), picks.tolist(), strict=True):
            source = data / "fer2013" / faces[pick]["image"]
            target = out / "images" / source.name
            if not target.exists():
                shutil.copyfile(source, target)
            writer.writerow([texts[row], f"images/{source.name}", faces[pick]["label"]])
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs/emotion"))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    data = unpack(args.data, args.work, ("goemotions_ekman", "fer2013"))
    print(f"{write_pairs(data, args.out, args.seed)} pairs in {args.out}")


if __name__ == "__main__":
    main()
