"""Tuning the matcher: it learns, goes on after a stop, and takes back what does not help."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from mmdemo.config import Limits
from mmdemo.data.images import load_image
from mmdemo.errors import MmdemoError, StoppedError
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.core import Core
from mmdemo.models.training_fold import Callbacks, TuneSettings
from mmdemo.models.training_match import MatchPlan, MatchTrainer
from mmdemo.models.training_pairs import PairRun, Pairs, batches
from mmdemo.types import Sample
from tests.models.tiny import write_tiny_matcher

TUNE = TuneSettings(epochs=4, rate=1e-3, batch=8, patience=0)
WORDS = ("happy friend", "sad day", "angry love", "hate this", "i am the", "you came")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads only wait for each other over tensors as small as these."""
    torch.set_num_threads(1)


@pytest.fixture
def core(tmp_path):
    write_tiny_matcher(tmp_path / "checkpoints" / "matcher-compact")
    return Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())


@pytest.fixture
def plan(tmp_path):
    """12 pictures of six colours, two texts each that name the colour in made-up words."""
    rng, samples, owners = np.random.default_rng(0), [], []
    for i in range(12):
        path = tmp_path / f"{i}.png"
        colour = np.array([(i % 6) * 50, 255 - (i % 6) * 50, 100 * (i % 3)])
        pixels = np.clip(colour + rng.integers(-20, 20, (16, 16, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path)
        for said in (WORDS[i % 6], f"so {WORDS[i % 6]} !"):
            samples.append(Sample(len(samples) + 1, said, path))
            owners.append(i)
    return MatchPlan(samples, owners, "adapter", TUNE, title="Mine")


def trainer(core, work, **callbacks) -> MatchTrainer:
    work.mkdir(exist_ok=True)
    return MatchTrainer(core, "matcher-compact", Limits(), work, Callbacks(**callbacks))


@pytest.mark.parametrize("mode", ["head", pytest.param("full", marks=pytest.mark.slow)])
def test_it_learns_and_the_bundled_matcher_stays_as_it_was(core, plan, tmp_path, mode):
    base = core.matcher("matcher-compact")
    before = {k: v.clone() for k, v in base.state_dict().items()}
    tuned = trainer(core, tmp_path / "w").fit(replace(plan, mode=mode))
    assert tuned.history[-1]["loss"] < tuned.history[0]["loss"]
    assert tuned.losses[tuned.share] == min(tuned.losses.values())
    assert all(torch.equal(v, before[k]) for k, v in base.state_dict().items())
    encoders = [k for k in tuned.state if k.startswith("text_encoder.")]
    assert bool(encoders) == (mode == "full")


def test_what_balances_the_scores_stays_and_is_tuned_with(core, plan, tmp_path):
    write_tiny_matcher(tmp_path / "checkpoints" / "matcher-compact", references=6)
    kept = core.matcher("matcher-compact").balance.texts
    run = trainer(core, tmp_path / "w")
    tuned = run.fit(replace(plan, mode="head"))
    assert tuned.config["references"] == 6 and tuned.matcher.width == 24
    torch.testing.assert_close(tuned.matcher.balance.texts, kept, atol=1e-3, rtol=0)
    pairs = Pairs(np.zeros((1, 2, 112, 4, 4), np.float16), (("so sad",), ("a day",)))
    texts = PairRun(run.base, pairs, "head", TUNE, False)._texts(["so sad"])
    np.testing.assert_allclose(texts.detach(), run.base.encode_texts(["so sad"]), atol=1e-5)


@pytest.mark.slow
def test_the_checkpoint_loads_as_a_matcher_that_gives_the_same_vectors(core, plan, tmp_path):
    tuned = trainer(core, tmp_path / "w").fit(plan)
    folder = save_checkpoint(tmp_path / "saved", tuned.state, tuned.config, "# Mine\n", tuned.kind)
    loaded = core.matcher(str(folder))
    images = [load_image(plan.samples[0].image, Limits())]
    for name, given in (("encode_images", images), ("encode_texts", ["so sad"])):
        ours, theirs = getattr(tuned.matcher, name)(given), getattr(loaded, name)(given)
        assert np.abs(ours - theirs).max() < 1e-6
    assert loaded.identity != core.matcher("matcher-compact").identity


@pytest.mark.slow
def test_a_stopped_run_ends_with_the_same_bits(core, plan, tmp_path):
    whole = trainer(core, tmp_path / "whole").fit(plan)
    steps = []

    def stop() -> bool:
        steps.append(1)
        return len(steps) == 6  # reading asks once, then two batches an epoch: in the third one

    with pytest.raises(StoppedError):
        trainer(core, tmp_path / "cut", should_stop=stop).fit(plan)
    assert (tmp_path / "cut" / "match.pt").exists()
    resumed = trainer(core, tmp_path / "cut").fit(plan)
    assert all(torch.equal(whole.state[k], resumed.state[k]) for k in whole.state)
    assert whole.losses == resumed.losses


@pytest.mark.slow
def test_what_held_out_pairs_do_not_favour_is_taken_back(core, plan, tmp_path, monkeypatch):
    worse = itertools.count()  # the base is compared first
    monkeypatch.setattr(PairRun, "loss_of", lambda *_: float(next(worse)))
    tuned = trainer(core, tmp_path / "w").fit(replace(plan, mode="full"))
    assert tuned.share == 0
    base = core.matcher("matcher-compact")
    now, before = (m.encode_texts(["so sad"]) for m in (tuned.matcher, base))
    assert np.abs(now - before).max() < 1e-2


def test_media_that_cannot_be_read_are_named_and_left_out(core, plan, tmp_path):
    plan.samples[2].image.write_bytes(b"no picture")
    tuned = trainer(core, tmp_path / "w").fit(replace(plan, mode="head"))
    assert set(tuned.problems) == {2, 3}  # both texts of the second picture


def test_too_few_media_are_refused_in_words(core, plan, tmp_path):
    few = replace(plan, samples=plan.samples[:6], owners=plan.owners[:6])
    with pytest.raises(MmdemoError, match="Only 3 pictures or videos can be read"):
        trainer(core, tmp_path / "w").fit(few)


def test_no_batch_of_one():
    assert sorted(len(part) for part in batches(list(range(9)), 8)) == [4, 5]
