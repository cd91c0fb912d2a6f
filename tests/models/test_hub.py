"""Fetching weights, against a hub on localhost through the real client of the hub."""

import json
from types import SimpleNamespace

import pytest
from huggingface_hub import constants

from mmdemo.cli.main import main
from mmdemo.config import Limits
from mmdemo.errors import ModelNotFoundError, StoppedError, StorageError
from mmdemo.models import hub, hub_fetch
from mmdemo.models.core import Core
from tests.models.fake_hub import REVISION, etag, serve_repository

REPO = "some-owner/some-model"
SIZE = 3_000_000


@pytest.fixture
def served(tmp_path, monkeypatch):
    with serve_repository(REPO, tmp_path, monkeypatch, SIZE) as found:
        yield found


def test_the_plan_names_files_sizes_source_and_licence(served):
    plan = hub_fetch.plan_fetch(REPO)
    assert [name for name, _ in plan.files] == ["config.json", "model.safetensors", "vocab.txt"]
    assert plan.total_bytes == plan.missing_bytes == SIZE + 22 + 4
    assert plan.source == f"{served.url}/{REPO}" and plan.licence == "mit"
    assert plan.revision == REVISION
    assert not any(method == "GET" and "resolve" in path for method, path, _ in served.requests)


def test_fetched_once_it_is_found_for_ever_without_a_network(served, tmp_path):
    told = []
    plan = hub_fetch.plan_fetch(REPO)
    found = hub_fetch.fetch(plan, lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > 3
    assert told[-1][1].endswith("3 of 3 MB")
    content = (found.folder / "model.safetensors").read_bytes()
    assert content == (served.repos[REPO] / "model.safetensors").read_bytes()
    assert not (found.folder / "modeling.py").exists()
    assert hub_fetch.plan_fetch(REPO).missing_bytes == 0
    served.close()
    asked = len(served.requests)
    assert hub.fetched(REPO) == found == hub.fetched(REPO, REVISION)
    core = Core(tmp_path / "checkpoints", tmp_path / "kept", Limits())
    assert core.resolve(REPO) == found.folder
    assert len(served.requests) == asked


def test_a_stopped_fetch_goes_on_where_it_ended(served, monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 200_000)
    plan, got = hub_fetch.plan_fetch(REPO), []

    def enough() -> bool:
        return bool(got) and got[-1] > 0.5

    with pytest.raises(StoppedError, match="goes on from here"):
        hub_fetch.fetch(plan, lambda share, what: got.append(share), enough)
    with pytest.raises(hub.NotFetchedError):
        hub.fetched(REPO)
    found = hub_fetch.fetch(plan)
    assert (found.folder / "model.safetensors").stat().st_size == SIZE
    ranges = [r for m, p, r in served.requests if m == "GET" and p.endswith("model.safetensors")]
    assert ranges[0] == "" and int(ranges[-1].removeprefix("bytes=").rstrip("-")) > SIZE // 3
    content = (found.folder / "model.safetensors").read_bytes()
    assert content == (served.repos[REPO] / "model.safetensors").read_bytes()


def test_a_file_that_is_not_what_was_announced_is_not_kept(served):
    plan = hub_fetch.plan_fetch(REPO)
    blobs = hub.cache_folder(REPO) / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{etag(served.repos[REPO] / 'model.safetensors')}.part"
    part.write_bytes(b"something else that was left here")
    with pytest.raises(hub_fetch.HubError, match="arrived broken"):
        hub_fetch.fetch(plan)
    assert hub_fetch.fetch(plan).revision == REVISION


def test_a_broken_connection_is_taken_up_again(served):
    served.break_after["model.safetensors"] = SIZE // 2
    found = hub_fetch.fetch(hub_fetch.plan_fetch(REPO))
    content = (found.folder / "model.safetensors").read_bytes()
    assert content == (served.repos[REPO] / "model.safetensors").read_bytes()


def test_without_a_network_one_clear_sentence(served, monkeypatch):
    served.close()
    with pytest.raises(hub_fetch.HubError, match=r"cannot be reached\. Connect to a network"):
        hub_fetch.plan_fetch(REPO)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(hub_fetch.HubError, match="because HF_HUB_OFFLINE is set"):
        hub_fetch.plan_fetch(REPO)


def test_what_the_hub_does_not_have_is_said(served, tmp_path):
    with pytest.raises(hub_fetch.HubError, match='no model "some-owner/other", or it is private'):
        hub_fetch.plan_fetch("some-owner/other")
    (served.repos[REPO] / "model.safetensors").unlink()
    with pytest.raises(hub_fetch.HubError, match="has no weights that mmdemo reads"):
        hub_fetch.plan_fetch(REPO)


def test_no_room_is_said_before_the_first_byte(served, monkeypatch):
    plan = hub_fetch.plan_fetch(REPO)
    monkeypatch.setattr(
        hub_fetch.shutil, "disk_usage", lambda path: SimpleNamespace(free=100_000_000)
    )
    with pytest.raises(StorageError, match="needs 3 MB and the disk has 100 MB left"):
        hub_fetch.fetch(plan)


def test_weights_cut_up_count_only_when_all_are_here(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    folder = hub.cache_folder(REPO) / "snapshots" / REVISION
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    (folder / hub.INDEX).write_text(json.dumps({"weight_map": dict(zip("ab", names, strict=True))}))
    (folder / names[0]).touch()
    with pytest.raises(hub.NotFetchedError):
        hub.fetched(REPO)
    (folder / names[1]).touch()
    assert hub.fetched(REPO).revision == REVISION


@pytest.mark.parametrize("name", ["bert-base-cased", "google-bert/bert-base-cased"])
def test_a_model_that_was_never_fetched_says_how(name, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    core = Core(tmp_path / "checkpoints", tmp_path / "kept", Limits())
    said = (
        r'hub model "google-bert/bert-base-cased" is not on this machine\. With a network, fetch '
        r"it once \(436 MB\): python -m mmdemo fetch google-bert/bert-base-cased\."
    )
    for ask in (core.resolve, core.classifier, core.matcher):
        with pytest.raises(ModelNotFoundError, match=said):
            ask(name)


@pytest.mark.parametrize("revision", ["../../../../etc", "a/b", ""])
def test_a_version_named_by_a_checkpoint_does_not_lead_out_of_the_cache(revision):
    with pytest.raises(hub.NotFetchedError, match="has no version"):
        hub.fetched(REPO, revision)


def test_the_command_says_what_it_fetches_and_fetches_it(served, capsys):
    assert main(["fetch", REPO, "--plan"]) == 0
    assert (
        f"{REPO}: 3 MB from {served.url}/{REPO}, licence mit; 3 MB are" in capsys.readouterr().err
    )
    with pytest.raises(hub.NotFetchedError):
        hub.fetched(REPO)
    assert main(["fetch", REPO, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["models"][0]
    assert told["folder"] == str(hub.fetched(REPO).folder) and told["revision"] == REVISION
    served.close()
    assert main(["fetch", REPO]) == 2
    assert "mmdemo: " in capsys.readouterr().err
