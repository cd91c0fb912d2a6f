"""Finding moments on clips whose colours are known, with a matcher that knows colours."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from mmdemo.data import library_frames
from mmdemo.data.library import Library
from mmdemo.data.library_frames import Frames
from mmdemo.errors import EmptyInputError, LibraryError, MediaError
from mmdemo.services.retrieval.moments import BEST_FRAMES, DIP_S, LASTS, RELATIVE, Ranking
from mmdemo.services.retrieval.yardstick import Scale, Yardstick, cosines, vocabulary
from tests.services.coloured import colour_clip, colour_picture, indexed, service


@pytest.fixture(scope="module")
def own():
    return service()


@pytest.fixture(scope="module")
def library(own, tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    colour_clip(folder / "traffic.mp4", "red", "green", "red", "yellow")
    colour_clip(folder / "sea.mp4", "blue", "white", seconds=3)
    colour_picture(folder / "lemon.png", "yellow")
    indexed(own, folder / "library", [folder])
    return folder / "library"


@pytest.fixture(scope="module")
def items(own, library):
    return {item.name: item.id for item in own.contents(library).items}


def said(result) -> list[tuple[str, float, float]]:
    return [(m.video, m.start_s, m.end_s) for m in result.moments]


def test_each_shot_is_found_once_with_its_range(own, library):
    result = own.search(library, "something red")
    assert said(result)[:2] in (
        [("traffic.mp4", 0, 2), ("traffic.mp4", 4, 6)],
        [("traffic.mp4", 4, 6), ("traffic.mp4", 0, 2)],
    )
    assert result.fits and result.total == len(result.moments) == 2, "others are cut off"
    first = result.moments[0]
    assert first.start_s <= first.frame_s < first.end_s
    assert first.strength == "strong" and first.thumbnail.read_bytes()[:2] == b"\xff\xd8"
    assert said(own.search(library, "something blue")) == [("sea.mp4", 0, 3)]


def test_pictures_are_found_beside_videos(own, library):
    found = own.search(library, "a yellow thing")
    assert sorted(said(found)) == [("lemon.png", 0, 0), ("traffic.mp4", 6, 8)]


def test_when_nothing_fits_that_is_said_and_the_closest_are_given(own, library):
    result = own.search(library, "nothing of the kind")
    assert not result.fits
    assert {m.strength for m in result.moments} == {"weak"}
    assert len(result.moments) == result.total == 7, "every shot, as there are fewer than twelve"
    assert len(own.search(library, "nothing of the kind", top=2).moments) == 2


def test_what_is_not_wanted_is_left_out(own, library):
    both = own.search(library, "red yellow")
    assert {m.video for m in both.moments} == {"traffic.mp4", "lemon.png"}
    only = own.search(library, "red yellow", but_not="red")
    assert sorted(said(only)) == [("lemon.png", 0, 0), ("traffic.mp4", 6, 8)]


def test_one_video_or_all(own, library, items):
    here = own.search(library, "yellow", items=[items["lemon.png"]])
    assert said(here) == [("lemon.png", 0, 0)]
    elsewhere = own.search(library, "yellow", items=[items["sea.mp4"]])
    assert not elsewhere.fits and {m.video for m in elsewhere.moments} == {"sea.mp4"}
    with pytest.raises(LibraryError, match="no longer in the library"):
        own.search(library, "yellow", items=["0" * 32])


def test_similar_moments(own, library, items):
    like = (items["traffic.mp4"], 0.9)
    found = own.search(library, "", like=like)
    assert said(found)[0] == ("traffic.mp4", 4, 6), "the other red shot, and not the asked one"
    assert found.moments[0].strength == "strong" and found.fits
    assert said(own.search(library, "", like=(items["lemon.png"], 0)))[0][1:] == (6, 8)
    both = own.search(library, "yellow", like=like)
    assert both.total >= 2, "a sentence and a likeness together"
    with pytest.raises(LibraryError, match="no longer in the library"):
        own.search(library, "", like=("0" * 32, 0))


def test_pages(own, library):
    whole = own.search(library, "red green blue yellow white", top=50)
    assert whole.total == len(whole.moments) >= 5
    pages = [
        own.search(library, "red green blue yellow white", top=2, offset=n)
        for n in range(0, whole.total, 2)
    ]
    assert tuple(m for page in pages for m in page.moments) == whole.moments
    assert {page.total for page in pages} == {whole.total}
    beyond = own.search(library, "red", top=2, offset=100)
    assert beyond.moments == () and beyond.total == 2


def test_thumbnails_are_found_again_when_rows_have_moved(own, library):
    opened = own._open.library(library)
    identity = own.matcher().identity
    runs = sorted(entry.run_id for entry in opened.entries(identity))
    frames = opened.all_frames(identity, runs)
    keys = list(zip(frames.runs.tolist(), frames.times.tolist(), strict=True))

    def read(places) -> list[bytes]:
        shutil.rmtree(library / "thumbnails", ignore_errors=True)
        return [path.read_bytes() for path in opened.thumbnails(identity, keys, places)]

    right = read(())
    assert len(set(right)) >= 5, "one for each colour"
    assert read(frames.places) == right
    assert read(frames.places[::-1]) == right
    assert read(frames.places + 10**6) == right


def test_a_query_that_cannot_be_asked(own, library):
    for empty in ("", "  \n "):
        with pytest.raises(EmptyInputError, match="nothing to look for"):
            own.search(library, empty)
    long = own.search(library, "red " * 5000)
    assert [note.code for note in long.notes] == ["long_text"]


def test_another_script_is_a_guess_for_an_english_encoder(own, library, items, monkeypatch):
    query = "雪地里的一只狗"
    assert own.search(library, query).notes == (), "this matcher claims no language"
    encoder = type("Encoder", (), {"name": "minilm"})()
    monkeypatch.setattr(own.matcher(), "text_encoder", encoder, raising=False)
    result = own.search(library, query)
    assert [note.code for note in result.notes] == ["retrieval_foreign"]
    assert not result.fits and {m.strength for m in result.moments} == {"weak"}
    assert own.search(library, "a red car").notes == ()
    fits = own.fitting_sentences(library, items["traffic.mp4"], [query, "a red car"])
    assert {fit.sentence: fit.read for fit in fits} == {query: False, "a red car": True}


def test_similarity_over_time(own, library, items):
    curve = own.curve(library, "red", items["traffic.mp4"])
    assert [time_s for time_s, _ in curve] == [float(n) for n in range(8)]
    high = [score > 2.5 for _, score in curve]
    assert high == [True, True, False, False, True, True, False, False]
    best = own.search(library, "red").moments[0]
    assert dict(curve)[best.frame_s] == pytest.approx(best.score, abs=1e-3)
    assert len(own.curve(library, "red", items["lemon.png"])) == 1


def test_sentences_that_fit_a_video(own, library, items):
    asked = ["it is blue", "it is red", "all yellow", "", "it is red"]
    fits = own.fitting_sentences(library, items["traffic.mp4"], asked)
    assert [fit.sentence for fit in fits][2] == "it is blue"
    assert {fit.sentence for fit in fits[:2]} == {"it is red", "all yellow"}
    by = {fit.sentence: fit for fit in fits}
    assert by["all yellow"].best_s == 6 and by["it is red"].best_s in (0, 4)
    assert by["it is red"].strength == "strong" and by["it is blue"].strength in ("none", "weak")
    assert [fit.score for fit in fits] == sorted((fit.score for fit in fits), reverse=True)
    with pytest.raises(EmptyInputError, match="one on each line"):
        own.fitting_sentences(library, items["sea.mp4"], [" ", ""])


def test_suggested_tags_come_from_the_built_in_phrases(own, library, items):
    tags = own.suggested_tags(library, items["traffic.mp4"], top=5)
    assert len(tags) == 5 and {tag.sentence for tag in tags} <= set(vocabulary())
    assert "red" in tags[0].sentence.split(), "half of its frames are"
    assert [tag.score for tag in tags] == sorted((tag.score for tag in tags), reverse=True)


def test_where_a_word_is_seen(own, library, items, tmp_path):
    picture, seen = own.region(library, items["traffic.mp4"], 4.0, "red")
    assert picture.size == (64, 48) and seen.overall.shape == (48, 64)
    assert np.abs(np.asarray(picture)[0, 0] - (220.0, 20, 20)).max() < 30, "the frame at 4 s"
    picture, _ = own.region(library, items["lemon.png"], 0.0, "yellow")
    assert picture.size == (64, 48)


def test_a_file_that_is_gone_is_still_found_but_not_shown(own, tmp_path):
    clip = colour_clip(tmp_path / "lost.mp4", "green")
    indexed(own, tmp_path / "library", [clip])
    clip.unlink()
    (found,) = own.search(tmp_path / "library", "green").moments
    with pytest.raises(MediaError, match=r"lost.mp4 is no longer where it was"):
        own.region(tmp_path / "library", found.item, 0, "green")
    with pytest.raises(MediaError, match=r"lost.mp4 is no longer where it was"):
        own.clip(tmp_path / "library", found.item, (0, 1), tmp_path / "out.mp4")


def test_a_large_library_is_asked_through_the_engines_index(own, library, items, monkeypatch):
    exact = [
        own.search(library, "something red"),
        own.search(library, "red yellow", but_not="red"),
        own.search(library, "yellow", items=[items["lemon.png"]]),
        own.search(library, "", like=(items["traffic.mp4"], 0)),
    ]
    monkeypatch.setattr(library_frames, "INDEX_FROM", 3)
    monkeypatch.setattr("mmdemo.services.retrieval.search.CANDIDATES", 6)
    monkeypatch.setattr(Library, "all_frames", None)  # not to be called
    through_index = [
        own.search(library, "something red"),
        own.search(library, "red yellow", but_not="red"),
        own.search(library, "yellow", items=[items["lemon.png"]]),
        own.search(library, "", like=(items["traffic.mp4"], 0)),
    ]
    for one, other in zip(exact, through_index, strict=True):
        assert said(one)[:2] == said(other)[:2] and one.fits == other.fits


def frames_of(shots: list[int], runs: str) -> Frames:
    count = len(shots)
    times = np.arange(count, dtype=float)
    vectors = np.zeros((count, 4), np.float32)
    names, places = np.array(list(runs), dtype=object), np.arange(count)
    return Frames(names, times, times + 1, np.array(shots), vectors, places)


def test_a_moment_lasts_while_its_frames_are_nearly_as_good():
    dip = int(DIP_S) + 1  # frames, one a second
    frames = frames_of([0] * (dip + 4) + [1, 0], "a" * (dip + 5) + "b")
    low, edge = 0.1, 4 * LASTS + 0.01
    scores = np.array([edge, *[low] * dip, edge, 4, edge, 5, 4 * RELATIVE])
    ranking = Ranking(frames, scores)
    hits = ranking.hits(0, 9)
    assert [(h.run_id, h.start_s, h.end_s, h.frame_s) for h in hits] == [
        ("a", dip + 4, dip + 5, dip + 4),
        ("a", dip + 1, dip + 4, dip + 2),
        ("b", dip + 5, dip + 6, dip + 5),
    ]
    assert ranking.shown(1.0) == 2, "the third is below the share of the best"
    assert ranking.shown(6.0) == 0
    nothing = Ranking(frames_of([], ""), np.zeros(0))
    assert nothing.shown(0) == 0 and nothing.hits(0, 5) == []


def test_a_short_dip_does_not_end_a_moment_and_frames_left_out_do():
    whole = frames_of([0] * 9, "a" * 9)
    scores = np.array([3.5, 1, 1, 1, 4, 1, 3.5, 1, 1])
    (hit,) = Ranking(whole, scores).hits(0, 1)
    assert (hit.start_s, hit.end_s, hit.frame_s) == (0, 7, 4)
    some = whole.pick(np.array([0, 5, 6]))  # as the index of a large library gives them
    (hit,) = Ranking(some, np.array([4, 3.5, 3.5])).hits(0, 1)
    assert (hit.start_s, hit.end_s) == (0, 1), "what lies between was not looked at"


@pytest.mark.parametrize("block", [4, 100])  # frames at a time
def test_the_yardstick_measures_in_deviations_above_the_phrases(block, monkeypatch):
    for name in ("_BLOCK", "_SCAN"):
        monkeypatch.setattr(f"mmdemo.services.retrieval.yardstick.{name}", block)
    rng = np.random.default_rng(0)

    def unit(rows):
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    phrases, frames = unit(rng.normal(size=(40, 64))), unit(rng.normal(size=(9, 64)))
    queries = unit(rng.normal(size=(3, 64)))
    yardstick = Yardstick(phrases)
    by_hand = frames @ phrases.T
    scale = yardstick.scale(frames)
    expected = (frames @ queries.T - by_hand.mean()) / by_hand.std(1).mean()
    assert np.allclose(scale.z_scores(cosines(queries, frames)), expected, atol=1e-4)
    assert np.allclose(scale.z_scores(cosines(queries[0], frames)), expected[:, 0], atol=1e-4)
    correlation = [np.corrcoef(by_hand[0], row)[0, 1] for row in by_hand]
    assert np.allclose(yardstick.likeness(frames[0], frames), correlation, atol=1e-4)
    assert yardstick.scale(frames[:0]) == Scale()
    stored = frames.astype(np.float16)  # as they come out of a library
    assert np.allclose(scale.z_scores(cosines(queries, stored)), expected, atol=0.02)
    assert np.allclose(scale.z_scores(cosines(queries[0], stored)), expected[:, 0], atol=0.02)
    assert np.allclose(yardstick.likeness(stored[0], stored), correlation, atol=0.01)
    assert yardstick.scale(stored).std == pytest.approx(scale.std, rel=1e-3)


def test_a_shot_fits_as_well_as_its_best_frames_on_average():
    frames = frames_of([0, 0, 0, 0, 0, 1, 0, 0], "aaaaaabb")
    ranking = Ranking(frames, np.array([5.0, 0, 1, 1, 5, 4, 3, 3]))
    best = {(h.run_id, h.frame_s): h.score for h in ranking.hits(0, 9)}
    assert best == {("a", 5): 4, ("a", 0): pytest.approx(11 / BEST_FRAMES), ("b", 6): 3}


def test_the_vocabulary_is_clean():
    phrases = vocabulary()
    assert len(phrases) > 400 and len(set(phrases)) == len(phrases)
    assert all(phrase == phrase.strip() and phrase.isascii() for phrase in phrases)


def test_other_libraries_are_put_away(own, tmp_path, monkeypatch):
    monkeypatch.setattr("mmdemo.services.retrieval.open_libraries.OPEN_LIBRARIES", 1)
    picture = colour_picture(tmp_path / "p.png", "green")
    for name in ("one", "two"):
        indexed(own, tmp_path / name, [picture])
    assert own.search(tmp_path / "one", "green").fits
    assert len(own._open._libraries) == 1
    moved = replace(own.search(tmp_path / "one", "green"), query="x")
    assert moved.moments[0].video == "p.png"
