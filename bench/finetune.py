"""From the click to a trained model: 100 samples in five classes, the second time with vectors that
are there already."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw

from mmdemo.config import ROOT, load_settings
from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.finetune.types import FINISHED, TrainOptions

CLASSES, PER_CLASS, SIDE = 5, 20, 480
FIRST_S, SECOND_S = 30.0, 5.0
LOOK_S = 15.0  # that a person looks at the report of an upload before training
NAMES = ("scratch", "dent", "stain", "crack", "fine")
SAID = ("a thin line across", "pushed in at the edge", "a dark spot on it", "broken at the rim",
        "nothing to be seen")  # fmt: skip


@dataclass(frozen=True)
class Clicks:
    """Wall seconds, and held-out accuracy: from the button of the page to the model, and of the
    command as a whole, start of Python and imports included."""

    first_s: float
    second_s: float
    command_first_s: float
    command_second_s: float
    accuracy: float


def measure_clicks() -> Clicks:
    """Train twice on the same files through the page's service, then twice by the command."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_parts(root / "set")
        clicks = _clicked(root)
        commands = [_commanded(root, name) for name in ("one", "two")]
    accuracies = {accuracy for _, accuracy in (*clicks, *commands)}
    if len(accuracies) > 1:
        raise ValueError(f"runs on the same samples differ: {accuracies}")
    return Clicks(*(seconds for seconds, _ in (*clicks, *commands)), accuracies.pop())


def _clicked(root: Path) -> list[tuple[float, float]]:
    """Seconds and accuracy of two runs. The page's worker gets ready while a person looks at the
    report of the upload."""
    settings = replace(load_settings(), data_root=root / "page")
    service = FinetuneService(settings)
    service.start_queue()
    try:
        workspace = Workspaces(settings.data_root, 1 << 30, 0).open(None)
        report = service.gather(workspace, zipped(root / "set"))
        time.sleep(LOOK_S)
        return [_click(service, workspace, report.dataset_id) for _ in range(2)]
    finally:
        service.close()


def _click(service: FinetuneService, workspace: Workspace, dataset_id: str) -> tuple[float, float]:
    started = time.perf_counter()
    run = service.start(workspace, dataset_id, TrainOptions(name="parts", mode="head"))
    while (view := service.run(workspace, run)).state != "done":
        if view.state in FINISHED:
            raise RuntimeError(view.message)
        time.sleep(0.1)
    return time.perf_counter() - started, view.accuracy


def zipped(folder: Path) -> Path:
    """The folder as one zip beside it."""
    return Path(shutil.make_archive(str(folder), "zip", folder))


def _commanded(root: Path, name: str) -> tuple[float, float]:
    environ = {**os.environ, "MMDEMO_DATA_ROOT": str(root / "data"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "mmdemo", "finetune", str(root / "set"), "--mode", "head",
               "--output", str(root / name), "--json"]  # fmt: skip
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return seconds, json.loads(done.stdout)["accuracy"]


def write_parts(folder: Path) -> None:
    """Drawn pictures of parts with a note each, in the product's own layout."""
    (folder / "images").mkdir(parents=True)
    rng = random.Random(0)
    with open(folder / "data.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "image", "label"])
        for i in range(CLASSES * PER_CLASS):
            kind = i % CLASSES
            said = SAID[kind] if rng.random() < 0.7 else rng.choice(SAID)
            name = f"images/{i}.jpg"
            _part(kind, rng).save(folder / name, quality=90)
            rows.writerow([f"part {rng.randrange(1000)}, {said}", name, NAMES[kind]])


def _part(kind: int, rng: random.Random) -> Image.Image:
    """A grey plate with one of four flaws, or none."""
    tone = rng.randrange(130, 200)
    picture = Image.new("RGB", (SIDE, SIDE), (tone, tone, tone + 10))
    draw = ImageDraw.Draw(picture)
    for _ in range(400):
        x, y = rng.randrange(SIDE), rng.randrange(SIDE)
        draw.point((x, y), fill=(tone - 20,) * 3)
    x, y = (rng.randrange(100, SIDE - 100) for _ in range(2))
    if kind == 0:
        draw.line((x - 90, y - 60, x + 90, y + 60), fill="white", width=3)
    elif kind == 1:
        draw.ellipse((x - 60, y - 60, x + 60, y + 60), outline=(tone - 60,) * 3, width=12)
    elif kind == 2:
        draw.ellipse((x - 50, y - 35, x + 50, y + 35), fill=(70, 50, 30))
    elif kind == 3:
        points = [(x + 18 * step, y + rng.randrange(-30, 30)) for step in range(-4, 5)]
        draw.line(points, fill="black", width=5)
    return picture
