"""Invented content for what is kept on disk: a checkpoint, a library, runs, tickets of a queue."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save as tensors_as_bytes

from mmdemo.config import MB, Limits, Settings
from mmdemo.data.workspaces import Workspaces
from mmdemo.errors import CheckpointError, MmdemoError
from mmdemo.models.checkpoints import (
    INDEX,
    checkpoint_kind,
    read_config,
    read_state,
    save_checkpoint,
)  # fmt: skip
from mmdemo.models.classifier import ClassifierConfig
from mmdemo.models.core import Core
from mmdemo.models.foreign import check_claims, check_config
from mmdemo.models.matcher import MatcherConfig
from mmdemo.services.finetune import folders, gathering, runs, using
from mmdemo.services.finetune.foreign_report import read_foreign_report
from mmdemo.services.finetune.pace import speed_of
from mmdemo.services.finetune.samples import read_samples
from mmdemo.services.finetune.store import report_dict, report_from
from mmdemo.services.finetune.training_queue import TrainingQueue
from mmdemo.services.model_list import models_in
from tests.models.tiny import tiny_config
from tests.robust import run_scenes, scenes
from tests.robust.inputs import as_json, changed, damaged, fresh, json_values, of_examples
from tests.services.finished_run import LABELS, WHOLE, report_of

CONFIG = {
    "format": "mmdemo-classifier", "version": 1,
    **tiny_config(Path("minilm"), **WHOLE), "text_encoder": {"name": "minilm", "max_tokens": 8},
}  # fmt: skip
MATCHER = {
    "format": "mmdemo-matcher", "version": 1, "title": "M", "width": 4, "hidden": 4,
    "text_encoder": {"name": "bilstm", "words": ["a"]}, "vision_encoder": {"name": "cnn"},
}  # fmt: skip
WEIGHTS = tensors_as_bytes({"a": torch.ones(2, 3), "b": torch.zeros(4, dtype=torch.float16)})
INDEX_CONTENT = {"metadata": {"total_size": 40}, "weight_map": {"a": "model.safetensors"}}


# -- checkpoints ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def core(tmp_path_factory) -> Core:
    home = tmp_path_factory.mktemp("core")
    return Core(home / "checkpoints", home / "cache", Limits())


@given(st.one_of(changed(CONFIG), changed(MATCHER), json_values()))
def test_a_config_of_anything(core, config):
    with fresh() as folder:
        (folder / "m").mkdir()
        (folder / "m" / "config.json").write_bytes(as_json(config))
        check_folder(folder / "m", core)


@given(st.one_of(damaged(as_json(CONFIG)), st.binary(max_size=100), st.just(b"[" * 100_000)))
def test_a_config_of_bytes(core, data):
    with fresh() as folder:
        (folder / "m").mkdir()
        (folder / "m" / "config.json").write_bytes(data)
        check_folder(folder / "m", core)


def check_folder(folder: Path, core: Core) -> None:
    """Everything that looks at a config of a stranger."""
    kind = checkpoint_kind(folder)
    models_in(folder.parent, matchers=True)
    for wanted, made_by in (("classifier", ClassifierConfig), ("matcher", MatcherConfig)):
        with suppress(CheckpointError):
            config = read_config(folder, wanted)
            assert kind == wanted
            made_by.from_dict(config)
        with suppress(MmdemoError):
            config = read_config(folder, wanted)
            check_config(config, core)
            check_claims(config, {"a": torch.zeros(10)})


@given(damaged(WEIGHTS))
def test_damaged_weights(data):
    with fresh() as folder:
        (folder / "model.safetensors").write_bytes(data)
        with suppress(CheckpointError):
            assert all(isinstance(t, torch.Tensor) for t in read_state(folder).values())


@given(st.one_of(json_values(), changed({
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "__metadata__": {"format": "pt"},
})), st.integers(0, 64), st.sampled_from([None, 0, 2**63, 2**64 - 1, 100_000_001]))  # fmt: skip
def test_a_header_of_anything(header, length, said):
    text = as_json(header)
    data = struct.pack("<Q", len(text) if said is None else said) + text + b"\0" * length
    with fresh() as folder:
        (folder / "model.safetensors").write_bytes(data)
        with suppress(CheckpointError):
            read_state(folder)


@given(st.one_of(json_values(), changed(INDEX_CONTENT), st.sampled_from([
    {"weight_map": {"a": "../x.safetensors"}}, {"weight_map": {"a": "/etc/passwd"}},
    {"weight_map": {"a": "\0.safetensors"}}, {"weight_map": {"a": ".safetensors"}},
])))  # fmt: skip
def test_an_index_of_anything(index):
    with fresh() as folder:
        (folder / "model.safetensors").write_bytes(WEIGHTS)
        (folder / INDEX).write_bytes(as_json(index))
        with suppress(CheckpointError):
            read_state(folder)


@given(st.binary(max_size=60))
def test_an_index_of_bytes(data):
    with fresh() as folder:
        (folder / INDEX).write_bytes(data)
        with pytest.raises(CheckpointError):
            read_state(folder)


# -- runs and datasets ----------------------------------------------------------------------------

REPORT = report_dict(report_of((), run_id="r", name="gate", model="gate"))
FILES = ("state.json", "run.json", "samples.json", "report.json", "dataset.json",
         "corrections.json")  # fmt: skip


@pytest.fixture(scope="module")
def kept_run(tmp_path_factory):
    """A workspace with a dataset and a finished run, and the places of their files."""
    folder = tmp_path_factory.mktemp("kept")
    scene = run_scenes.Train()
    scene.make(folder)
    own = scenes.workspace(folder)
    (dataset,) = folders.dataset_folders(own)
    gathering.correct(dataset, {1: "b"})
    run = scene.of(folder, "old")
    places = [run.state, run.about, run.samples, run.report, dataset.about, dataset.samples,
              dataset.corrections]  # fmt: skip
    return own, run, dataset, {path: path.read_bytes() for path in places}


@given(st.data())
@of_examples(2)
def test_files_of_a_run_that_hold_anything(kept_run, data):
    own, run, dataset, files = kept_run
    path = data.draw(st.sampled_from(sorted(files)), "file")
    content = data.draw(
        st.one_of(
            changed(json.loads(files[path])).map(as_json), damaged(files[path]),
            json_values().map(as_json),
        ),
        "content",
    )  # fmt: skip
    path.write_bytes(content)
    try:
        look_at(own, run, dataset)
    finally:
        path.write_bytes(files[path])


def look_at(own, run, dataset) -> None:
    """What the page asks when it is opened; one damaged run or dataset must not hide others."""
    for ask in (
        lambda: runs.view(run, 0), lambda: using.result(own, run.id), lambda: using.model_of(run),
        lambda: gathering.report_of(dataset, Limits()), lambda: gathering.corrections(dataset),
        lambda: read_samples(run.samples), lambda: runs.free_model_name(run, "x"),
        lambda: gathering.correct(dataset, {}), lambda: using.models(own),
    ):  # fmt: skip
        with suppress(MmdemoError):
            ask()


@given(st.one_of(changed(REPORT), json_values()))
def test_a_report_from_a_stranger(content):
    with suppress(KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        report = read_foreign_report(content, LABELS)
        assert all(sample.medium is None for sample in report.samples)
        report_from(report_dict(report))


@given(st.one_of(json_values().map(as_json), st.binary(max_size=60)), st.sampled_from(["a", "z"]))
def test_tickets_and_paces_of_anything(content, first):
    with fresh() as folder:
        (folder / "line").mkdir()
        (folder / "line" / f"{first}.json").write_bytes(content)
        (folder / "speed.json").write_bytes(content)
        speed_of(folder)
        queue = TrainingQueue(folder / "line", launch=None)
        assert queue.waiting(folder) == []
        assert queue.place(folders.RunFolder(folder / "w" / "runs" / "x")) == 0


@given(st.one_of(st.text(max_size=60), st.none(), st.integers()))
def test_a_token_of_anything(token):
    with fresh() as folder:
        found = Workspaces(folder / "all", MB, 0).open(token)
        assert found.folder.parent == folder / "all" and found.token != token


def test_settings_of_the_worker_survive_their_json():
    from mmdemo.services.finetune.worker import settings_dict, settings_from

    settings = Settings(data_root=Path("/x/\udce9"), limits=Limits(zip_entries=3))
    assert settings_from(json.loads(json.dumps(settings_dict(settings)))) == settings


def test_a_checkpoint_that_a_kill_left_aside_comes_back(tmp_path):
    """Where folders cannot change names at once: the old one steps aside, then the process ends."""
    save_checkpoint(tmp_path / "model", scenes.state(1), scenes.CONFIG, "# Old")
    (tmp_path / "model").rename(tmp_path / ".model.old-123")
    assert read_config(tmp_path / "model")["labels"] == ["a", "b"]
    assert read_state(tmp_path / "model")["head.bias"].tolist() == [1.0] * 4
