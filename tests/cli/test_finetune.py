"""``finetune`` on the command line: a model that the other commands take, and a real kill."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmdemo.config import ROOT
from mmdemo.models.training_presets import PRESETS
from tests.cli.setup import read_rows, write_table
from tests.models.tiny import tiny_text_folder, write_tiny_matcher
from tests.models.tiny_training import mood_samples, tiny_preset

LAUNCH = """
import sys
from pathlib import Path
from mmdemo.cli.main import main
from mmdemo.models.training_presets import PRESETS
from tests.models.tiny_training import tiny_preset
PRESETS["compact"] = tiny_preset(Path(sys.argv[1]))
raise SystemExit(main(sys.argv[2:]))
"""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two threads only wait for each other over tensors as small as these."""
    torch.set_num_threads(1)


@pytest.fixture
def text_folder(tmp_path, monkeypatch) -> Path:
    """The tiny text encoder, in place of the preset's."""
    folder = tiny_text_folder(tmp_path / "tiny-text")
    monkeypatch.setitem(PRESETS, "compact", tiny_preset(folder))
    return folder


@pytest.fixture
def dataset(tmp_path) -> Path:
    samples = mood_samples(tmp_path / "set" / "images", 40)
    rows = [[s.text, f"images/{s.image.name}", s.labels[0]] for s in samples]
    return write_table(tmp_path / "set" / "data.csv", "text,image,label", *rows).parent


def test_train_then_predict_and_evaluate(cli, text_folder, dataset, tmp_path):
    done = cli("finetune", dataset, "--output", tmp_path / "mine", "--mode", "head", "--json")
    assert done.code == 0
    told = done.json
    assert told["tuned"]["n"] == told["base"]["n"] == 8 and told["mode"] == "head"
    assert not list(tmp_path.glob(".mine.run-*"))  # nothing is left beside the model
    assert cli("predict", dataset, "--model", tmp_path / "mine", "--output", "out.csv").code == 0
    rows = read_rows(tmp_path / "out.csv")
    assert len(rows) == 40 and {"glad", "low"} < rows[0].keys()
    right = sum(r["predicted"] == ("glad", "low")[i % 2] for i, r in enumerate(rows))
    scored = cli("evaluate", dataset, "--model", tmp_path / "mine", "--json").json
    assert scored["accuracy"] == pytest.approx(right / 40) and scored["accuracy"] > 0.8


@pytest.mark.slow
def test_the_text_for_people_says_what_was_reached(cli, text_folder, dataset, tmp_path):
    done = cli("finetune", dataset, "--output", tmp_path / "mine", "--mode", "head")
    assert done.out.startswith("Your model gets ") and "of 8 held-out samples right" in done.out


def test_pairs_without_labels_become_a_matcher_that_evaluate_takes(cli, tmp_path):
    samples = mood_samples(tmp_path / "images", 16)
    rows = [[s.text, f"images/{s.image.name}"] for s in samples]
    dataset = write_table(tmp_path / "data.csv", "text,image", *rows)
    write_tiny_matcher(tmp_path / "checkpoints" / "matcher-compact")
    base = str(tmp_path / "checkpoints" / "matcher-compact")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMDEMO_MATCHER_MODEL", base)
        done = cli("finetune", dataset, "--output", tmp_path / "mine", "--mode", "head", "--json")
    assert done.code == 0 and "pairs, fold 1, epoch 1" in done.err
    told = done.json
    assert told["kind"] == "match" and {"base", "tuned"} < told.keys()
    scored = cli("evaluate", dataset, "--model", tmp_path / "mine", "--json")
    assert scored.code == 0 and scored.json["n_media"] == 16


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--mode", "guess"], 'There is no mode "guess"'),
        (["--output", "set/data.csv"], "is a file; name a folder"),
        (["--output", "set"], "holds other files"),
        (["--output", "no/such/folder"], "does not exist"),
        (["--report", "set"], "--report set is a folder"),
    ],
)
def test_what_cannot_work_is_refused_before_the_work(cli, dataset, extra, said):
    done = cli("finetune", dataset, "--output", "mine", *extra)
    assert done.code == 2 and said in done.err and not done.out


def test_only_an_earlier_model_and_nothing_else_is_replaced(cli, text_folder, dataset, tmp_path):
    mine = tmp_path / "mine"
    command = ["finetune", dataset, "--output", mine, "--mode", "head"]
    mine.mkdir()
    (mine / "config.json").write_text("{}")  # of another program
    done = cli(*command)
    assert done.code == 2 and "holds other files" in done.err
    (mine / "config.json").unlink()
    assert cli(*command).code == 0
    before = (mine / "README.md").read_text("utf-8")
    assert cli(*command, "--name", "another").code == 0
    assert (mine / "README.md").read_text("utf-8") != before
    (mine / "diary.txt").write_text("mine alone")
    done = cli(*command)
    assert done.code == 2 and "holds other files" in done.err
    assert (mine / "diary.txt").read_text() == "mine alone"


