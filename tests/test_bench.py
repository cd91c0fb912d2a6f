"""The benchmark's own arithmetic, and the classic pair it compares with."""

import time

import pytest
import torch

from bench.app_start import AppStart, resident_bytes
from bench.classic import ClassicPair
from bench.finetune_quality import Lab, head_against
from bench.indexing import EncoderSpeed, IndexMemory, IndexSpeed, clip_tower
from bench.library import QueryTimes, measure_queries
from bench.rows import (
    RATIO_TARGET,
    app_rows,
    encoder_rows,
    index_rows,
    line,
    memory_rows,
    query_rows,
    speed_rows,
    video_rows,
)
from bench.speed import SIDE, TOKENS, Speed, interleaved, noise_picture, sentence
from bench.video import VideoSpeed
from mmdemo.config import load_settings
from tests.models.tiny import tiny_classifier, tiny_text_folder
from tests.models.tiny_training import mood_samples
from tests.services.coloured import service


def speed(compact_s: float, classic_s: float) -> Speed:
    return Speed(compact_s, classic_s, 0.02, 96, 30, 27_000_000, 124_000_000)


def test_the_ratio_decides_pass_or_fail():
    assert speed(0.01, 0.08).ratio == pytest.approx(8)
    for classic_s, passed in ((0.08, True), (0.01 * RATIO_TARGET - 0.001, False)):
        marks = [row.passed for row in speed_rows(speed(0.01, classic_s)) if row.target]
        assert marks == [passed]


def test_the_table_shows_every_row_and_marks_failures():
    rows = [*speed_rows(speed(0.02, 0.08)), *app_rows(AppStart(1.5, 4.0, 2**28, 2**29))]
    lines = [line(row) for row in rows]
    assert "4.0 x" in lines[2] and lines[2].endswith("FAIL")
    assert "512 MB" in lines[-1]


def test_reading_slower_than_playing_fails():
    assert video_rows(VideoSpeed(60, 6, 1.0))[0].value == "10.0 x"
    assert video_rows(VideoSpeed(60, 6, 1.0))[0].passed
    assert not video_rows(VideoSpeed(60, 61, 1.0))[0].passed


@pytest.mark.parametrize(
    ("index_s", "clip_s", "long_mb", "marks"),
    [(6, 0.9, 539, [True] * 3), (6.1, 0.89, 541, [False] * 3)],
)
def test_indexing_targets_decide(index_s, clip_s, long_mb, marks):
    memory = IndexMemory(500 * 2**20, long_mb * 2**20)
    rows = [
        *index_rows(IndexSpeed(60, index_s, 60)),
        *encoder_rows(EncoderSpeed(16, 0.3, clip_s)),
        *memory_rows(memory),
    ]
    assert [row.passed for row in rows if row.target] == marks


def test_one_slow_query_in_twenty_is_allowed():
    fast, slow = (0.02,) * 96, (0.3,) * 4
    (passed,) = [r.passed for r in query_rows(QueryTimes(100_000, fast + slow, 1, 2)) if r.target]
    assert passed
    times = QueryTimes(1_000_000, fast[:90] + slow * 3, 1, 2)
    (passed,) = [r.passed for r in query_rows(times) if r.target]
    assert not passed


def test_queries_are_measured_through_the_service(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.library.VIDEO", 20)
    monkeypatch.setattr("bench.library.RetrievalService", lambda settings: service())
    times = measure_queries(None, frames=60, asked=3)
    assert len(times.queries_s) == 3 and 0 < times.median_s <= times.p95_s < 10
    assert times.queries_s == tuple(sorted(times.queries_s))


def test_works_take_turns_and_the_median_is_given():
    calls = []
    times = interleaved(
        {"slow": lambda: (calls.append("s"), time.sleep(0.02)), "fast": lambda: calls.append("f")},
        rounds=3,
    )
    assert calls == ["s"] * 3 + ["f"] * 3 + ["s", "f"] * 3  # warm-up first
    assert times["slow"] > times["fast"]


def test_the_question_has_the_stated_size(tmp_path):
    classifier = tiny_classifier(tiny_text_folder(tmp_path / "text"))
    tokenizer = classifier.text_encoder.tokenizer
    assert len(tokenizer(sentence(tokenizer))["input_ids"]) == TOKENS
    assert noise_picture().size == (SIDE, SIDE)


def test_the_classic_pair_has_the_published_shapes():
    with torch.device("meta"):  # shapes only: no time and no memory for 124 million weights
        pair = ClassicPair(tokenizer=[])
        grid = pair.vision(torch.empty(1, 3, SIDE, SIDE))
    assert tuple(grid.shape) == (1, 512, 7, 7)
    assert len(pair.text.encoder.layer) == 12
    with torch.device("meta"):
        tower = clip_tower()
    assert sum(p.numel() for p in tower.parameters()) == pytest.approx(87.85e6, rel=0.001)
    # BERT-base-cased has 108.3 M with its pooler of 0.59 M; VGG16's features have 14.7 M
    assert sum(p.numel() for p in pair.text.parameters()) == pytest.approx(107.7e6, rel=0.002)
    assert sum(p.numel() for p in pair.vision.parameters()) == pytest.approx(14.71e6, rel=0.001)


def test_memory_of_this_process_is_known_on_linux():
    import os

    assert resident_bytes(os.getpid()) > 10 * 2**20


@pytest.mark.slow
def test_our_head_and_sklearns_are_counted_on_the_same_folds(tmp_path):
    lab = Lab(load_settings({"MMDEMO_DATA_ROOT": str(tmp_path)}))
    found = head_against(lab, "moods", mood_samples(tmp_path, 24))
    assert found.n == 24 and 50 < found.ours <= 100 and 50 < found.other <= 100
