"""A finished training run on disk as the worker leaves it, made without training: 0.3 s."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from mmdemo.config import Settings
from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.services.finetune import runs
from mmdemo.services.finetune.folders import RunFolder, new_run
from mmdemo.services.finetune.store import report_dict, write_json
from mmdemo.services.finetune.types import CurvePoint, RunReport, SampleResult, TrainOptions
from mmdemo.types import Note
from tests.models.tiny import tiny_checkpoint, tiny_classifier, tiny_config
from tests.video_media import clip_of

LABELS = ("calm", "alarm")
WHOLE = {
    "labels": list(LABELS), "thresholds": dict.fromkeys(LABELS, 0.5),
    "fusion": {"kind": "pooled"}, "crop": "none", "face_check": None,
    "vision_encoder": {"name": "efficientnet-lite0", "image_size": 64},
}  # fmt: skip


def make_settings(home: Path) -> Settings:
    """Settings with one tiny bundled model, whose text encoder own models may name too."""
    tiny_checkpoint(home / "checkpoints")
    return Settings(checkpoints=home / "checkpoints", data_root=home / "data", free_bytes=0)


def make_workspace(settings: Settings) -> Workspace:
    """A fresh one."""
    places = Workspaces(settings.data_root / "workspaces", settings.workspace_bytes, 0)
    return places.open(None)


def report_of(samples: tuple[SampleResult, ...], **changes) -> RunReport:
    """A report of two labels; ``changes`` override single fields."""
    scores = {"n": 10, "accuracy": 0.8, "macro_f1": 0.78, "ece": 0.05}
    row = {"precision": 0.8, "recall": 0.75, "f1": 0.77, "support": 5}
    epochs = [
        {"part": "text", "fold": f, "epoch": e, "loss": 1 / e, "val_loss": 1.2 / e, "val_accuracy":
         0.5 + e / 10, "seconds": 0.1} for f in (1, 2) for e in (1, 2, 3)
    ]  # fmt: skip
    fields = {
        "run_id": "", "name": "Gate", "kind": "classify", "labels": LABELS, "scores": scores,
        "verdict": Note("verdict", "Your model gets 8 of 10 held-out samples right.",
                        {"right": 8, "of": 10}),
        "baseline": {**scores, "accuracy": 0.5, "rule": "most frequent label",
                     "most_frequent": 0.5},
        "by_modality": {"both": scores, "text": {**scores, "accuracy": 0.6}},
        "report": {label: row for label in LABELS}, "matrix": ((4, 1), (1, 4)),
        "calibration": ({"confidence": 0.6, "accuracy": 0.5, "n": 4},
                        {"confidence": 0.9, "accuracy": 1.0, "n": 6}),
        "samples": samples, "history": tuple(epochs), "mode": "head", "seconds": 3.5,
        "learning_curve": (CurvePoint(10, 0.5), CurvePoint(20, 0.8)),
        "notes": (Note("few_held_out", "Only 10 samples were held out.", {"n": 10}),),
    }  # fmt: skip
    return RunReport(**{**fields, **changes})


def sample_results(media: Path) -> tuple[SampleResult, ...]:
    """Row 3: text and picture; 5: a video, red, then green, then blue; 8: text alone, wrong."""
    media.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 255, (300, 700, 3), np.uint8)
    Image.fromarray(noise).save(media / "gate.png")
    thirds = [Image.new("RGB", (96, 64), color) for color in ("red", "lime", "blue")]
    clip_of([frame for frame in thirds for _ in range(20)], media / "clip.mp4")
    return (
        SampleResult(3, "alarm", "alarm", 0.9, 0.9, "i am so angry", media / "gate.png", "image"),
        SampleResult(5, "calm", "calm", 0.7, 0.7, "", media / "clip.mp4", "video"),
        SampleResult(8, "calm", "alarm", 0.8, 0.2, "=cmd() <script>the day</script>", None, ""),
    )


def own_model(workspace: Workspace, name: str) -> Path:
    """A model of the workspace as the trainer saves one over frozen encoders: a head, no more. Its
    text encoder is that of the bundled model."""
    text_folder = workspace.folder.parents[2] / "tiny-text"
    classifier = tiny_classifier(text_folder, **WHOLE)
    state = {k: v for k, v in classifier.state_dict().items() if k.startswith("head.")}
    config = tiny_config(text_folder, **WHOLE, title=name)
    return save_checkpoint(workspace.folder / "models" / name, state, config, f"# {name}\n")


def finished_run(workspace: Workspace, name: str = "gate", **changes) -> RunFolder:
    """A run with its report and its model; ``changes`` go into the report."""
    run = new_run(workspace)
    samples = sample_results(workspace.folder / "datasets" / "1" / "files")
    report = report_of(samples, **{"run_id": run.id, "name": name, "model": name, **changes})
    own_model(workspace, name)
    write_json(run.report, report_dict(report))
    runs.write_state(run, {"state": runs.DONE, "accuracy": 0.8, "seconds": 3.5})
    about = {
        "dataset_id": "", "options": asdict(TrainOptions(name=name, length="quick")),
        "model": name, "created_s": time.time(), "expected_s": {},
    }  # fmt: skip
    write_json(run.about, about)
    return run
