"""Joint training: scratch, classic and clip presets over tiny models, resume to the same bits."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from mmdemo.config import Limits
from mmdemo.errors import StoppedError
from mmdemo.models.checkpoints import save_checkpoint
from mmdemo.models.core import Core
from mmdemo.models.joint import JointTrainer
from mmdemo.models.joint_fit import label_report
from mmdemo.models.joint_presets import JOINT_PRESETS
from mmdemo.models.training import TrainPlan
from mmdemo.models.training_fold import Callbacks, TuneSettings
from mmdemo.types import Sample
from tests.models.tiny import tiny_text_folder
from tests.models.tiny_classics import tiny_dual_folder, tiny_vgg_folder
from tests.video_media import clip_of

LABELS = ("blue", "green", "red")
COLOURS = {"blue": (20, 30, 230), "green": (20, 220, 40), "red": (230, 20, 30)}
WORDS = {"blue": "i am so sad", "green": "i love this day", "red": "you hate that friend"}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """36 samples whose label both sides tell: 12 texts with a picture, a text or a picture alone;
    two of the pictures are videos."""
    folder, found = tmp_path_factory.mktemp("joint"), []
    rng = np.random.default_rng(0)
    for row in range(1, 37):
        label = LABELS[row % 3]
        noise = rng.integers(-20, 20, (40, 50, 3))
        pixels = np.clip(np.array(COLOURS[label]) + noise, 0, 255).astype(np.uint8)
        path = folder / f"{row}.png"
        Image.fromarray(pixels).save(path)
        text, image = WORDS[label], path
        if row % 4 == 1:
            text = ""
        elif row % 4 == 2:
            image = None
        found.append(Sample(row, text, image, None, (label,)))
    for at in (2, 6):
        label = found[at].labels[0]
        frames = [Image.new("RGB", (48, 32), COLOURS[label])] * 10
        video = clip_of(frames, folder / f"{at}.mp4")
        found[at] = replace(found[at], image=None, video=video)
    return found


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """The presets with tiny encoders of the same classes in place of the large ones."""
    root = tmp_path_factory.mktemp("encoders")
    dual = str(tiny_dual_folder(root / "clip"))
    head = {"kind": "concat", "width": 16}
    return {
        "scratch": replace(
            JOINT_PRESETS["scratch"], fusion=head,
            text={"name": "bilstm", "width": 16, "embedding": 8},
            vision={"name": "cnn", "channels": [8, 8], "image_size": 16},
        ),
        "classic": replace(
            JOINT_PRESETS["classic"], fusion=head,
            text={"name": str(tiny_text_folder(root / "bert"))},
            vision={"name": str(tiny_vgg_folder(root / "vgg"))},
        ),
        "clip": replace(
            JOINT_PRESETS["clip"], fusion=head, text={"name": dual}, vision={"name": dual}
        ),
    }  # fmt: skip


def trainer(preset, work, **options) -> JointTrainer:
    work.mkdir(exist_ok=True)
    core = Core(work / "checkpoints", work / "kept", Limits())
    return JointTrainer(core, None, Limits(), work, preset, **options)


def plan_of(samples, mode="auto", **tune) -> TrainPlan:
    settings = {"epochs": 6, "rate": 1e-2, "batch": 8, "patience": 0, **tune}
    return TrainPlan(
        samples, [LABELS.index(s.labels[0]) for s in samples], LABELS,
        [i // 3 % 4 for i in range(len(samples))], mode, TuneSettings(**settings),
        augmentation=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "mode", "rate"),
    [pytest.param("scratch", "auto", 1e-2, marks=pytest.mark.slow),
     pytest.param("classic", "auto", 3e-3, marks=pytest.mark.slow),
     pytest.param("classic", "adapter", 1e-2, marks=pytest.mark.slow),
     ("clip", "auto", 1e-2)],
)  # fmt: skip
def test_each_preset_learns_and_its_checkpoint_answers_the_same(
    name, mode, rate, presets, samples, tmp_path
):
    rows = []
    joint = trainer(presets[name], tmp_path / "work", callbacks=Callbacks(epoch=rows.append))
    vectors, problems = joint.encode(samples)
    assert not problems and int(vectors.has_vision.sum()) == 27
    trained = joint.fit(plan_of(samples, mode, rate=rate, epochs=12), vectors)
    parts = joint.predict_proba(trained, samples, vectors)
    truth = np.array([LABELS.index(s.labels[0]) for s in samples])
    assert (parts["both"].argmax(1) == truth).mean() > 0.8
    np.testing.assert_allclose(parts["both"].sum(1), 1, atol=1e-5)
    held = [row for row in rows if "report" in row]
    assert [row["epoch"] for row in held] == list(range(1, 13))
    assert all(sum(r["support"] for r in row["report"].values()) == 9 for row in held)
    assert {row["epochs"] for row in rows} == {24} and len(rows) <= 24
    folder = save_checkpoint(tmp_path / "saved", trained.state, trained.config, "# Card\n")
    elsewhere = Core(tmp_path / "none", tmp_path / "kept", Limits()).classifier(str(folder))
    readings = elsewhere.classify(
        [s.text for s in samples], [joint.store.frames(s) or None for s in samples]
    )
    again = np.array([[r.probabilities[label] for label in LABELS] for r in readings])
    np.testing.assert_allclose(again, parts["both"], atol=1e-5)


@pytest.mark.slow
def test_a_stopped_training_goes_on_to_the_same_bits(presets, samples, tmp_path):
    plan = replace(plan_of(samples, epochs=3), augmentation=True)
    told = []
    joint = trainer(presets["scratch"], tmp_path / "whole", callbacks=Callbacks(epoch=told.append))
    whole = joint.fit(plan, joint.encode(samples)[0])
    rows = []
    callbacks = Callbacks(epoch=rows.append, should_stop=lambda: len(rows) == 2)
    broken = trainer(presets["scratch"], tmp_path / "broken", callbacks=callbacks)
    with pytest.raises(StoppedError):
        broken.fit(plan, broken.encode(samples)[0])
    second = trainer(
        presets["scratch"], tmp_path / "broken", callbacks=Callbacks(epoch=rows.append)
    )
    resumed = second.fit(plan, second.encode(samples)[0])
    assert [r["loss"] for r in rows] == [r["loss"] for r in told] and len(told) > 3
    assert all(torch.equal(whole.state[key], value) for key, value in resumed.state.items())
    np.testing.assert_array_equal(whole.held_out, resumed.held_out)


def test_training_ends_when_nothing_is_left_to_learn(presets, samples, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdemo.models.joint_fit.LEARNED", 100.0)  # as if it were sure at once
    joint = trainer(presets["scratch"], tmp_path / "work")
    trained = joint.fit(plan_of(samples, patience=9), joint.encode(samples)[0])
    assert [row["epoch"] for row in trained.history] == [1]


@pytest.mark.slow
def test_few_samples_are_each_held_out_once(presets, samples, tmp_path):
    few = samples[:18]
    joint = trainer(presets["clip"], tmp_path / "work")
    trained = joint.fit(plan_of(few, epochs=20), joint.encode(few)[0])
    truth = [LABELS.index(s.labels[0]) for s in few]
    assert (trained.held_out.argmax(1) == truth).mean() > 0.5
    assert {row["fold"] for row in trained.history} == {1, 2, 3, 4}
    assert set(trained.alone) == {"text", "picture"}


def test_weights_of_the_hub_are_not_carried_again(presets, samples, tmp_path):
    """With a frozen hub encoder a checkpoint holds the head alone."""
    joint = trainer(presets["classic"], tmp_path / "work")
    joint.text.carried = joint.vision.carried = False
    few = samples[:18]
    trained = joint.fit(plan_of(few, "head", epochs=1), joint.encode(few)[0])
    assert {key.split(".")[0] for key in trained.state} == {"head"}


def test_an_unreadable_medium_is_named(presets, samples, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no picture")
    some = [*samples[:4], Sample(99, "", tmp_path / "broken.png", None, ("red",))]
    joint = trainer(presets["scratch"], tmp_path / "work")
    vectors, problems = joint.encode(some)
    assert list(problems) == [4] and not bool(vectors.has_vision[4])


def test_the_report_of_an_epoch():
    report = label_report(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]), ("a", "b", "c"))
    assert report["a"] == {"precision": 0.5, "recall": 1, "f1": pytest.approx(2 / 3), "support": 1}
    assert report["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}
