"""Searching in the Retrieval tab without a browser: from view to view, and what is drawn."""

import time
from dataclasses import replace

import pytest

from mmdemo.errors import StorageError
from mmdemo.services.retrieval.answers import SearchResult
from mmdemo.types import Moment, Note
from mmdemo.ui.retrieval_handlers import (
    SearchHandlers,
    SentenceHandlers,
    ShelfHandlers,
    library_of,
)
from mmdemo.ui.retrieval_hits import fits_card, found_card
from mmdemo.ui.retrieval_moment_handlers import MomentHandlers
from mmdemo.ui.retrieval_opened import body, head, tenths
from mmdemo.ui.retrieval_views import PER_PAGE, Ask, Fits, Found, Opened, Shelf
from tests.ui.shelf_places import found, library, service, shelf, uploads, workspace
from tests.video_media import test_card as make_card

__all__ = ["found", "library", "service", "shelf", "uploads", "workspace"]


def test_moments_are_told_in_words(found):
    drawn = found_card(found, "en")
    assert "“a dog”" in drawn and "00:02 – 00:06" in drawn and "1–3 of 3" in drawn
    assert drawn.count('class="mm-hit"') == 3 and "strong" in drawn and "5.0" not in drawn
    assert 'aria-label="Play dog_snow.mp4 from 00:02 to 00:06: strong match"' in drawn


def test_first_it_says_that_it_searches(service, shelf, library, tmp_path):
    first, _ = SearchHandlers(service, tmp_path).search(Found(), library, Ask("a dog"))
    assert first.working and "Comparing your sentence" in found_card(first, "en")


def test_nothing_fits_is_an_answer(service, shelf, library, tmp_path):
    *_, nothing = SearchHandlers(service, tmp_path).search(Found(), library, Ask("a whale"))
    assert "Nothing here fits that sentence well" in found_card(nothing, "en")
    assert "mm-hits" not in found_card(nothing, "en")


def test_what_does_not_fit_is_shown_only_when_asked(found):
    poor = SearchResult("a whale", found.result.moments, 3, fits=False)
    drawn = found_card(Found(Ask("a whale"), poor), "en")
    assert drawn.index("<details") < drawn.index("mm-hits")


def test_nothing_typed_is_said_and_the_answer_stays(service, found, library, tmp_path):
    (after,) = SearchHandlers(service, tmp_path).search(found, library, Ask("  "))
    assert after.error.code == "empty_query" and after.result is found.result


@pytest.mark.logs_errors
def test_a_bug_keeps_the_earlier_answer(service, found, library, tmp_path):
    *_, after = SearchHandlers(service, tmp_path).search(found, library, Ask("crash"))
    assert after.error.code == "unexpected" and after.result is found.result and not after.working


def test_many_moments_come_in_pages(service, workspace, tmp_path):
    files = [tmp_path / f"dog_{number}.mp4" for number in range(5)]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]))
    library, do = library_of(workspace), SearchHandlers(service, tmp_path)
    ShelfHandlers(service).add(Shelf(), workspace, files)
    time.sleep(0.2)
    *_, first = do.search(Found(), library, Ask("dog"))
    assert len(first.result.moments) == PER_PAGE and first.pages == 3
    last = do.turn(first, library, 2)
    assert "13–15 of 15" in found_card(last, "en") and do.turn(last, library, 3) is last
    out = do.export(last, library, "table")
    assert len(out.table.read_text().splitlines()) == 16 and out.fresh == "table"


def test_find_similar_asks_for_the_looks_of_the_moment(service, found, library, tmp_path):
    do = SearchHandlers(service, tmp_path)
    ask = do.similar(found, 0)
    assert ask.like == ("dog_snow.mp4", 4.0) and ask.query == ""
    *_, alike = do.search(found, library, ask)
    assert alike.result.total == 4 and "Looks like dog_snow.mp4 · 00:04" in found_card(alike, "en")
    assert do.similar(found, 9) is None
    none = replace(alike, result=replace(alike.result, moments=(), total=0, fits=False))
    assert "Nothing else here looks much like it" in found_card(none, "en")
    assert "sentence" not in found_card(none, "en")


def test_a_note_of_the_service_is_told(found):
    note = Note("foreign_language", "This looks like Chinese.", {"language": "Chinese"})
    result = SearchResult("一只狗", found.result.moments, 3, True, (note,))
    assert "这看起来是中文" in found_card(Found(Ask("一只狗"), result), "zh")


# -- an opened moment --------------------------------------------------------------------------


@pytest.fixture
def film(service, workspace, tmp_path, library) -> Moment:
    """The first moment of a real clip."""
    clip = make_card(tmp_path / "dog_run.mp4", 2)
    ShelfHandlers(service).add(Shelf(), workspace, [clip])
    time.sleep(0.1)
    *_, found = SearchHandlers(service, tmp_path).search(Found(), library, Ask("a dog"))
    return found.result.moments[0]


@pytest.fixture
def opened(service, film, library, tmp_path) -> Opened:
    do = MomentHandlers(service, tmp_path / "served")
    *_, opened = do.open(library, film, "a dog")
    return do.reasons(opened, library)


