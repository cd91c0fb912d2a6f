"""Tune the matcher on pairs of a person's own: symmetric InfoNCE from where it stands, and what
held-out pairs do not favour is taken back."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ..config import Limits
from ..errors import MmdemoError, StoppedError
from ..types import Sample
from .checkpoints import checkpoint_kind, read_config, read_state
from .core import Core, load_changes
from .matcher import Matcher
from .training_branch import middle_features
from .training_fold import Callbacks, TuneSettings
from .training_pairs import PairRun, Pairs
from .training_state import load_state, save_state, with_less_memory

LEAST_TO_ADAPT = 150  # media; below, "auto" tunes the projections alone
SHARES = (0.0, 0.5, 1.0)  # of the way from the base to the tuned weights
VALIDATED, LEAST_VALIDATED = 5, 2  # every fifth medium chooses, and at least two


@dataclass(frozen=True)
class MatchPlan:
    """What to tune on. ``owners``: number of the medium that each sample's text describes."""

    samples: Sequence[Sample]
    owners: Sequence[int]
    mode: str = "auto"
    tune: TuneSettings = field(default_factory=TuneSettings)
    augmentation: bool = True
    title: str = ""


@dataclass(frozen=True)
class TunedMatcher:
    """A tuned matcher as what a checkpoint holds; ``share`` of the way from the base that held-out
    pairs favoured, 0 when tuning brought nothing; ``losses``: share -> their loss."""

    config: dict
    state: dict[str, Tensor]
    matcher: Matcher
    mode: str
    share: float
    losses: dict[float, float]
    history: tuple[dict[str, float], ...]
    problems: dict[int, str]  # position of a sample -> why its medium cannot be read
    kind: str = "matcher"


