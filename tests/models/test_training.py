"""The trainer as a whole: what it chooses, and that what it saves answers as it was scored."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from mmdemo.config import Limits
from mmdemo.data.images import load_image, shrunk
from mmdemo.data.vector_cache import VectorCache
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.core import Core
from mmdemo.models.training import Trainer, TrainPlan
from mmdemo.models.training_fold import Callbacks, TuneSettings
from mmdemo.models.training_head import fit_head
from mmdemo.models.training_linear import choose_linear, column_scale, fit_linear
from mmdemo.models.training_presets import PRESETS
from mmdemo.models.training_vectors import Vectors
from tests.models.tiny_training import mood_samples, tiny_preset

TUNE = TuneSettings(epochs=1, rate=5e-3, batch=16)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads only wait for each other over tensors as small as these."""
    torch.set_num_threads(1)


@pytest.fixture
def made(text_folder, tmp_path, monkeypatch):
    """A function that makes a trainer on the tiny preset."""
    monkeypatch.setitem(PRESETS, "compact", tiny_preset(text_folder))

    def trainer(work: str = "work", **callbacks) -> Trainer:
        core = Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())
        (tmp_path / work).mkdir(exist_ok=True)
        cache = VectorCache(tmp_path / "vectors")
        return Trainer(core, cache, Limits(), tmp_path / work, Callbacks(**callbacks))

    return trainer


def plan_of(samples, **more) -> TrainPlan:
    targets = [int(s.labels[0] == "low") for s in samples]
    folds = [i // 2 % 4 for i in range(len(samples))]
    return TrainPlan(samples, targets, ("glad", "low"), folds, **more)


def test_a_linear_fit_is_the_optimum_that_scikit_learn_finds():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 12)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] + rng.normal(size=90) > 0).astype(int) + (x[:, 2] > 1)
    x *= np.linspace(0.2, 3, 12, dtype=np.float32)
    z = (x - x.mean(0)) * column_scale(torch.tensor(x)).numpy()
    strength = 0.05
    theirs = LogisticRegression(C=1 / (strength * len(y)), max_iter=5000, tol=1e-8).fit(z, y)
    ours = fit_linear(torch.tensor(x), torch.tensor(y), 3, strength)
    got = ours(torch.tensor(x)).softmax(1).numpy()
    assert np.abs(got - theirs.predict_proba(z)).max() < 0.01


def test_few_rows_are_solved_in_their_own_span_with_the_same_answer():
    x = torch.randn(10, 64, generator=torch.Generator().manual_seed(0))
    y = torch.arange(10) % 2
    few = fit_linear(x, y, 2, 0.1)
    z = ((x - x.mean(0)) * column_scale(x)).numpy()
    # theirs has one vector for two labels, ours two that point apart: half the penalty each
    theirs = LogisticRegression(C=2 / (0.1 * 10), max_iter=5000, tol=1e-8).fit(z, y.numpy())
    assert np.abs(few(x).softmax(1).numpy() - theirs.predict_proba(z)).max() < 0.02