def test_columns_of_other_names_are_chosen_and_bad_choices_are_one_line(cli, text_folder, tmp_path):
    rows = [[s.text, s.labels[0], "3"] for s in mood_samples(tmp_path / "m", 40, image=False)]
    odd = write_table(tmp_path / "odd.csv", "message,mood,text", *rows)
    command = ["finetune", odd, "--output", tmp_path / "mine", "--mode", "head"]
    done = cli(*command)
    assert done.code == 2 and "If one of 'message', 'mood' holds them: --columns" in done.err
    done = cli(*command, "--columns", "text=message, label=Mood", "--json")
    assert done.code == 0 and done.json["labels"] == ["glad", "low"]
    chosen = ["--columns", "text=message,label=mood"]
    scored = cli("evaluate", odd, "--model", tmp_path / "mine", *chosen, "--json")
    assert scored.json["n"] == 40 and scored.json["accuracy"] > 0.8
    output = ["--model", tmp_path / "mine", "--output", "out.csv"]
    assert cli("predict", odd, *output, *chosen).code == 0
    assert read_rows(tmp_path / "out.csv")[0]["text"] == rows[0][0]
    for value, said in (
        ("text", "does not say which column is which"),
        ("words=message", "a role is one of text, image, video, label, split"),
        ("text=nothing", "There is no column 'nothing' to use as text. Found: 'message', 'mood'"),
    ):
        done = cli(*command, "--columns", value)
        assert done.code == 2 and said in done.err and done.err.strip().count("\n") == 0


def test_what_the_page_warns_of_is_said(cli, text_folder, tmp_path):
    samples = mood_samples(tmp_path / "m", 44, image=False)
    rows = [[s.text, s.labels[0]] for s in samples if s.labels[0] == "glad" or s.row < 5]
    uneven = write_table(tmp_path / "uneven.csv", "text,label", *rows, [rows[0][0], "low"])
    done = cli("finetune", uneven, "--output", tmp_path / "mine", "--mode", "head")
    assert done.code == 0 and "with different labels, the first in rows 1, " in done.err
    assert 'Few samples for "low" (3)' in done.err


def test_a_dataset_that_cannot_be_learned_leaves_nothing_behind(cli, text_folder, tmp_path):
    one = write_table(
        tmp_path / "one.csv", "text,label", *[[f"text {n}", "same"] for n in range(9)]
    )
    done = cli("finetune", one, "--output", tmp_path / "mine", "--json")
    assert done.code == 2 and 'All samples have the label "same"' in done.err and not done.out
    assert not list(tmp_path.glob(".mine*"))


def test_a_disk_that_gets_full_is_said_in_one_line(
    cli, text_folder, dataset, tmp_path, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mmdemo.models.training_tune.save_state", full)
    how = ["--mode", "adapter", "--epochs", "1"]
    done = cli("finetune", dataset, "--output", tmp_path / "mine", *how)
    assert done.code == 2 and "mmdemo: The disk became full during the training" in done.err
    assert "Traceback" not in done.err and not (tmp_path / "mine").exists()


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_with_the_same_bits(cli, text_folder, tmp_path):
    samples = mood_samples(tmp_path / "m", 40, image=False)
    rows = [[s.text, s.labels[0], "test" if s.row > 30 else "train"] for s in samples]
    dataset = write_table(tmp_path / "texts.csv", "text,label,split", *rows)
    command = ["finetune", dataset, "--mode", "adapter", "--epochs", "3", "--rate", "0.005",
               "--output"]  # fmt: skip
    assert cli(*command, tmp_path / "whole" / "mine").code == 2  # the folder must be there
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole = cli(*command, tmp_path / "whole" / "mine")
    begun = "text, fold 1, epoch 1:"
    assert whole.code == 0 and whole.err.count(begun) == 1
    child = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(text_folder), *map(str, command),
         str(tmp_path / "killed" / "mine")],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    for line in child.stderr:
        if "text, fold 2, epoch 1:" in line:
            break
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    child.stderr.close()
    assert not (tmp_path / "killed" / "mine").exists()
    shutil.rmtree(tmp_path / "data-root" / "vectors")  # nor do kept vectors matter
    done = cli(*command, tmp_path / "killed" / "mine")
    assert done.code == 0 and begun not in done.err  # it did not begin again
    whole, resumed = (tmp_path / n / "mine" / "model.safetensors" for n in ("whole", "killed"))
    assert whole.read_bytes() == resumed.read_bytes()