class MatchTrainer:
    """Tunes one matcher. ``work``: folder for what lets a killed run go on."""

    def __init__(
        self, core: Core, model: str, limits: Limits, work: Path, callbacks: Callbacks | None = None
    ) -> None:
        self.limits, self.work, self.callbacks = limits, Path(work), callbacks or Callbacks()
        self.folder = core.resolve(model)
        if checkpoint_kind(self.folder) is None:
            raise MmdemoError(
                f'"{model}" cannot be tuned here: only matchers that mmdemo made can. Leave out '
                "MMDEMO_MATCHER_MODEL, or name such a checkpoint.",
                code="matcher_foreign", model=model,
            )  # fmt: skip
        self.base = core.matcher_to_tune(model)

    def fit(self, plan: MatchPlan) -> TunedMatcher:
        """Tune. Raises StoppedError when stopped, MmdemoError when nothing can be read."""
        first = {}
        for i, owner in enumerate(plan.owners):
            first.setdefault(owner, i)
        media = list(first)
        middle, broken = middle_features(
            self.base.vision_encoder, [plan.samples[first[m]] for m in media],
            self.work / "match-middle.npy", self.limits,
            views=2 if plan.augmentation else 1, seed=plan.tune.seed,
            progress=self._reading_progress,
        )  # fmt: skip
        readable = [i for i in range(len(media)) if i not in broken]
        texts = {m: [] for m in media}
        for sample, owner in zip(plan.samples, plan.owners, strict=True):
            texts[owner].append(sample.text)
        pairs = Pairs(middle, tuple(tuple(texts[m]) for m in media))
        train, chosen = split_media(readable, plan.tune.seed)
        mode = plan.mode
        if mode == "auto":
            mode = "adapter" if len(train) >= LEAST_TO_ADAPT else "head"
        run = PairRun(self._copy(), pairs, mode, plan.tune, plan.augmentation)
        history = self._tune(run, plan.tune, train, chosen)
        losses = self._compare(run, chosen)
        share = min(losses, key=losses.__getitem__)
        run.go_to(share)
        why = {i: broken[at] for at, i in enumerate(first.values()) if at in broken}
        problems = {
            i: why[first[owner]] for i, owner in enumerate(plan.owners) if first[owner] in why
        }
        state = self._state(run)
        return TunedMatcher(
            {**self._config(), "title": plan.title}, state, self._built(state),
            mode, share, losses, history, problems,
        )  # fmt: skip

    def _reading_progress(self, done: int, of: int) -> None:
        if self.callbacks.should_stop():
            raise StoppedError("Training was stopped.")
        self.callbacks.read(done / of)

    def _copy(self) -> Matcher:
        """The base, apart from its word embeddings to be changed at will."""
        shared = self.base.text_encoder.model.embeddings
        return copy.deepcopy(self.base, {id(shared): shared})

    def _config(self) -> dict:
        config = read_config(self.folder, "matcher")
        return {k: v for k, v in config.items() if k not in ("format", "version")}

    def _state(self, run: PairRun) -> dict[str, Tensor]:
        """Every tensor of the base's checkpoint, and what was tuned over it, in half precision."""
        state = {**read_state(self.folder), **run.changed()}
        return {k: v.half() if v.is_floating_point() else v for k, v in state.items()}

    def _built(self, state: dict[str, Tensor]) -> Matcher:
        """The matcher that a checkpoint of it would load as."""
        plain = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        return load_changes(self._copy(), plain, "the tuned matcher").eval().requires_grad_(False)

    def _tune(
        self, run: PairRun, settings: TuneSettings, train: list[int], chosen: list[int]
    ) -> tuple[dict[str, float], ...]:
        """Epoch by epoch; leaves the averaged weights of the best epoch in ``run``."""
        path = self.work / "match.pt"
        kept = load_state(path) or {"epoch": 0, "batch": settings.batch, "history": [], "best": {}}
        best, history, batch = kept["best"], kept["history"], kept["batch"]
        if "run" in kept:
            run.load(kept["run"])
        for number in range(kept["epoch"], settings.epochs):
            if best and number - 1 - best["epoch"] >= settings.patience > 0:
                break
            started, before = time.monotonic(), run.state()
            loss, batch = with_less_memory(
                lambda size, n=number: run.epoch(n, train, self._within(n, settings.epochs), size),
                batch, lambda before=before: run.load(before), self.callbacks.message,
            )  # fmt: skip
            held = run.held_out(chosen)
            if not best or held < best["loss"]:
                best = {"loss": held, "epoch": number, "average": run.averaged()}
            row = {
                "part": "pairs", "fold": 1, "epoch": number + 1, "epochs": settings.epochs,
                "loss": loss, "val_loss": held, "seconds": round(time.monotonic() - started, 2),
            }  # fmt: skip
            history.append(row)
            self.callbacks.epoch(row)
            save_state(
                path,
                {"run": run.state(), "best": best, "history": history, "batch": batch,
                 "epoch": number + 1},
            )  # fmt: skip
        run.average = [t.clone() for t in best["average"]]
        return tuple(history)

    def _within(self, number: int, epochs: int) -> Callbacks:
        def step(share: float) -> None:
            self.callbacks.step((number + share) / epochs)

        return Callbacks(step=step, should_stop=self.callbacks.should_stop)

    def _compare(self, run: PairRun, chosen: list[int]) -> dict[float, float]:
        """Share of the way to the tuned weights -> held-out loss there (Wortsman et al., "Robust
        fine-tuning of zero-shot models", 2022: a part of the way is often better than all)."""
        losses = {}
        for share in SHARES:
            run.go_to(share)
            losses[share] = run.loss_of(chosen)
        return losses


def split_media(media: Sequence[int], seed: int) -> tuple[list[int], list[int]]:
    """Media to train on, and those that choose the epoch. Raises MmdemoError when there are not
    four."""
    order = [media[i] for i in torch.randperm(
        len(media), generator=torch.Generator().manual_seed(seed)).tolist()]  # fmt: skip
    kept = max(LEAST_VALIDATED, len(order) // VALIDATED)
    if len(order) - kept < 2:
        raise MmdemoError(
            f"Only {len(order)} pictures or videos can be read; tuning needs at least four.",
            code="few_pairs", n=len(order),
        )  # fmt: skip
    return sorted(order[kept:]), sorted(order[:kept])
