"""Which samples are held out: stratified, by the split column, never one source on both sides."""

from __future__ import annotations

from collections import Counter

from mmdemo.services.finetune.split import assign_folds, groups_of, split_samples
from mmdemo.types import Sample
from tests.media import photo


def texts(n: int, labels: tuple[str, ...] = ("a", "b"), **more) -> list[Sample]:
    return [Sample(i + 1, f"text {i}", labels=(labels[i % len(labels)],), **more) for i in range(n)]


def test_a_picture_and_a_video_tie_all_samples_that_share_either(tmp_path):
    pictures, clips = [tmp_path / "0.png", tmp_path / "1.png"], [tmp_path / "0", tmp_path / "1"]
    for medium in pictures + clips:
        medium.write_text(str(medium))
    samples = [
        Sample(1, "a", image=pictures[0], video=clips[0]),
        Sample(2, "b", image=pictures[1]),
        Sample(3, "b", video=clips[1]),
        Sample(4, "c", video=clips[0]),
        Sample(5, "c", image=pictures[1], video=clips[1]),
        Sample(6, "a"),
    ]
    assert groups_of(samples) == [0, 1, 1, 0, 1, 2]


def test_a_fifth_is_held_out_and_every_label_is_in_both_parts():
    samples = texts(100, ("a", "a", "a", "b", "c"))
    split = split_samples(samples, groups_of(samples))
    assert split.how == "fifth" and len(split.held_out) == 20
    counts = Counter(samples[i].labels[0] for i in split.held_out)
    assert counts == {"a": 12, "b": 4, "c": 4}
    assert not set(split.train) & set(split.held_out)


def test_the_seed_decides_the_split():
    samples = texts(60)
    groups = groups_of(samples)
    assert split_samples(samples, groups, seed=1) == split_samples(samples, groups, seed=1)
    assert split_samples(samples, groups, seed=1) != split_samples(samples, groups, seed=2)


def test_below_thirty_every_sample_is_held_out_once_in_folds():
    samples = texts(29)
    split = split_samples(samples, groups_of(samples))
    assert split.how == "folds" and not split.held_out
    assert len(split.train) == 29 and set(split.folds) == set(range(5))


def test_the_split_column_wins_and_its_test_rows_are_the_held_out_ones():
    samples = texts(40, split="train") + texts(6, split="test") + texts(6, split="dev")
    samples = [Sample(i, f"{s.text} {i}", labels=s.labels, split=s.split)
               for i, s in enumerate(samples)]  # fmt: skip
    split = split_samples(samples, groups_of(samples))
    assert split.how == "column" and split.held_out == tuple(range(40, 46))
    assert set(split.train) == {*range(40), *range(46, 52)}


def test_what_a_column_put_on_both_sides_leaves_training():
    train, test = texts(40, split="train"), texts(3, split="test")  # the same three texts
    split = split_samples([*train, *test], groups_of([*train, *test]))
    assert split.held_out == (40, 41, 42) and set(split.train) == set(range(3, 40))


def test_the_same_bytes_under_two_names_are_one_group_and_stay_together(tmp_path):
    one, other = photo(tmp_path / "a.png"), photo(tmp_path / "copy.png")
    third = photo(tmp_path / "c.png", (30, 30))
    samples = [Sample(1, "x", one), Sample(2, "y", other), Sample(3, "x", third)]
    groups = groups_of(samples)
    assert groups[0] == groups[1] != groups[2]


def test_clips_of_one_video_never_straddle(tmp_path):
    samples = []
    for v in range(20):  # twenty videos, three samples of each
        (tmp_path / f"{v}.mp4").write_bytes(bytes([v]) * 50)
        samples += [
            Sample(3 * v + k, f"part {k}", video=tmp_path / f"{v}.mp4", labels=("ab"[v % 2],))
            for k in range(3)
        ]
    groups = groups_of(samples)
    split = split_samples(samples, groups)
    assert {groups[i] for i in split.held_out}.isdisjoint(groups[i] for i in split.train)
    of = {}
    for i, fold in zip(split.train, split.folds, strict=True):
        assert of.setdefault(groups[i], fold) == fold


def test_folds_spread_every_label_evenly_even_the_rarest():
    labels = ["a"] * 50 + ["b"] * 5
    folds = assign_folds(labels, list(range(55)), 5, seed=3)
    assert sorted(folds[50:]) == [0, 1, 2, 3, 4]
