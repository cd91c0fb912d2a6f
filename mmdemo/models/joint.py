"""Train the classic models on samples of a person's own: both encoders and the fusion head as one.

The same interface as :class:`training.Trainer`, which trains linear heads on frozen vectors.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..config import Limits
from ..data.vector_cache import VectorCache
from ..types import Sample
from .adapters import add_adapters, tuned_weights
from .classifier import Classifier, ClassifierConfig
from .core import Core
from .encoders import TextEncoder, VisionEncoder, build_text_encoder, build_vision_encoder
from .encoders.lstm import build_vocabulary
from .joint_fit import Fit, Inputs, JointFit, Place, Rows
from .joint_inputs import FrameStore, FrozenInputs, LiveInputs
from .joint_presets import CROSS_ATTENTION, REFIT, JointPreset
from .joint_targets import adapter_targets
from .training import Trained, TrainPlan, class_weights
from .training_fold import Callbacks
from .training_head import fit_temperature
from .training_presets import ADAPTER, AUTO, FULL, HEAD
from .training_vectors import CountProgress, Vectors, encode_media, encode_texts

FEW = 30  # samples; below, each is held out once
SETS = {"both": "text+vision", "text": "text", "picture": "vision"}


@dataclass(frozen=True)
class _Made:
    """A classifier to be trained: what changes in it, what it reads, its encoders' adapters."""

    classifier: Classifier
    inputs: Inputs
    trained: list[torch.nn.Parameter]
    targets: dict[str, list[str]]


