"""``python -m mmdemo evaluate``."""

import pytest

from mmdemo.cli.evaluate import EXPLAINED_ROWS, drawn
from mmdemo.cli.report import explanation_lines
from mmdemo.services.evaluation import ARGMAX_RULE, THRESHOLD_RULE
from mmdemo.types import Sample
from tests import media
from tests.cli.setup import read_rows, write_table
from tests.models.tiny import LABELS


def labelled(folder, name="data.csv"):
    """Eight rows whose labels follow no rule."""
    words = ["i am so happy", "you are sad", "the day", "hate this", "love you", "a friend"]
    rows = [[text, LABELS[i % 3], "dev" if i < 4 else "train"] for i, text in enumerate(words)]
    return write_table(folder / name, "text,label,split", *rows)


def test_json_has_the_agreed_keys(cli, tmp_path):
    scores = cli("evaluate", labelled(tmp_path), "--json").json
    assert scores["n"] == 6
    assert scores["labels"] == list(LABELS)
    assert set(scores["report"]) == set(LABELS)
    assert set(scores["report"]["joy"]) == {"precision", "recall", "f1", "support"}
    assert sum(map(sum, scores["confusion_matrix"])) == 6
    assert 0 <= scores["ece"] <= 1
    assert scores["macro_f1_rule"] == ARGMAX_RULE
    assert (scores["by_modality"], scores["skipped"]) == ({}, 0)


def test_accuracy_is_that_of_predict(cli, tmp_path):
    path = labelled(tmp_path)
    scores = cli("evaluate", path, "--json").json
    cli("predict", path, "--output", "out.csv")
    answers = [row["predicted"] for row in read_rows(tmp_path / "out.csv")]
    truth = [row["label"] for row in read_rows(path)]
    right = sum(a == t for a, t in zip(answers, truth, strict=True))
    assert scores["accuracy"] == pytest.approx(right / 6)


def test_a_split_and_a_split_that_is_not_there(cli, tmp_path):
    path = labelled(tmp_path)
    assert cli("evaluate", path, "--split", "dev", "--json").json["n"] == 4
    outcome = cli("evaluate", path, "--split", "test", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "dev, train" in outcome.err


def test_several_labels_are_counted_by_threshold(cli, tmp_path):
    path = write_table(
        tmp_path / "d.csv", "text,label", ["i am happy", "joy|anger"], ["you", "Fear"]
    )
    scores = cli("evaluate", path, "--json").json
    assert scores["macro_f1_rule"] == THRESHOLD_RULE
    assert scores["macro_f1"] == scores["threshold_macro_f1"]
    assert scores["report"]["fear"]["support"] == 1  # labels are compared without case


def test_rows_with_both_are_also_scored_by_modality(cli, tmp_path):
    media.drawn_face(48).save(tmp_path / "face.png")
    path = write_table(
        tmp_path / "data.csv",
        "text,image,label",
        ["i am happy", "face.png", "joy"],
        ["you are sad", "face.png", "sadness"],
        ["the day", "", "neutral"],
    )
    parts = cli("evaluate", path, "--json").json["by_modality"]
    assert set(parts) == {"text", "face", "fused"}
    assert {part["n"] for part in parts.values()} == {2}


def test_rows_that_cannot_count_are_named(cli, tmp_path):
    media.truncated_photo(tmp_path / "short.jpg")
    path = write_table(
        tmp_path / "data.csv",
        "text,image,label",
        ["i am happy", "", "joy"],
        ["you", "", "boredom"],
        ["", "short.jpg", "fear"],
    )
    outcome = cli("evaluate", path, "--json")
    assert (outcome.json["n"], outcome.json["skipped"]) == (1, 2)
    assert 'row 2: the model has no label "boredom" (skipped)' in outcome.err
    assert "row 3 (short.jpg)" in outcome.err


class TestRefusals:
    def test_no_label_is_known(self, cli, tmp_path):
        path = write_table(tmp_path / "d.csv", "text,label", ["a", "cat"], ["b", "dog"])
        outcome = cli("evaluate", path, "--json")
        assert outcome.code == 2
        assert "anger" in outcome.err and "cat, dog" in outcome.err

    def test_no_labels_at_all(self, cli, tmp_path):
        path = write_table(tmp_path / "d.csv", "text", ["a"], ["b"])
        assert "neither labels nor texts with pictures" in cli("evaluate", path).err


class TestMatching:
    def test_captions_without_labels_are_matched_both_ways(self, cli, tiny_checkpoints, tmp_path):
        for i, mood in enumerate(("joy", "sadness", "neutral")):
            media.drawn_face(80, mood).save(tmp_path / f"{i}.png")
        (tmp_path / "broken.png").write_bytes(b"no picture")
        rows = [["a happy day", "0.png"], ["a friend", "0.png"], ["so sad", "1.png"],
                ["this", "2.png"], ["lost", "broken.png"]]  # fmt: skip
        path = write_table(tmp_path / "data.csv", "text,image", *rows)
        outcome = cli("evaluate", path, "--json")
        scores = outcome.json
        assert (scores["n_media"], scores["n_texts"], scores["skipped"]) == (3, 4, 1)
        assert "row 5" in outcome.err and "broken.png" in outcome.err
        for side in ("text_to_media", "media_to_text"):
            assert scores[side]["r@5"] == 100 and scores[side]["median_rank"] >= 1
        assert "text to media: R@1" in cli("evaluate", path).out

    def test_one_picture_is_nothing_to_choose_from(self, cli, tiny_checkpoints, tmp_path):
        media.drawn_face(80).save(tmp_path / "a.png")
        path = write_table(tmp_path / "data.csv", "text,image", ["so sad", "a.png"])
        outcome = cli("evaluate", path)
        assert outcome.code == 2 and "two or more readable pictures" in outcome.err


def test_for_people_it_prints_tables(cli, tmp_path):
    outcome = cli("evaluate", labelled(tmp_path))
    assert "accuracy" in outcome.out and "confusion matrix" in outcome.out
    assert all(label in outcome.out for label in LABELS)


class TestExplanations:
    def test_figures_beside_random_ones(self, cli, tmp_path):
        media.drawn_face(48).save(tmp_path / "face.png")
        path = write_table(
            tmp_path / "data.csv", "text,image", ["i am so happy", ""], ["", "face.png"]
        )
        scores = cli("evaluate", path, "--explanations", "--json").json
        assert scores["n"] == 2
        assert {"deletion", "insertion", "comprehensiveness", "sufficiency"} <= set(scores)
        lines = list(explanation_lines(scores))
        assert "deletion" in lines and any(x.startswith("  random: 0.") for x in lines)

    def test_large_sets_are_drawn_the_same_every_time(self):
        samples = tuple(Sample(row=i) for i in range(1000))
        first = drawn(samples)
        assert len(first) == EXPLAINED_ROWS
        assert first == drawn(samples)
        assert [s.row for s in first] == sorted(s.row for s in first)
        assert drawn(samples[:5]) == samples[:5]