def test_a_moment_is_served_from_a_folder_that_nobody_can_guess(opened, library, tmp_path):
    assert opened.playable.is_file() and opened.playable.parent.parent == tmp_path / "served"
    assert "dog_<wbr>run.<wbr>mp4" in head(opened, "en") and "00:02 – 00:06" in head(opened, "en")


def test_why_it_was_found_is_drawn(opened):
    drawn = body(opened, "en")
    assert "mm-plot" in drawn and "fits well" in drawn and "mm-marked" in drawn
    assert drawn.count('data-act="word"') == 2 and drawn.count("<figure>") == 2
    assert 'data-trim="start"' in drawn and "00:02.0" in drawn


def test_a_word_shows_its_own_place_and_again_all(service, opened, tmp_path):
    do = MomentHandlers(service, tmp_path)
    word = do.pick_word(opened, 1)
    assert "What fits “dog”" in body(word, "en") and do.pick_word(word, 1).word is None
    assert do.pick_word(opened, 5) is opened


def test_a_clip_is_cut_where_the_person_said(service, opened, library, tmp_path):
    do = MomentHandlers(service, tmp_path / "served")
    *_, cut = do.cut(opened, library, 1.5, 99)
    assert service.clipped == ("dog_run.mp4", 1.5, 12.0)
    assert cut.clip.name == "dog_run-clip.mp4" and cut.range_s == (1.5, 12.0)
    assert 'download="dog_run-clip.mp4" data-now' in body(cut, "en")


def test_ends_in_the_wrong_order_give_the_shortest_clip(service, opened, library, tmp_path):
    list(MomentHandlers(service, tmp_path / "served").cut(opened, library, 8, 3))
    assert service.clipped == ("dog_run.mp4", 8, pytest.approx(8.2))


def test_a_file_that_is_gone_is_said(service, film, library, workspace, tmp_path):
    for file in (workspace.folder / "media").iterdir():
        file.unlink()
    *_, gone = MomentHandlers(service, tmp_path / "served").open(library, film, "a dog")
    assert gone.error.code == "item_gone" and "dog_run.mp4" in gone.error.text


def test_a_picture_has_nothing_to_play_or_trim(service, shelf, library, tmp_path):
    *_, found = SearchHandlers(service, tmp_path).search(Found(), library, Ask("kitchen"))
    do = MomentHandlers(service, tmp_path / "served")
    *_, opened = do.open(library, found.result.moments[0], "kitchen")
    drawn = body(do.reasons(opened, library), "en")
    assert "mm-plot" not in drawn and "data-trim" not in drawn and drawn.count("<figure>") == 2


def test_a_picture_that_nothing_was_asked_of_is_shown_large(service, shelf, library, tmp_path):
    *_, found = SearchHandlers(service, tmp_path).search(Found(), library, Ask("kitchen"))
    do = MomentHandlers(service, tmp_path / "served")
    *_, opened = do.open(library, found.result.moments[0], "")  # from "Find similar"
    drawn = body(do.reasons(opened, library), "en")
    assert drawn.count("<figure>") == 1 and "The picture" in drawn and "mm-working" not in drawn
    assert opened.frame.size == (480, 320)


def test_tenths_of_a_second():
    assert [tenths(s) for s in (0, 4.3, 59.96, 3600.5)] == [
        "00:00.0", "00:04.3", "00:59.9", "1:00:00.5",
    ]  # fmt: skip


# -- the other direction -----------------------------------------------------------------------


def test_sentences_are_ranked_for_a_video(service, shelf, library):
    item = shelf.items[0]
    text = "a dog\n\n  a dog runs through deep snow\na dog\n"
    *_, fits = SentenceHandlers(service).rank(Fits(), library, item, text)
    assert [fit.sentence for fit in fits.fits] == ["a dog runs through deep snow", "a dog"]
    drawn = fits_card(fits, "en")
    assert "What fits dog_snow.mp4" in drawn and "at 00:04" in drawn and "guess" not in drawn
    foreign = replace(fits, fits=(replace(fits.fits[0], read=False), *fits.fits[1:]))
    assert "The model reads English." in fits_card(foreign, "en")
    assert fits_card(foreign, "zh").count("只是猜测") == 2  # beside the sentence, and why
    moment = SentenceHandlers.moment(fits, 0)
    assert (moment.start_s, moment.end_s, moment.frame_s) == (2.0, 6.0, 4.0)
    assert SentenceHandlers.moment(fits, 7) is None


def test_without_sentences_tags_are_suggested(service, shelf, library):
    *_, fits = SentenceHandlers(service).rank(Fits(), library, shelf.items[0], " ")
    assert "Suggested tags for dog_snow.mp4" in fits_card(fits, "en")
    assert "建议" in fits_card(fits, "zh")


def test_without_a_video_it_is_said(service, library):
    (fits,) = SentenceHandlers(service).rank(Fits(), library, None, "a dog")
    assert fits.error.code == "no_item"


def test_storage_errors_speak_both_languages():
    from mmdemo.ui.words import MESSAGES

    assert StorageError.code in MESSAGES["zh"] and "storage_quota" in MESSAGES["zh"]