class JointTrainer:
    """Trains on one dataset. ``work``: folder for what lets a killed run go on; ``fusion``:
    "concat" or "cross-attention"."""

    def __init__(
        self, core: Core, cache: VectorCache | None, limits: Limits, work: Path,
        preset: JointPreset, *, callbacks: Callbacks | None = None, fusion: str = "concat",
    ) -> None:  # fmt: skip
        self.core, self.cache, self.limits, self.work = core, cache, limits, Path(work)
        self.preset, self.callbacks = preset, callbacks or Callbacks()
        self.fusion = CROSS_ATTENTION if fusion == "cross-attention" else preset.fusion
        self.vision: VisionEncoder = build_vision_encoder(**preset.vision)
        self.text: TextEncoder | None = None
        if not preset.own_vocabulary:
            self.text = build_text_encoder(**preset.text)
        self.store: FrameStore | None = None
        self.kept: tuple[tuple[int, ...], Vectors] | None = None  # frozen vectors of those rows

    def encode(
        self, samples: Sequence[Sample], progress: CountProgress | None = None
    ) -> tuple[Vectors, dict[int, str]]:
        """Read every medium once. Returns which sample has what (the vectors stay empty: encoders
        that change have none), and position -> why its medium could not be read."""
        self.store = FrameStore(self.work / "frames.npy", self.vision.image_size, samples)
        problems = self.store.read(samples, self.limits, progress)
        has_text = torch.tensor([bool(s.text.strip()) for s in samples])
        has_vision = torch.tensor([bool(self.store.frames(s)) for s in samples])
        empty = torch.zeros(len(samples), 0)
        return Vectors(empty, empty, has_text, has_vision), problems

    def fit(self, plan: TrainPlan, vectors: Vectors, name: str = "fit") -> Trained:
        """Train; ``name`` tells several fits of one run apart in the working folder."""
        mode = self.preset.mode if plan.mode == AUTO else plan.mode
        y, folds = torch.tensor(plan.targets), torch.tensor(plan.folds)
        numbers = sorted(folds.unique().tolist())
        used = numbers if len(y) < FEW else numbers[:1]
        refit = len(y) < REFIT
        of = len(used) + refit
        logits = {part: torch.zeros(len(y), len(plan.labels)) for part in SETS}
        seen = torch.zeros(len(y), dtype=torch.bool)
        fits, made = [], None
        for k, fold in enumerate(used):
            made = self._make(plan, mode, folds != fold, vectors)
            held = torch.nonzero(folds == fold).flatten()
            run = self._run(made, plan, (torch.nonzero(folds != fold).flatten(), held),
                            self.work / f"{name}-{k}.pt", (k, of))  # fmt: skip
            fits.append(run.run())
            for part, found in run.predict_logits(held.tolist()).items():
                logits[part][held] = found
            seen[held] = True
        if refit:
            epochs = max(1, round(float(np.median([fit.best_epoch for fit in fits]))))
            made = self._make(plan, mode, torch.ones(len(y), dtype=torch.bool), vectors)
            everyone = (torch.arange(len(y)), torch.zeros(0, dtype=torch.long))
            run = self._run(made, plan, everyone, self.work / f"{name}-all.pt", (len(used), of),
                            epochs)  # fmt: skip
            fits.append(run.run())
        return self._trained(plan, made, mode, _Seen(logits, seen, vectors, y), fits)

    def _make(self, plan: TrainPlan, mode: str, rows: Tensor, vectors: Vectors) -> _Made:
        """A fresh classifier. The vocabulary of one trained from scratch comes from ``rows``."""
        torch.manual_seed(plan.tune.seed)
        text, vision = self._text(plan, rows), self._fresh_vision()
        config = ClassifierConfig.from_dict(self._config(plan, text, vision, {}))
        classifier = Classifier(config, text, vision)
        targets: dict[str, list[str]] = {}
        trained = list(classifier.head.parameters())
        if mode == FULL:
            trained += [*text.parameters(), *vision.parameters()]
        else:
            text.requires_grad_(False)
            vision.requires_grad_(False)
        if mode == ADAPTER:
            for side, encoder in (("text_encoder", text), ("vision_encoder", vision)):
                targets[side] = adapter_targets(encoder)
                trained += add_adapters(encoder, targets[side])
        pooled_only = mode == HEAD and not self.fusion["kind"].startswith("cross")
        if pooled_only:
            inputs: Inputs = FrozenInputs(self._frozen(plan, vectors, classifier))
        else:
            inputs = LiveInputs(
                classifier, plan.samples, self.store,
                augmentation=plan.augmentation, frozen=mode == HEAD,
            )  # fmt: skip
        return _Made(classifier, inputs, [p for p in trained if p.requires_grad], targets)

    def _text(self, plan: TrainPlan, rows: Tensor) -> TextEncoder:
        if self.text is not None:
            return copy.deepcopy(self.text)
        chosen = [s.text for s, here in zip(plan.samples, rows.tolist(), strict=True) if here]
        options = {**self.preset.text, "vocabulary": build_vocabulary(chosen)}
        return build_text_encoder(**options)

    def _fresh_vision(self) -> VisionEncoder:
        if self.preset.vision["name"] == "cnn":  # from scratch: new random weights, by the seed
            return build_vision_encoder(**self.preset.vision)
        return copy.deepcopy(self.vision)

    def _frozen(self, plan: TrainPlan, vectors: Vectors, classifier: Classifier) -> Vectors:
        """Vectors of frozen encoders for the plan's samples, kept over folds and runs."""
        rows = tuple(sample.row for sample in plan.samples)
        if self.kept is not None and self.kept[0] == rows:
            return self.kept[1]
        text = encode_texts(classifier.text_encoder, [s.text for s in plan.samples], self.cache)
        vision, _ = encode_media(
            classifier.vision_encoder, plan.samples, self.cache, self.limits,
            progress=lambda done, of: self.callbacks.read(done / max(of, 1)),
        )  # fmt: skip
        found = Vectors(text, vision, vectors.has_text, vectors.has_vision)
        self.kept = (rows, found)
        return found

    def _run(
        self, made: _Made, plan: TrainPlan, rows: tuple[Tensor, Tensor], state: Path,
        place: tuple[int, int], epochs: int = 0,
    ) -> JointFit:  # fmt: skip
        y = torch.tensor(plan.targets)
        weights = class_weights(y, len(plan.labels)) if plan.class_weights else torch.ones(len(y))
        settings = replace(plan.tune, epochs=epochs) if epochs else plan.tune
        return JointFit(
            made.classifier, made.inputs, Rows(*rows, y, weights, plan.labels), settings,
            trained=made.trained, decay=self.preset.decay, callbacks=self.callbacks, state=state,
            place=Place(*place, plan.tune.epochs * place[1]),
        )  # fmt: skip

    def _config(
        self, plan: TrainPlan, text: TextEncoder, vision: VisionEncoder, temperatures: dict
    ) -> dict:
        return {
            "title": plan.title, "labels": list(plan.labels), "text_encoder": text.recipe,
            "vision_encoder": vision.recipe, "fusion": self.fusion,
            "temperatures": dict.fromkeys(SETS.values(), 1.0) | temperatures,
            "thresholds": dict.fromkeys(plan.labels, 0.5), "crop": "none",
        }  # fmt: skip

    def _trained(
        self, plan: TrainPlan, made: _Made, mode: str, seen: _Seen, fits: list[Fit]
    ) -> Trained:
        temperatures = seen.temperatures()
        classifier = made.classifier
        config = self._config(
            plan, classifier.text_encoder, classifier.vision_encoder, temperatures
        )
        # the last fit, on everything, has no score; a report per epoch was told when it was made
        history = tuple(
            {key: value for key, value in row.items() if key != "report"}
            for fit in fits for row in fit.history if "val_loss" in row
        )  # fmt: skip
        loss = min(row["val_loss"] for row in history)
        return Trained(
            config, _state(made, mode), seen.probabilities("both", temperatures),
            {part: seen.probabilities(part, temperatures) for part in ("text", "picture")
             if seen.any(part)},
            mode, {mode: loss}, history,
        )  # fmt: skip

    def untrained(self, labels: Sequence[str], vectors: Vectors) -> None:
        """Before training these models answer nothing; the most frequent label is the baseline."""

    def learning_curve(self, *args: object, **options: object) -> list:
        """None: it would take as many trainings as it has points."""
        return []

    @torch.inference_mode()
    def predict_proba(
        self, trained: Trained, samples: Sequence[Sample], vectors: Vectors
    ) -> dict[str, np.ndarray]:
        """Probabilities (n, c) of the trained model: "both" by what each sample has, "text" and
        "picture" by that alone (where it has none, the same as "both")."""
        classifier = self.build(trained)
        readings = []
        for start in range(0, len(samples), 16):
            part = samples[start : start + 16]
            looks = [self.store.frames(s) or None for s in part]
            readings += classifier.classify([s.text for s in part], looks)

        def rows(pick) -> np.ndarray:
            return np.array([[pick(r)[label] for label in classifier.labels] for r in readings])

        return {
            "both": rows(lambda r: r.probabilities),
            "text": rows(lambda r: r.modalities.get("text", r.probabilities)),
            "picture": rows(lambda r: r.modalities.get("face", r.probabilities)),
        }

    def build(self, trained: Trained) -> Classifier:
        """The classifier that a checkpoint of it would load as."""
        state = {k: v.float() for k, v in trained.state.items()}
        return self.core.assemble(trained.config, state, "the trained model")


