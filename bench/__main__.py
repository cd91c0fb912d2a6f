"""``python -m bench``: one run, rows as they are measured, each target marked."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bench.rows import (
    QUERY_TARGETS_MS,
    Row,
    app_rows,
    click_rows,
    encoder_rows,
    head_rows,
    index_rows,
    line,
    memory_rows,
    query_rows,
    speed_rows,
    taught_rows,
    video_rows,
)

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

Part = tuple[str, list[Row], dict]  # name, lines of the table, raw figures


def machine() -> str:
    """What was measured on."""
    import torch

    return (
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__} "
        f"with {torch.get_num_threads()} threads"
    )


def measure_app_start(args: argparse.Namespace, settings) -> Iterator[Part]:
    """The app in a process of its own."""
    from bench.app_start import measure_app

    app = measure_app()
    yield "app", app_rows(app), asdict(app)


def measure_emotion(args: argparse.Namespace, settings) -> Iterator[Part]:
    """Answers about text, pictures and videos."""
    from bench.speed import SIDE, TOKENS, measure_speed
    from bench.video import measure_video

    speed = measure_speed(settings, args.rounds)
    print(
        f"One sentence of {TOKENS} tokens, one picture of {SIDE} px, batch 1, on {machine()}.\n"
        f"The compact preset makes its face crop {speed.size} px wide, reads it, its mirror\n"
        f"image, and each modality alone; the classic pair reads {SIDE} px once. Medians of\n"
        f"{args.rounds} rounds in turns, without face detection and explanation."
    )
    yield "speed", speed_rows(speed), {**asdict(speed), "ratio": speed.ratio}
    video = measure_video(settings)
    yield "video", video_rows(video), {**asdict(video), "times_playing": video.times_playing}


def measure_retrieval(args: argparse.Namespace, settings) -> Iterator[Part]:
    """Indexing, and searching in libraries of up to so many frames."""
    from bench.indexing import measure_encoder, measure_indexing, measure_memory
    from bench.library import measure_queries

    index = measure_indexing(settings)
    yield "index", index_rows(index), asdict(index)
    encoder = measure_encoder(settings)
    yield "encoder", encoder_rows(encoder), asdict(encoder)
    memory = measure_memory()
    yield "memory", memory_rows(memory), asdict(memory)
    for frames in (n for n in QUERY_TARGETS_MS if n <= args.most_frames):
        times = measure_queries(settings, frames)
        yield f"search_{frames}", query_rows(times), asdict(times)


def measure_training(args: argparse.Namespace, settings) -> Iterator[Part]:
    """Training: its time, and how good its models are."""
    from bench.finetune import measure_clicks
    from bench.finetune_quality import Lab, adapter_against_head, few_shot, head_against_sklearn

    clicks, lab = measure_clicks(), Lab(settings)
    yield "clicks", click_rows(clicks), asdict(clicks)
    versus = head_against_sklearn(lab, args.data)
    yield "head", head_rows(versus), {"sets": [asdict(v) for v in versus]}
    if args.data is None:
        print("Adapters against heads and few-shot training need GoEmotions: skipped. Name the "
              "folder that holds goemotions_ekman/ and fer2013/ with --data.")  # fmt: skip
        return
    adapter, shots = adapter_against_head(lab, args.data), few_shot(lab, args.data)
    figures = {"adapter": asdict(adapter), "few_shot": [asdict(s) for s in shots]}
    yield "taught", taught_rows(adapter, shots), figures


PARTS = {
    "app": measure_app_start,
    "emotion": measure_emotion,
    "retrieval": measure_retrieval,
    "training": measure_training,
}


def measure(args: argparse.Namespace) -> Iterator[Part]:
    """The chosen parts, one after the other."""
    import torch
    import transformers

    from mmdemo.config import load_settings

    transformers.utils.logging.disable_progress_bar()
    settings = load_settings()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    for name in args.parts:
        print(f"measuring: {name} ...", file=sys.stderr)
        yield from PARTS[name](args, settings)


def main() -> int:
    """0 when every target is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART",
        help=f"what to measure: {', '.join(PARTS)} (default: all)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=30, help="answers of each kind (default 30)")
    parser.add_argument(
        "--most-frames",
        type=int,
        default=max(QUERY_TARGETS_MS),
        help="leave larger libraries out (default: the largest, 1 GB on disk and some minutes)",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="unpacked data sets, for what needs them"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw figures too")
    args = parser.parse_args()
    args.parts = args.parts or list(PARTS)
    if unknown := [name for name in args.parts if name not in PARTS]:
        parser.error(f"no part is called {unknown[0]!r}; there are {', '.join(PARTS)}")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    figures, missed = {}, False
    for name, rows, raw in measure(args):
        figures[name] = raw
        print("\n".join(map(line, rows)), flush=True)
        missed |= any(row.passed is False for row in rows)
        if args.json:
            args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
