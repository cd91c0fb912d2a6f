"""A training run from samples to checkpoint and report, on tiny encoders."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from mmdemo.config import Settings
from mmdemo.errors import DatasetError
from mmdemo.models.core import Core
from mmdemo.models.training_presets import PRESETS
from mmdemo.services.finetune.callbacks import JobCallbacks
from mmdemo.services.finetune.job import Job, save_model
from mmdemo.services.finetune.options import check_options
from mmdemo.services.finetune.types import OptionError, TrainOptions
from mmdemo.types import Dataset
from tests.media import broken_photo
from tests.models.tiny import tiny_text_folder, write_tiny_matcher
from tests.models.tiny_training import mood_samples, tiny_preset

HEAD = TrainOptions(mode="head")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads only wait for each other over tensors as small as these."""
    torch.set_num_threads(1)


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Run a job on samples; returns what it finished with and what it told."""
    monkeypatch.setitem(PRESETS, "compact", tiny_preset(tiny_text_folder(tmp_path / "tiny-text")))
    settings = Settings(data_root=tmp_path / "data", checkpoints=tmp_path / "checkpoints")

    def run(samples, options=HEAD):
        told = []
        core, work = Core.of(settings), tmp_path / "work"
        job = Job(settings, core, work, options, JobCallbacks(message=told.append))
        return job.run(Dataset("mine", tmp_path, tuple(samples))), told

    return run


@pytest.mark.slow
def test_report_figures_belong_to_one_held_out_part(train, tmp_path):
    finished, _ = train(mood_samples(tmp_path / "m", 50))
    report = finished.report
    assert report.kind == "classify" and report.scores["n"] == 10 == report.baseline["n"]
    assert sum(map(sum, report.matrix)) == len(report.samples) == 10
    right = sum(sample.right for sample in report.samples) / 10
    assert right == report.scores["accuracy"] == sum(report.matrix[i][i] for i in (0, 1)) / 10
    assert report.by_modality.keys() == {"both", "text", "picture"}
    assert report.verdict.code == "verdict_both" and report.verdict.values["of"] == 10
    sizes = [point.samples for point in report.learning_curve]
    assert sizes == sorted(sizes) and sizes[-1] == 40


def test_few_samples_are_each_held_out_once(train, tmp_path):
    finished, _ = train(mood_samples(tmp_path / "m", 20))
    assert finished.report.scores["n"] == 20
    assert "scored_in_folds" in [note.code for note in finished.report.notes]


def test_the_saved_model_has_learned_the_held_out_samples_too(train, tmp_path):
    finished, _ = train(mood_samples(tmp_path / "m", 50))
    assert finished.final is not finished.scored
    apart = [replace(s, split="test" if s.row > 40 else "train")
             for s in mood_samples(tmp_path / "m", 50)]  # fmt: skip
    finished, _ = train(apart)
    assert finished.final is finished.scored  # a column that names a test part means it


def test_what_did_not_pay_is_not_tuned_again_for_the_kept_model(train, tmp_path, monkeypatch):
    tuned_on = []

    class Worse:
        history = ()

        def __init__(self, trainer, plan, *rest):
            tuned_on.append(len(plan.samples))

        def run(self):
            return None

    monkeypatch.setattr("mmdemo.models.training.LEAST_TO_TUNE", 10)
    monkeypatch.setattr("mmdemo.models.training.Tuning", Worse)
    finished, _ = train(mood_samples(tmp_path / "m", 50), TrainOptions())
    assert tuned_on == [40] and finished.scored.mode == "head"
    assert finished.final is not finished.scored  # its head was fitted on all 50


def test_bad_rows_are_named_and_the_rest_is_trained_on(train, tmp_path):
    samples = mood_samples(tmp_path / "m", 40, text=False)
    broken_photo(samples[3].image)
    samples[5] = replace(samples[5], labels=("glad", "low"))
    samples[6] = replace(samples[6], labels=())
    finished, told = train(samples)
    named = " ".join([*told, *finished.problems])
    assert all(f"row {row}" in named for row in (4, 6, 7))
    assert finished.report.scores["n"] in (7, 8)


def test_one_label_or_nothing_to_learn_from_is_refused_in_words(train, tmp_path):
    samples = mood_samples(tmp_path / "m", 8, image=False)
    with pytest.raises(DatasetError, match='All samples have the label "glad"'):
        train([s for s in samples if s.labels == ("glad",)])
    with pytest.raises(DatasetError, match="No sample has exactly one label"):
        train([replace(s, labels=("glad", "low")) for s in samples])
    with pytest.raises(DatasetError, match="has no labels, so there is nothing to learn"):
        train([replace(s, labels=()) for s in samples])
    with pytest.raises(DatasetError, match='Too few samples for: "alone"'):
        train([*samples, replace(samples[0], row=9, labels=("alone",))])


def test_pairs_without_labels_tune_the_matcher(train, tmp_path):
    write_tiny_matcher(tmp_path / "checkpoints" / "matcher-compact")
    samples = [replace(s, labels=()) for s in mood_samples(tmp_path / "m", 20)]
    finished, _ = train(samples, TrainOptions(mode="head", epochs=1))
    report = finished.report
    assert report.kind == "match" and report.verdict.code == "verdict_match"
    assert report.scores["n_media"] == report.baseline["n_media"] == 4
    assert report.scores["text_to_media"].keys() >= {"r@1", "r@5", "r@10"}
    folder = save_model(tmp_path / "tuned", finished.final, report)
    settings = Settings(checkpoints=tmp_path / "checkpoints")
    assert Core.of(settings).matcher(str(folder)).width == 16
    assert "before -> after" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (TrainOptions(length="long"), 'There is no length "long"'),
        (TrainOptions(rate=5.0), "rate must lie between 0 and 0.1, not 5"),
        (TrainOptions(mode="head", search_minutes=1), "nothing to search"),
        (TrainOptions(name="???"), "Give the model a name"),
    ],
)
def test_options_that_cannot_be_used_say_which_and_why(options, said):
    with pytest.raises(OptionError, match=said):
        check_options(options)