@dataclass(frozen=True)
class _Seen:
    """Logits of samples that were held out (``seen``), by what was shown of them."""

    logits: dict[str, Tensor]
    seen: Tensor
    vectors: Vectors
    y: Tensor

    def _rows(self, part: str) -> Tensor:
        text, vision = self.vectors.has_text, self.vectors.has_vision
        have = {"both": text & vision, "text": text, "picture": vision}[part]
        return have & self.seen

    def any(self, part: str) -> bool:
        """Whether any held-out sample has it."""
        return bool(self._rows(part).any())

    def temperatures(self) -> dict[str, float]:
        """Set of modalities -> T, where held-out samples have it."""
        return {
            name: fit_temperature(self.logits[part][self._rows(part)], self.y[self._rows(part)])
            for part, name in SETS.items()
            if self.any(part)
        }

    def probabilities(self, part: str, temperatures: dict[str, float]) -> np.ndarray:
        """(n, c) calibrated, each sample by what it has."""
        text, vision = self.vectors.has_text, self.vectors.has_vision
        scale = torch.ones(len(self.y))
        kinds = {"text+vision": text & vision, "text": text & ~vision, "vision": vision & ~text}
        for name, rows in kinds.items():
            scale[rows] = temperatures.get(name if part == "both" else SETS[part], 1.0)
        return (self.logits[part] / scale[:, None]).softmax(1).numpy()


def _state(made: _Made, mode: str) -> dict[str, Tensor]:
    """What the checkpoint holds: the head, what was tuned, and encoders that nobody else has."""
    classifier = made.classifier
    state = {f"head.{k}": v.clone() for k, v in classifier.head.state_dict().items()}
    for side in ("text_encoder", "vision_encoder"):
        encoder = getattr(classifier, side)
        changed = tuned_weights(encoder, made.targets[side]) if side in made.targets else {}
        if encoder.carried or mode == FULL:
            plain = {k.replace(".base_layer.", "."): v for k, v in encoder.state_dict().items()
                     if "lora_" not in k}  # fmt: skip
            changed = plain | changed
        state |= {f"{side}.{k}": v.clone().half() for k, v in changed.items()}
    return state
