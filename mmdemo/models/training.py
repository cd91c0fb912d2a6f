"""Train a classifier on samples of a person's own: frozen vectors, tuned encoders, one head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..config import Limits
from ..data.vector_cache import VectorCache
from ..types import Sample
from .classifier import Classifier
from .core import Core, share_embeddings
from .encoders import BertTextEncoder, EfficientNetEncoder, build_vision_encoder
from .fusion import PooledHead
from .token_sets import one_token
from .training_budget import LEAST_TO_TUNE
from .training_encoders import Candidate, Tuning, best_start, held_out_loss
from .training_fold import Callbacks, TuneSettings
from .training_head import fit_head, learning_curve
from .training_presets import ADAPTER, AUTO, FULL, HEAD, PRESETS
from .training_search import Search
from .training_vectors import CountProgress, Vectors, encode_media, encode_texts


@dataclass(frozen=True)
class TrainPlan:
    """What to train on and how. ``targets``: label number per sample; ``folds``: fold number per
    sample, in which samples that belong together share one."""

    samples: Sequence[Sample]
    targets: Sequence[int]
    labels: tuple[str, ...]
    folds: Sequence[int]
    mode: str = AUTO
    tune: TuneSettings = field(default_factory=TuneSettings)
    class_weights: bool = False
    augmentation: bool = True
    search_minutes: float = 0.0
    title: str = ""


@dataclass(frozen=True)
class Trained:
    """A trained classifier as what a checkpoint holds, and how it came about.

    ``held_out``: (n, c) probabilities that models which had not seen the sample gave it; ``alone``:
    the same by "text" and "picture" alone, where any sample has it; ``mode`` is what was used in
    the end; ``losses``: held-out loss per candidate that was compared.
    """

    config: dict
    state: dict[str, Tensor]
    held_out: np.ndarray
    alone: dict[str, np.ndarray]
    mode: str
    losses: dict[str, float]
    history: tuple[dict[str, float], ...] = ()
    kind: str = "classifier"  # of the checkpoint


class Trainer:
    """Trains on one dataset. ``work``: folder for what lets a killed run go on."""

    def __init__(
        self, core: Core, cache: VectorCache | None, limits: Limits, work: Path,
        callbacks: Callbacks | None = None, preset: str = "compact",
    ) -> None:  # fmt: skip
        self.core, self.cache, self.limits = core, cache, limits
        self.work, self.callbacks = Path(work), callbacks or Callbacks()
        self.preset = PRESETS[preset]
        options = dict(self.preset.text)
        base = core.base_text_encoder(options.pop("name"))
        self.text: BertTextEncoder = share_embeddings(base, **options)
        self.vision: EfficientNetEncoder = build_vision_encoder(**self.preset.vision)

    def encode(
        self, samples: Sequence[Sample], progress: CountProgress | None = None
    ) -> tuple[Vectors, dict[int, str]]:
        """Frozen vectors of samples, and position -> why its medium could not be read."""
        text = encode_texts(self.text, [s.text for s in samples], self.cache, progress)
        vision, problems = encode_media(
            self.vision, samples, self.cache, self.limits, progress=progress
        )
        if self.cache:
            self.cache.tidy()
        has_text = torch.tensor([bool(s.text.strip()) for s in samples])
        has_vision = torch.tensor(
            [bool(s.image or s.video) and i not in problems for i, s in enumerate(samples)]
        )
        return Vectors(text, vision, has_text, has_vision), problems

    def fit(self, plan: TrainPlan, vectors: Vectors, name: str = "fit") -> Trained:
        """Train; ``name`` tells several fits of one run apart in the working folder."""
        y, folds = torch.tensor(plan.targets), torch.tensor(plan.folds)
        classes = len(plan.labels)
        weights = class_weights(y, classes) if plan.class_weights else None
        frozen = fit_head(vectors, y, classes, folds, weights=weights)
        found = Candidate(HEAD, frozen, {}, held_out_loss(frozen, y))
        losses, history = {HEAD: found.loss}, ()
        if plan.mode != HEAD:
            start = best_start(self, plan, vectors, frozen, weights)
            if start.changed:
                blended = fit_head(
                    start.vectors, y, classes, folds, weights=weights, known=start.fits
                )
                other = Candidate(HEAD, blended, start.changed, held_out_loss(blended, y))
                losses["head on the emotion encoder"] = other.loss
                found = min(found, other, key=lambda c: c.loss)
            if self._tunes(plan, vectors):
                if plan.search_minutes:
                    plan = Search(self, plan, start, weights).run()
                tuning = Tuning(self, plan, start, weights, name)
                tuned, history = tuning.run(), tuning.history
                if tuned is not None:
                    losses[tuned.mode] = tuned.loss
                    found = tuned if plan.mode != AUTO or tuned.loss < found.loss else found
        return self._trained(plan, found, losses, history)

    def _tunes(self, plan: TrainPlan, vectors: Vectors) -> bool:
        if plan.mode == AUTO:
            enough = len(vectors) >= LEAST_TO_TUNE or plan.search_minutes > 0
            return plan.tune.epochs > 0 and enough
        return plan.mode in (ADAPTER, FULL)

    def _trained(self, plan: TrainPlan, found: Candidate, losses: dict, history: tuple) -> Trained:
        head = found.head.fill(
            PooledHead({"text": self.text.width, "vision": self.vision.width}, len(plan.labels))
        )
        state = {f"head.{key}": value for key, value in head.state_dict().items()}
        state |= {key: value.half() for key, value in found.weights.items()}
        config = {
            "title": plan.title,
            "labels": list(plan.labels),
            "text_encoder": self.preset.text,
            "vision_encoder": self.preset.vision,
            "fusion": head.options,
            "temperatures": found.head.temperatures,
            "thresholds": dict.fromkeys(plan.labels, 0.5),
            "crop": "none",
        }
        held_out = found.head.held_out.softmax(1).numpy()
        names = {"text": "text", "vision": "picture"}
        alone = {
            name: found.head.alone[key].softmax(1).numpy()
            for key, name in names.items()
            if key in found.head.alone
        }
        return Trained(config, state, held_out, alone, found.mode, losses, history)

    @torch.inference_mode()
    def untrained(self, labels: Sequence[str], vectors: Vectors) -> np.ndarray | None:
        """What the base encoder answers before any training, (n,) label numbers: the label whose
        name is nearest to the sentence. None where samples lack text."""
        if not bool(vectors.has_text.all()):
            return None
        names = encode_texts(self.text, [label.replace("_", " ") for label in labels], self.cache)
        cosine = (
            torch.nn.functional.normalize(vectors.text) @ torch.nn.functional.normalize(names).T
        )
        return cosine.argmax(1).numpy()

    @torch.inference_mode()
    def predict_proba(
        self, trained: Trained, samples: Sequence[Sample], vectors: Vectors
    ) -> dict[str, np.ndarray]:
        """Probabilities (n, c) of the trained model: "both" by what each sample has, "text" and
        "picture" by that alone. ``vectors`` are the frozen ones of the samples."""
        classifier = self.build(trained)
        if any(key.startswith("text_encoder.") for key in trained.state):
            texts = encode_texts(classifier.text_encoder, [s.text for s in samples], None)
            vectors = replace(vectors, text=texts)
        if any(key.startswith("vision_encoder.") for key in trained.state):
            vision, _ = encode_media(classifier.vision_encoder, samples, None, self.limits)
            vectors = replace(vectors, vision=vision)
        none = torch.zeros_like(vectors.has_text)
        parts = {
            "both": (vectors.has_text, vectors.has_vision),
            "text": (vectors.has_text, none),
            "picture": (none, vectors.has_vision),
        }
        out = {}
        for name, (text, vision) in parts.items():
            tokens = (one_token(vectors.text, text), one_token(vectors.vision, vision))
            logits = classifier.fuse(*tokens).logits
            out[name] = classifier.probabilities(logits, text, vision).numpy()
        return out

    def learning_curve(
        self, train: tuple[Vectors, Sequence[int]], test: tuple[Vectors, Sequence[int]],
        shares: Sequence[float], seed: int,
    ) -> list[tuple[int, float]]:  # fmt: skip
        """(samples, accuracy on the held-out ones) of a linear model on the frozen vectors of a
        growing part of the training samples."""
        order = torch.randperm(len(train[0]), generator=torch.Generator().manual_seed(seed))
        sizes = sorted({max(2, round(share * len(order))) for share in shares})
        y, truth = torch.tensor(train[1]), torch.tensor(test[1])
        classes = int(max(y.max(), truth.max())) + 1
        return learning_curve(train[0], y, classes, order, sizes, (test[0], truth))

    def build(self, trained: Trained) -> Classifier:
        """The classifier that a checkpoint of it would load as."""
        state = {k: v.float() for k, v in trained.state.items()}
        return self.core.assemble(trained.config, state, "the trained model")


def class_weights(y: Tensor, classes: int) -> Tensor:
    """(n,) weights that make every class count the same, 1 on average."""
    counts = torch.bincount(y, minlength=classes).clamp(min=1).float()
    weights = (1 / counts)[y]
    return weights / weights.mean()
