"""Tuning on folds: what a kill, a stop or short memory do to it, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mmdemo.errors import MmdemoError, StoppedError
from mmdemo.models.encoders import BertTextEncoder
from mmdemo.models.training_branch import TextBranch
from mmdemo.models.training_budget import affordable
from mmdemo.models.training_fold import Callbacks, TuneSettings
from mmdemo.models.training_tune import Tuner
from mmdemo.models.training_vectors import encode_texts
from tests.models.tiny_training import mood_samples

SETTINGS = TuneSettings(epochs=3, rate=5e-3, batch=8, patience=0)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads only wait for each other over tensors as small as these."""
    torch.set_num_threads(1)


@pytest.fixture
def parts(text_folder, tmp_path):
    """Encoder, texts, frozen vectors, targets and folds of 24 sentences."""
    texts = [s.text for s in mood_samples(tmp_path / "m", 24, image=False)]
    encoder = BertTextEncoder.from_folder(text_folder, "tiny", max_tokens=32)
    y = torch.arange(24) % 2
    return encoder, texts, encode_texts(encoder, texts, None), y, torch.arange(24) // 2 % 3


def tuner(parts, settings=SETTINGS, **more) -> Tuner:
    encoder, texts, frozen, y, folds = parts
    branch = TextBranch(encoder, texts, augmentation=True)
    return Tuner(branch, frozen, y, folds, settings, present=torch.ones(24).bool(), **more)


def same(one, other) -> bool:
    return all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights) and (
        torch.equal(one.fit.held_out, other.fit.held_out)
        and torch.equal(one.fit.model.weight, other.fit.model.weight)
    )


@pytest.mark.parametrize("mode", ["adapter", "full"])
def test_tuning_learns_and_the_base_stays_as_it_was(parts, mode):
    before = {k: v.clone() for k, v in parts[0].state_dict().items()}
    run = tuner(parts, replace(SETTINGS, mode=mode))
    tuned = run.run()
    losses = [row["loss"] for row in run.history if row["fold"] == 1]
    assert losses[-1] < losses[0]
    assert all(torch.equal(v, before[k]) for k, v in parts[0].state_dict().items())
    changed = [k for k, v in tuned.weights.items()
               if not torch.equal(v, before[k.removeprefix("text_encoder.")])]  # fmt: skip
    assert changed and all("encoder.layer" in k for k in changed)


def test_a_run_stopped_anywhere_ends_with_the_same_bits(parts, tmp_path):
    first = tuner(parts)
    whole = first.run()
    state = tmp_path / "state.pt"
    for wanted in (1, 4, 5):
        steps = []

        def stop(steps=steps, wanted=wanted) -> bool:  # in the middle of an epoch
            steps.append(1)
            return len(steps) == wanted

        with pytest.raises(StoppedError):
            tuner(parts, state=state, callbacks=Callbacks(should_stop=stop)).run()
    again = tuner(parts, state=state)
    assert same(whole, again.run()) and len(again.history) == len(first.history)


def test_tuning_that_is_clearly_worse_than_frozen_vectors_is_given_up(parts, tmp_path):
    y, state = parts[3], tmp_path / "state.pt"
    sure = torch.nn.functional.one_hot(y, 2) * 9.0  # right every time
    tried = tuner(parts, rival=sure, state=state)
    assert tried.run() is None
    assert {row["fold"] for row in tried.history} == {1}, "the first fold was enough"
    again = tuner(parts, rival=sure, state=state)
    assert again.run() is None and len(again.history) == len(tried.history)


def test_tuning_that_is_better_is_not_changed_by_the_comparison(parts):
    wrong = torch.nn.functional.one_hot(1 - parts[3], 2) * 9.0
    assert same(tuner(parts, rival=wrong).run(), tuner(parts).run())


@pytest.mark.slow
def test_the_seed_decides_everything(parts):
    assert same(tuner(parts).run(), tuner(parts).run())
    assert not same(tuner(parts).run(), tuner(parts, replace(SETTINGS, seed=1)).run())


def test_short_memory_halves_the_batch_and_loses_no_step(parts, monkeypatch):
    told, sizes, real = [], [], TextBranch.pooled

    def pooled(branch, rows):
        if branch.encoder.training and len(rows) > 4:
            sizes.append(len(rows))
            if len(sizes) > 1:  # the first batch still fits
                raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return real(branch, rows)

    monkeypatch.setattr(TextBranch, "pooled", pooled)
    tuned = tuner(parts, callbacks=Callbacks(message=told.append)).run()
    assert told == ["Memory was short: going on with 4 samples at a time."]
    monkeypatch.setattr(TextBranch, "pooled", real)
    assert same(tuned, tuner(parts, replace(SETTINGS, batch=4)).run())


def test_no_memory_at_all_says_what_to_do(parts, monkeypatch):
    def pooled(branch, rows):
        raise RuntimeError("not enough memory: you tried to allocate 1 byte")

    monkeypatch.setattr(TextBranch, "pooled", pooled)
    with pytest.raises(MmdemoError, match='choose the mode "head"'):
        tuner(parts).run()


def test_patience_ends_a_fold_that_gets_no_better(parts):
    steady = replace(SETTINGS, epochs=6, rate=0.0, patience=1)
    encoder, texts, frozen, y, folds = parts
    noise = (encoder, texts, frozen, y[torch.randperm(24)], folds)  # nothing to be learned
    run = tuner(noise, steady)
    run.run()
    per_fold = [row["fold"] for row in run.history]
    assert min(per_fold.count(fold) for fold in (1, 2, 3)) < 6


def test_the_plan_shrinks_with_the_budget_and_never_depends_on_a_clock():
    assert affordable(10, 1000, 4, 4) == (4, 4)
    assert affordable(60, 540, 4, 4) == (4, 3)
    assert affordable(400, 540, 4, 4) == (2, 1)
    assert affordable(600, 540, 4, 4) is None
    assert affordable(1, 540, 2, 3) == (2, 3)
