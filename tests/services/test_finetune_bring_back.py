"""A model goes out as one zip and comes back; what is no model, or does harm, is refused."""

import json
import os
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mmdemo.data.workspaces import tree_bytes
from mmdemo.errors import DatasetError, MmdemoError, StorageError
from mmdemo.services.finetune.foreign_report import read_foreign_report
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.finetune.store import report_dict
from tests.models.tiny import write_tiny_matcher
from tests.services.finished_run import (
    LABELS,
    finished_run,
    make_settings,
    make_workspace,
    report_of,
    sample_results,
)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return FinetuneService(make_settings(tmp_path_factory.mktemp("back")))


@pytest.fixture(scope="module")
def home(service):
    """The workspace where the model was trained."""
    return make_workspace(service.settings)


@pytest.fixture(scope="module")
def run(home):
    return finished_run(home)


@pytest.fixture(scope="module")
def packed(service, home, run):
    return service.download(home, run.id)


@pytest.fixture(scope="module")
def parts(packed):
    """Name -> bytes of the good zip."""
    with zipfile.ZipFile(packed) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_of(path, parts, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_the_zip_holds_model_figures_and_card_and_no_place_of_this_machine(packed, parts, home):
    assert packed.name == "gate.zip"
    names = {name.removeprefix("gate/") for name in parts}
    said = {"config.json", "README.md", "labels.json", "metrics.json", "report.json",
            "options.json"}  # fmt: skip
    assert names - said == {n for n in names if n.startswith("model")} != set()
    assert json.loads(parts["gate/labels.json"]) == list(LABELS)
    assert json.loads(parts["gate/metrics.json"])["scores"]["accuracy"] == 0.8
    assert not any(home.token.encode() in content for content in parts.values())
    assert b"the day" not in parts["gate/metrics.json"]


def test_it_comes_back_after_a_restart_with_its_results(service, home, run, packed):
    after = FinetuneService(service.settings)  # nothing is remembered but what is on disk
    workspace = make_workspace(service.settings)
    assert after.bring_back(workspace, packed) == "gate"
    (info,) = after.models(workspace)
    assert info.labels == LABELS
    told, _ = after.try_it(workspace, "gate", "i am so angry", None)
    known, _ = service.try_it(home, "gate", "i am so angry", None)
    assert told.probabilities == pytest.approx(known.probabilities, abs=1e-6)
    (view,) = after.runs(workspace)
    assert (view.state, view.model, view.accuracy) == ("done", "gate", 0.8)
    assert view.options.length == "quick"
    before, report = service.result(home, run.id), after.result(workspace, view.run_id)
    assert [s.medium for s in report.samples] == [None] * 3
    same = [replace(s, medium=None) for s in before.samples]
    assert report == replace(before, run_id=view.run_id, samples=tuple(same))
    assert after.explain(workspace, view.run_id, 3).words  # its words are known, its picture not
    again = after.download(workspace, view.run_id)
    assert after.bring_back(workspace, again) == "gate-2"
    assert [m.title for m in after.models(workspace)] == ["gate-2", "gate"]
    after.remove_run(workspace, view.run_id)
    assert [m.title for m in after.models(workspace)] == ["gate-2"]


def test_a_checkpoint_alone_and_a_matcher_come_back_too(service, parts, tmp_path):
    workspace = make_workspace(service.settings)
    bare = {n.removeprefix("gate/"): c for n, c in parts.items() if "report" not in n}
    assert service.bring_back(workspace, zip_of(tmp_path / "bare.zip", bare)) == "gate"
    assert service.runs(workspace) == ()
    folder = write_tiny_matcher(service.settings.checkpoints / "pairs")
    files = {f"pairs/{path.name}": path.read_bytes() for path in folder.iterdir()}
    assert service.bring_back(workspace, zip_of(tmp_path / "pairs.zip", files)) == "pairs"
    assert sorted(m.labels for m in service.models(workspace)) == [(), LABELS]


def with_config(parts, change):
    config = json.loads(parts["gate/config.json"])
    change(config)
    return {**parts, "gate/config.json": json.dumps(config)}


def without(parts, word):
    return {name: content for name, content in parts.items() if word not in name}


def set_in(*path):
    *keys, last, value = path

    def change(config):
        for key in keys:
            config = config[key]
        config[last] = value

    return change


class Harm:
    """What a pickle runs when it is loaded."""

    def __reduce__(self):
        return (os.mkdir, ("/tmp/mmdemo-harm",))


def pickled(parts):
    import pickle

    return {**without(parts, "safetensors"), "gate/model.bin": pickle.dumps(Harm())}


BAD = {
    "no config": (lambda p: without(p, "config"), "not_a_model"),
    "a dataset": (lambda p: {"data.csv": "text,label\na,b\n"}, "not_a_model"),
    "somebody else's config": (
        lambda p: {**p, "gate/config.json": '{"model_type": "bert"}'}, "not_a_model"),
    "config of nonsense": (lambda p: {**p, "gate/config.json": "[1, 2"}, "not_a_model"),
    "a pickle": (pickled, "not_a_model"),
    "a path outside": (lambda p: {**p, "../../evil.txt": "x"}, "zip_path"),
    "a newer version": (lambda p: with_config(p, set_in("version", 99)), "model_unusable"),
    "another user's encoder": (
        lambda p: with_config(p, set_in("text_encoder", "name", "/etc")), "model_unusable"),
    "code": (
        lambda p: with_config(p, set_in("text_encoder", {
            "name": "bert", "architecture": {"auto_map": {"AutoModel": "evil.Model"}},
            "tokenizer": {}})), "model_unusable"),
    "a giant head": (
        lambda p: with_config(p, set_in("fusion", {
            "kind": "cross-attention", "width": 4096, "layers": 90, "heads": 2})),
        "model_unusable"),
    "no end of layers": (
        lambda p: with_config(p, set_in("fusion", {
            "kind": "cross-attention", "layers": 10**9})), "model_unusable"),
    "other labels": (
        lambda p: with_config(p, set_in("labels", ["a", "b", "c"])), "model_unusable"),
    "a giant picture": (
        lambda p: with_config(p, set_in("vision_encoder", "image_size", 64_000)),
        "model_unusable"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_model_is_refused_and_leaves_nothing(service, parts, tmp_path, case):
    make, code = BAD[case]
    workspace = make_workspace(service.settings)
    upload = zip_of(tmp_path / "upload.zip", make(dict(parts)))
    with pytest.raises(MmdemoError) as failure:
        service.bring_back(workspace, upload)
    assert failure.value.code == code
    assert "upload.zip" in str(failure.value)
    assert str(workspace.folder) not in str(failure.value)
    assert tree_bytes(workspace.folder / "models") + tree_bytes(workspace.folder / "runs") == 0
    assert not os.path.exists("/tmp/mmdemo-harm")


def test_damaged_weights_are_refused(service, parts, tmp_path):
    workspace = make_workspace(service.settings)
    name = next(n for n in parts if n.endswith(".safetensors"))
    (tmp_path / "w").write_bytes(parts[name])
    state = load_file(tmp_path / "w")
    broken = {k: torch.full_like(v, np.nan) if v.is_floating_point() else v
              for k, v in state.items()}  # fmt: skip
    save_file(broken, tmp_path / "nan")
    for content in ((tmp_path / "nan").read_bytes(), parts[name][:-50], b"\xff" * 100):
        upload = zip_of(tmp_path / "broken.zip", {**parts, name: content})
        with pytest.raises(MmdemoError) as failure:
            service.bring_back(workspace, upload)
        assert failure.value.code == "model_unusable"


def test_archives_that_are_no_zip_or_do_harm_are_refused(service, parts, packed, tmp_path):
    workspace = make_workspace(service.settings)
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "cut.zip").write_bytes(packed.read_bytes()[:5000])
    bomb = {**parts, "gate/README.md": b"\0" * (30 << 20)}
    zip_of(tmp_path / "bomb.zip", bomb, zipfile.ZIP_DEFLATED)
    for name, code in (("text", "not_a_model"), ("cut", "zip_broken"), ("bomb", "zip_bomb")):
        with pytest.raises(DatasetError) as failure:
            service.bring_back(workspace, tmp_path / f"{name}.zip")
        assert failure.value.code == code
    link = zipfile.ZipInfo("gate/model.safetensors")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("gate/config.json", parts["gate/config.json"])
    with pytest.raises(DatasetError, match="is a link"):
        service.bring_back(workspace, tmp_path / "link.zip")
    with pytest.raises(StorageError):
        service.bring_back(replace(workspace, quota_bytes=1000), packed)
    assert list((workspace.folder / "models").iterdir()) == []


HARMLESS = report_of(())


@pytest.mark.parametrize(
    "change",
    [
        {"labels": ["x", "y"]}, {"scores": {"n": "many"}}, {"matrix": [[1], [2]]},
        {"verdict": "fine"}, {"samples": [{"row": 1}]}, {"history": 3},
        {"calibration": [{"confidence": float("nan"), "accuracy": 0.5, "n": 1}]},
        {"report": {}}, {"notes": [{"code": "x", "text": 1}]},
    ],
)  # fmt: skip
def test_results_that_are_none_are_not_taken_over(change):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_foreign_report({**report_dict(HARMLESS), **change}, LABELS)


def test_results_name_no_file_of_this_machine(tmp_path):
    content = report_dict(report_of(sample_results(tmp_path)))
    content["samples"][0]["medium"] = "/etc/passwd"
    assert {s.medium for s in read_foreign_report(content, LABELS).samples} == {None}


def test_foreign_results_leave_the_model_usable(service, parts, tmp_path):
    workspace = make_workspace(service.settings)
    upload = zip_of(tmp_path / "odd.zip", {**parts, "gate/report.json": '{"labels": 5}'})
    assert service.bring_back(workspace, upload) == "gate"
    assert service.runs(workspace) == ()
    assert list((workspace.folder / "runs").glob("[0-9]*")) == []
    assert service.try_it(workspace, "gate", "hello", None)[0].probabilities
