"""``finetune --preset classic|scratch|clip`` from the command line, then predict, evaluate and
explain with what it made, where the folders that the encoders came from are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants
from PIL import Image

from tests.cli.setup import read_rows, write_table
from tests.models.tiny import tiny_text_folder
from tests.models.tiny_classics import tiny_dual_folder, tiny_vgg_folder
from tests.models.tiny_training import MOODS, mood_samples
from tests.video_media import clip_of

ROWS = 40


@pytest.fixture
def dataset(tmp_path) -> Path:
    """40 rows of sentence and picture, and two of sentence and video."""
    samples = mood_samples(tmp_path / "set" / "images", ROWS)
    rows = [[s.text, f"images/{s.image.name}", "", s.labels[0]] for s in samples]
    for label, (word, colour) in MOODS.items():
        clip_of([Image.new("RGB", (48, 32), colour)] * 10, tmp_path / "set" / f"{label}.mp4")
        rows.append([f"i am so {word}", "", f"{label}.mp4", label])
    return write_table(tmp_path / "set" / "data.csv", "text,image,video,label", *rows).parent


@pytest.fixture
def encoders(tmp_path) -> dict[str, list[str]]:
    """Preset -> options that put tiny encoders of the same classes in place of the large ones."""
    root = tmp_path / "encoders"
    dual = tiny_dual_folder(root / "clip")
    return {
        "classic": ["--text-encoder", str(tiny_text_folder(root / "bert")),
                    "--vision-encoder", str(tiny_vgg_folder(root / "vgg")), "--rate", "0.003"],
        "clip": ["--text-encoder", str(dual), "--vision-encoder", str(dual)],
        "scratch": [],
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("preset", "epochs"), [("classic", 6), ("clip", 30), ("scratch", 3)])
def test_train_then_predict_evaluate_and_explain(preset, epochs, cli, dataset, encoders, tmp_path):
    done = cli(
        "finetune", dataset, "--output", tmp_path / "mine", "--preset", preset,
        "--epochs", str(epochs), *encoders[preset],
    )  # fmt: skip
    assert done.code == 0, done.err
    # a report after every epoch, each with its header and a line per label
    assert done.err.count("precision  recall") >= epochs
    assert "saved to" in done.out and "held-out samples right" in done.out
    shutil.rmtree(tmp_path / "encoders")
    assert cli("predict", dataset, "--model", tmp_path / "mine", "--output", "out.csv").code == 0
    rows = read_rows(tmp_path / "out.csv")
    assert len(rows) == ROWS + 2 and {"glad", "low"} < rows[0].keys()
    truth = [*("glad", "low") * (ROWS // 2), *MOODS]
    right = sum(r["predicted"] == label for r, label in zip(rows, truth, strict=True))
    scored = cli("evaluate", dataset, "--model", tmp_path / "mine", "--json").json
    assert scored["n"] == ROWS + 2 and scored["accuracy"] == pytest.approx(right / (ROWS + 2))
    if preset != "scratch":  # three epochs are too few to learn from nothing
        assert scored["accuracy"] > 0.7
    told = cli(
        "emotion", "--model", tmp_path / "mine", "--text", "i am so happy", "--image",
        tmp_path / "set" / "images" / "0.png", "--explain", tmp_path / "why", "--json",
    )  # fmt: skip
    assert told.code == 0 and set(told.json["probabilities"]) == set(MOODS)
    assert any((tmp_path / "why").rglob("*.png"))
    card = (tmp_path / "mine" / "README.md").read_text("utf-8")
    assert "F = W_fc [tanh(W_t H_t); tanh(W_v V_v)]" in card


def test_without_its_weights_a_preset_says_what_to_fetch(cli, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "no-cache"))
    done = cli("finetune", dataset, "--output", tmp_path / "mine", "--preset", "classic")
    assert done.code == 2
    assert "needs google-bert/bert-base-cased and timm/vgg16.tv_in1k, which are not" in done.err
    assert "python -m mmdemo fetch google-bert/bert-base-cased timm/vgg16.tv_in1k" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "grand"], 'There is no preset "grand"'),
        (["--preset", "scratch", "--mode", "head"], 'not trained in the mode "head"'),
        (["--preset", "scratch", "--search-minutes", "1"], "automatic search is made for"),
        (["--text-encoder", "x/y"], 'The preset "compact" has encoders of its own'),
    ],
)
def test_options_that_do_not_fit_are_refused(options, said, cli, dataset, tmp_path):
    done = cli("finetune", dataset, "--output", tmp_path / "mine", *options)
    assert done.code == 2 and said in done.err