def test_columns_are_scaled_half_way_and_a_still_one_is_left_out():
    x = torch.randn(500, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor(
        [1.0, 4.0, 0]
    )
    variance = (x * column_scale(x)).var(0)
    assert variance[1] / variance[0] == pytest.approx(4, rel=0.2)  # 16 before, 1 if standardised
    assert variance[:2].mean() == pytest.approx(1, rel=0.05) and variance[2] == 0
    assert torch.equal(column_scale(torch.ones(5, 2)), torch.zeros(2))


def test_noise_gets_the_strongest_penalty_and_signal_a_weak_one():
    rng = torch.Generator().manual_seed(0)
    x, folds = torch.randn(80, 8, generator=rng), torch.arange(80) % 4
    clear = choose_linear(x, (x[:, 0] > 0).long(), 2, folds)
    noise = choose_linear(x, torch.randint(2, (80,), generator=rng), 2, folds)
    assert noise.model.weight.norm() < 0.3 * clear.model.weight.norm()


def test_fits_that_were_made_before_are_not_made_again(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    x, y, folds = (
        torch.randn(40, 6, generator=rng),
        torch.arange(40) % 2,
        torch.arange(40) // 2 % 4,
    )
    there = torch.ones(40, dtype=torch.bool)
    vectors = Vectors(x + y[:, None], x, there, there)
    first = fit_head(vectors, y, 2, folds)
    monkeypatch.setattr("mmdemo.models.training_head._alone", None)
    again = fit_head(vectors, y, 2, folds, known=first.fits)
    assert torch.equal(again.held_out, first.held_out) and again.losses == first.losses


def test_the_saved_checkpoint_answers_as_the_trainer_did(made, tmp_path):
    samples, trainer = mood_samples(tmp_path / "m", 22), made()
    vectors, problems = trainer.encode(samples)
    assert not problems
    plan = plan_of(samples[:14], mode="adapter", tune=TUNE)
    trained = trainer.fit(plan, vectors[torch.arange(14)])
    folder = save_checkpoint(tmp_path / "saved", trained.state, trained.config, "# Moods\n")
    classifier = trainer.core.classifier(str(folder))
    rest = samples[14:]
    pictures = [shrunk(load_image(s.image, Limits())) for s in rest]
    readings = classifier.classify([s.text for s in rest], pictures)
    told = trainer.predict_proba(trained, rest, vectors[torch.arange(14, 22)])
    shown = np.array([[r.probabilities[name] for name in ("glad", "low")] for r in readings])
    assert np.abs(shown - told["both"]).max() < 1e-3
    assert set(told) == {"both", "text", "picture"}


def test_it_learns_from_either_side_alone_and_better_from_both(made, tmp_path):
    trainer = made()
    samples = mood_samples(tmp_path / "m", 60)
    vectors, _ = trainer.encode(samples)
    trained = trainer.fit(plan_of(samples, mode="head"), vectors)
    y = np.arange(60) % 2
    right = {name: (p.argmax(1) == y).mean() for name, p in trained.alone.items()}
    both = (trained.held_out.argmax(1) == y).mean()
    assert min(right.values()) > 0.7 and both >= max(right.values())


@pytest.mark.slow
def test_auto_takes_what_held_out_folds_favour(made, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdemo.models.training.LEAST_TO_TUNE", 10)
    samples, trainer = mood_samples(tmp_path / "m", 40, image=False), made()
    vectors, _ = trainer.encode(samples)
    good = trainer.fit(plan_of(samples, tune=replace(TUNE, epochs=2)), vectors, "good")
    assert good.losses[good.mode] == min(good.losses.values())
    wild = replace(TUNE, rate=5.0)  # ruins the encoder
    bad = trainer.fit(plan_of(samples, tune=wild), vectors, "bad")
    assert bad.mode == "head" and "adapter" not in bad.losses, "it was given up"
    assert {row["fold"] for row in bad.history} == {1}
    assert not any(key.startswith("text_encoder") for key in bad.state)


def test_auto_leaves_the_encoders_alone_where_there_is_no_time(made, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdemo.models.training.LEAST_TO_TUNE", 10)
    samples, trainer = mood_samples(tmp_path / "m", 30, image=False), made()
    vectors, _ = trainer.encode(samples)
    plan = plan_of(samples, tune=replace(TUNE, budget_s=1e-6))
    assert trainer.fit(plan, vectors).losses.keys() == {"head"}
    asked = trainer.fit(replace(plan, mode="adapter"), vectors)  # a person's choice is carried out
    assert asked.mode == "adapter" and {row["fold"] for row in asked.history} == {1, 2}


def test_class_weights_make_the_rare_label_heard(made, tmp_path):
    trainer = made()
    samples = mood_samples(tmp_path / "m", 80, image=False)
    rare = [s for i, s in enumerate(samples) if i % 2 == 0 or i % 14 == 1]
    vectors, _ = trainer.encode(rare)
    found = {}
    for weighted in (False, True):
        plan = plan_of(rare, mode="head", class_weights=weighted)
        found[weighted] = trainer.fit(plan, vectors).held_out[:, 1].mean()
    assert found[True] > found[False] + 0.05


def test_a_second_encoding_comes_from_the_cache_whatever_the_files_are_named(
    made, tmp_path, monkeypatch
):
    samples = mood_samples(tmp_path / "m", 6)
    first, _ = made().encode(samples)
    (tmp_path / "m").rename(tmp_path / "moved")
    moved = [replace(s, image=tmp_path / "moved" / s.image.name) for s in samples]
    trainer = made()
    monkeypatch.setattr(trainer.vision, "forward", lambda *_: pytest.fail("it encoded again"))
    monkeypatch.setattr(trainer.text, "forward", lambda *_: pytest.fail("it encoded again"))
    again, _ = trainer.encode(moved)
    assert torch.equal(first.text, again.text) and torch.equal(first.vision, again.vision)


@pytest.mark.slow
def test_search_keeps_the_best_try_and_is_not_made_twice(made, tmp_path, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr("mmdemo.models.training_search.clock", lambda: 0.1 * next(ticks))
    samples, told = mood_samples(tmp_path / "m", 24, image=False), []
    trainer = made(message=told.append)
    vectors, _ = trainer.encode(samples)
    plan = plan_of(samples, mode="full", tune=replace(TUNE, mode="full"), search_minutes=0.1)
    trained = trainer.fit(plan, vectors)
    tries = [line for line in told if line.startswith("Search, try")]
    assert tries and trained.mode == "full"
    monkeypatch.setattr("mmdemo.models.training_search.Search._attempt", lambda *_: pytest.fail())
    again = trainer.fit(plan, vectors, "final")
    assert torch.equal(again.state["head.classify.text.weight"],
                       trained.state["head.classify.text.weight"])  # fmt: skip
