"""A fine-tuning service that reads real datasets and makes up what it learned; only tests use it.

A run takes ``round_s`` seconds a round. The made-up model answers what is true but for the first
held-out sample of the second class, so that the score moves when that label is corrected.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from mmdemo.config import Settings
from mmdemo.data.dataset import read_dataset
from mmdemo.errors import DatasetError, MmdemoError
from mmdemo.services.finetune.types import (
    CurvePoint,
    Duplicate,
    GatherReport,
    Preview,
    RunReport,
    RunView,
    SampleResult,
    TrainOptions,
)
from mmdemo.types import Explanation, ModelInfo, Note, Reading, Sample, WordWeight

ROUNDS = 6


class FakeFinetuneService:
    """The interface of FinetuneService, all in memory, one dictionary per workspace."""

    def __init__(self, settings: Settings, round_s: float = 0.2) -> None:
        self.settings = settings
        self.round_s = round_s
        self._kept: dict[str, dict] = {}

    def _of(self, workspace) -> dict:
        fresh = {"data": {}, "runs": {}, "fixed": {}, "models": {}, "until": {}}
        return self._kept.setdefault(workspace.token, fresh)

    # -- gather ----------------------------------------------------------------------------------

    def gather(self, workspace, upload, columns=None, name="") -> GatherReport:
        """Read it for real; one duplicate and one remark are made up."""
        kept = self._of(workspace)
        dataset_id = f"data{len(kept['data']) + 1}"
        folder = workspace.folder / "datasets" / dataset_id
        kept["data"][dataset_id] = (Path(upload), folder, dict(columns or {}), name)
        try:
            return self.report(workspace, dataset_id)
        except MmdemoError:
            del kept["data"][dataset_id]
            raise

    def _read(self, workspace, dataset_id: str):
        known = self._of(workspace)["data"]
        if dataset_id not in known:
            raise MmdemoError("This dataset is not there any more.", code="dataset_gone")
        path, folder, columns, name = known[dataset_id]
        folder.mkdir(parents=True, exist_ok=True)
        return read_dataset(path, self.settings.limits, folder, columns or None), name

    def report(self, workspace, dataset_id: str) -> GatherReport:
        """What the dataset holds."""
        dataset, name = self._read(workspace, dataset_id)
        fixed = self._of(workspace)["fixed"].get(dataset_id, {})
        labels = [fixed.get(s.row, s.labels[0]) for s in dataset.samples if s.labels]
        classes = dict(Counter(labels).most_common())
        blocked = None
        if len(classes) < 2:
            blocked = Note("one_class", "There is only one label. Add samples of another one.")
        return GatherReport(
            dataset_id, name or dataset.name, "classify", len(dataset.samples), classes,
            dict(Counter(s.split for s in dataset.samples if s.split)), {},
            dataset.problems, (Duplicate((3, 9), ("joy",), ("train", "dev")),),
            (Note("few_samples", "There are few samples; 50 a label would be better."),),
            tuple(self._preview(s) for s in dataset.samples[:12]), dataset.columns,
            ("text", "image", "label", "split"),
            {s.row: s.image for s in dataset.samples[:12] if s.image}, fixed, blocked,
        )  # fmt: skip

    def _preview(self, s: Sample) -> Preview:
        return Preview(s.row, s.text, next(iter(s.labels), ""), s.split, s.image, "image")

    def recolumn(self, workspace, dataset_id: str, columns) -> GatherReport:
        """Read again with other columns."""
        kept = self._of(workspace)["data"]
        path, folder, before, name = kept[dataset_id]
        kept[dataset_id] = (path, folder, dict(columns), name)
        try:
            return self.report(workspace, dataset_id)
        except MmdemoError:
            kept[dataset_id] = (path, folder, before, name)
            raise

    def datasets(self, workspace):
        """The newest first."""
        return tuple((one, one) for one in reversed(self._of(workspace)["data"]))

    def remove_dataset(self, workspace, dataset_id: str) -> None:
        """Forget it."""
        self._of(workspace)["data"].pop(dataset_id)

    def relabel(self, workspace, dataset_id: str, labels) -> None:
        """Remember the corrections."""
        self._of(workspace)["fixed"].setdefault(dataset_id, {}).update(labels)

    def estimate(self, workspace, dataset_id: str, options: TrainOptions) -> float:
        """Made up."""
        return {"quick": 20, "standard": 70, "thorough": 400}[options.length]

    # -- train -----------------------------------------------------------------------------------

    def start(self, workspace, dataset_id: str, options: TrainOptions) -> str:
        """Begin at once."""
        if options.name == "crash":
            raise DatasetError("The dataset is gone. Add it again.", code="dataset_missing")
        kept = self._of(workspace)
        run_id = f"run{len(kept['runs']) + 1}"
        dataset, _ = self._read(workspace, dataset_id)
        fixed = dict(kept["fixed"].get(dataset_id, {}))
        kept["runs"][run_id] = (dataset_id, options, time.monotonic(), dataset, fixed)
        return run_id

    def run(self, workspace, run_id: str) -> RunView:
        """How far it is by the clock."""
        kept = self._of(workspace)
        dataset_id, options, began, _, _ = kept["runs"][run_id]
        stopped = kept["until"].get(run_id)
        spent = (stopped or time.monotonic()) - began
        epoch = min(int(spent / self.round_s), ROUNDS)
        state = "stopped" if stopped else "done" if epoch == ROUNDS else "running"
        history = tuple(
            {"epoch": n, "loss": 1.4 / n, "train_accuracy": 1 - 0.6 / n, "val_loss": 1.5 / n + 0.1,
             "val_accuracy": 0.92 - 0.5 / n, "seconds": self.round_s}
            for n in range(1, epoch + 1)
        )  # fmt: skip
        view = RunView(
            run_id, dataset_id, options.name, state, options, step="train", epoch=epoch,
            epochs=ROUNDS, fraction=epoch / ROUNDS, left_s=(ROUNDS - epoch) * self.round_s,
            history=history, seconds=spent if state != "done" else ROUNDS * self.round_s,
        )  # fmt: skip
        if state != "done":
            return view
        kept["models"].setdefault(run_id, self._info(workspace, run_id))
        right = self._samples(workspace, run_id)
        accuracy = sum(s.right for s in right) / len(right)
        return replace(view, accuracy=accuracy, model=kept["models"][run_id].name)

    def _info(self, workspace, run_id: str) -> ModelInfo:
        _, options, _, dataset, _ = self._of(workspace)["runs"][run_id]
        name = f"{options.name}-{run_id}"
        folder = workspace.folder / "models" / name
        return ModelInfo(str(folder), name, dataset.labels, 1_400_000, True)

    def runs(self, workspace):
        """The newest first."""
        return tuple(self.run(workspace, run) for run in reversed(self._of(workspace)["runs"]))

    def stop(self, workspace, run_id: str) -> None:
        """Stop at once."""
        self._of(workspace)["until"][run_id] = time.monotonic()

    def resume(self, workspace, run_id: str) -> None:
        """Go on."""
        self._of(workspace)["until"].pop(run_id, None)

    # -- understand ------------------------------------------------------------------------------

    def _samples(self, workspace, run_id: str) -> list[SampleResult]:
        _, _, _, dataset, fixed = self._of(workspace)["runs"][run_id]
        held = [s for s in dataset.samples if s.split == "dev" and s.labels] or dataset.samples[:8]
        mistaken = next(s for s in held if s.labels[0] == dataset.labels[1])
        out = []
        for place, s in enumerate(held):
            truth = fixed.get(s.row, s.labels[0])
            said = dataset.labels[0] if s is mistaken else s.labels[0]
            sure = 0.93 if s is mistaken else 0.6 + 0.39 * (place % 7) / 7
            out.append(
                SampleResult(s.row, truth, said, sure, sure if truth == said else 1 - sure, s.text,
                             s.image, "image")
            )  # fmt: skip
        return sorted(
            out, key=lambda r: (not r.right, r.probability if not r.right else -r.probability)
        )

    def result(self, workspace, run_id: str) -> RunReport:
        """Counted from the made-up answers."""
        view = self.run(workspace, run_id)
        dataset = self._of(workspace)["runs"][run_id][3]
        samples, labels = self._samples(workspace, run_id), dataset.labels
        matrix = np.zeros((len(labels), len(labels)), int)
        for s in samples:
            matrix[labels.index(s.truth), labels.index(s.predicted)] += 1
        right = round(100 * view.accuracy)
        verdict = Note(
            "verdict_both",
            f"Your model gets {right} of 100 held-out samples right; before training 25; "
            "with the text alone 68; with the picture alone 71.",
        )
        report = {
            name: {"precision": 0.9, "recall": 0.85, "f1": 0.87, "support": int(matrix[n].sum())}
            for n, name in enumerate(labels)
        }
        sides = {"both": view.accuracy, "text": 0.68, "picture": 0.71}
        return RunReport(
            run_id, view.name, "classify", verdict, labels,
            {"n": len(samples), "accuracy": view.accuracy, "macro_f1": 0.87, "ece": 0.08},
            {"accuracy": 0.25}, {k: {"accuracy": v} for k, v in sides.items()}, report,
            tuple(tuple(int(n) for n in row) for row in matrix),
            tuple({"confidence": c, "accuracy": c - 0.06, "n": 5} for c in (0.3, 0.5, 0.7, 0.9)),
            tuple(samples), tuple(CurvePoint(n, 0.5 + n / 90) for n in (9, 18, 36)), view.history,
            (Note("small_test", "The test has few samples, so the score is rough."),), "head",
            view.seconds, view.model,
        )  # fmt: skip

    def explain(self, workspace, run_id: str, row: int, label=None) -> Explanation:
        """The first words count; the middle of the picture is hot."""
        sample = next(s for s in self._samples(workspace, run_id) if s.row == row)
        picture = self.picture(workspace, run_id, row)
        return self._why(sample.text, picture, label or sample.predicted)

    def _why(self, text: str, picture: Image.Image | None, label: str) -> Explanation:
        words, at = [], 0
        for n, piece in enumerate(text.split()):
            start = text.index(piece, at)
            at = start + len(piece)
            words.append(WordWeight(start, at, max(-0.5, 1 - 0.3 * n)))
        heat = None
        if picture is not None:
            y, x = np.mgrid[0 : picture.height, 0 : picture.width].astype(np.float32)
            middle = picture.height / 2, picture.width / 2
            heat = np.exp(-((y - middle[0]) ** 2 + (x - middle[1]) ** 2) / 2000)
        maps = tuple(heat for _ in words) if heat is not None else ()
        return Explanation(label, tuple(words), heat, maps)

    def picture(self, workspace, run_id: str, row: int) -> Image.Image | None:
        """The picture of that row."""
        sample = next(s for s in self._samples(workspace, run_id) if s.row == row)
        return Image.open(sample.medium).convert("RGB") if sample.medium else None

    def report_html(self, workspace, run_id: str, translate=None) -> Path:
        """A file."""
        return self._file(workspace, f"{run_id}.html", "<h1>report</h1>")

    def report_csv(self, workspace, run_id: str) -> Path:
        """A file."""
        return self._file(workspace, f"{run_id}.csv", "row,truth\n")

    def charts(self, workspace, run_id: str) -> dict[str, Path]:
        """One chart."""
        return {"confusion": self._file(workspace, "confusion.png", "png")}

    def _file(self, workspace, name: str, content: str) -> Path:
        path = workspace.folder / "runs" / name
        path.write_text(content)
        return path

    # -- use -------------------------------------------------------------------------------------

    def models(self, workspace) -> tuple[ModelInfo, ...]:
        """The newest first."""
        return tuple(reversed(self._of(workspace)["models"].values()))

    def try_it(self, workspace, model: str, text: str, medium: Path | None):
        """The label whose name stands in the text, else the first."""
        info = next(m for m in self.models(workspace) if m.name == model)
        label = next((n for n in info.labels if n in text), info.labels[0])
        rest = 0.2 / max(1, len(info.labels) - 1)
        reading = Reading({n: 0.8 if n == label else rest for n in info.labels}, {}, (label,))
        picture = Image.open(medium).convert("RGB") if medium else None
        return reading, self._why(text, picture, label)

    def download(self, workspace, run_id: str) -> Path:
        """A file that can be brought back."""
        return self._file(workspace, f"{run_id}.zip", self._info(workspace, run_id).title)

    def bring_back(self, workspace, upload: Path) -> str:
        """The name that stands in the file."""
        name = upload.read_text()
        if len(name) > 80:
            raise DatasetError(f"{upload.name} is not a model of mmdemo.", code="checkpoint")
        folder = workspace.folder / "models" / f"{name}-2"  # beside the model it was made from
        info = ModelInfo(str(folder), name, ("joy", "anger"), 1_400_000)
        self._of(workspace)["models"][f"back {name}"] = info
        return name

    def remove_model(self, workspace, model: str) -> None:
        """Forget it."""
        models = self._of(workspace)["models"]
        for key in [k for k, m in models.items() if m.name == model]:
            del models[key]

    def push_to_hub(self, workspace, run_id: str, repo: str, token: str) -> str:
        """Refuses without a token."""
        if not token:
            raise MmdemoError("A token is needed.", code="hub_token")
        return f"https://huggingface.co/{repo}"
