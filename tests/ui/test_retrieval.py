"""The Retrieval tab without a browser: from view to view, and what is drawn."""

import os
import time
from pathlib import Path

import pytest

from mmdemo.data.workspaces import Workspace, Workspaces
from mmdemo.errors import StorageError
from mmdemo.services.retrieval.answers import IndexJob, SearchResult
from mmdemo.types import Moment, Note, Problem
from mmdemo.ui.retrieval_handlers import (
    SearchHandlers,
    SentenceHandlers,
    ShelfHandlers,
    library_of,
)
from mmdemo.ui.retrieval_hits import fits_card, found_card
from mmdemo.ui.retrieval_library import choices, refreshed
from mmdemo.ui.retrieval_moment_handlers import MomentHandlers
from mmdemo.ui.retrieval_opened import body, head, tenths
from mmdemo.ui.retrieval_shelf import shelf_card
from mmdemo.ui.retrieval_views import PER_PAGE, SHELF, Ask, Fits, Found, Kept, Opened, Shelf
from tests.ui.fake_retrieval import FakeRetrievalService
from tests.video_media import test_card as make_card


@pytest.fixture
def service(settings) -> FakeRetrievalService:
    service = FakeRetrievalService(settings)
    service.item_s = 0.01
    return service


@pytest.fixture
def workspace(tmp_path, settings) -> Workspace:
    return Workspaces(tmp_path / "workspaces", 2**20, 0).open(None)


@pytest.fixture
def library(workspace) -> Path:
    return library_of(workspace)


@pytest.fixture
def uploads(tmp_path) -> list[Path]:
    folder = tmp_path / "uploads"
    folder.mkdir()
    names = ("dog_snow.mp4", "cat & <b>sofa.mp4", "tiny.mp4", "kitchen.png")
    for number, name in enumerate(names):
        (folder / name).write_bytes(bytes([number]) * 100)
    return [folder / name for name in names]


@pytest.fixture
def shelf(service, workspace, uploads) -> Shelf:
    """A library with two videos and a picture."""
    do = ShelfHandlers(service)
    do.add(Shelf(), workspace, uploads)
    time.sleep(0.1)
    return do.look(Shelf(), library_of(workspace))


@pytest.fixture
def found(service, shelf, library, tmp_path) -> Found:
    *_, found = SearchHandlers(service, tmp_path).search(Found(), library, Ask("a dog"))
    return found


# -- library -----------------------------------------------------------------------------------


def test_uploads_are_kept_in_the_workspace_and_indexed(service, workspace, uploads):
    service.item_s = 60
    shelf = ShelfHandlers(service).add(Shelf(), workspace, uploads)
    assert shelf.busy and shelf.error is None
    assert len(list((workspace.folder / "media").iterdir())) == 4
    drawn = shelf_card(shelf, "en")
    assert "Looking at 1 of 4: dog_snow.mp4" in drawn and "<progress" in drawn
    assert "Nothing here yet" not in drawn
    assert "正在看第 1 个（共 4 个）" in shelf_card(shelf, "zh")


def test_a_reload_finds_the_library_and_its_job(service, shelf, library):
    again = ShelfHandlers(service).look(Shelf(), library)
    assert [item.name for item in again.items] == [item.name for item in shelf.items]
    drawn = shelf_card(again, "en")
    assert "Your library (3), 00:24 of video" in drawn and "picture · ready" in drawn
    assert "Left out: 1" in drawn and "tiny.mp4 is damaged." in drawn
    assert "<b>sofa" not in drawn and "cat &amp; &lt;b&gt;sofa.mp4" in drawn


def test_stop_and_go_on(service, workspace, uploads):
    service.item_s = 60
    do, library = ShelfHandlers(service), library_of(workspace)
    stopped = do.stop(do.add(Shelf(), workspace, uploads), library)
    assert "Stopped: 0 of 4 are ready." in shelf_card(stopped, "en")
    assert 'data-act="resume"' in shelf_card(stopped, "en")
    assert do.resume(stopped, library).busy


def test_what_does_not_fit_is_said_and_the_rest_is_kept(service, workspace, uploads):
    uploads[0].write_bytes(bytes(2**20 + 1))
    shelf = ShelfHandlers(service).add(Shelf(), workspace, uploads)
    assert shelf.error.code == "storage_quota" and shelf.job.total == 3


def test_an_upload_that_was_left_out_gives_its_room_back(service, shelf, workspace, uploads):
    media = workspace.folder / "media"
    assert len(list(media.iterdir())) == 4 and len(shelf.items) == 3
    for path in media.iterdir():
        os.utime(path, (0, 0))
    ShelfHandlers(service).add(shelf, workspace, uploads[:1])
    assert sorted(media.iterdir()) == sorted(item.path for item in shelf.items)


def test_removing_asks_first_and_the_choice_is_dropped(service, shelf, library):
    do, item = ShelfHandlers(service), shelf.items[0]
    asking = do.remove(shelf, library, item.id)
    assert len(asking.items) == 3 and "Remove dog_snow.mp4?" in shelf_card(asking, "en")
    gone = do.remove(asking, library, item.id)
    assert item.id not in [left.id for left in gone.items]
    assert not item.path.exists() and gone.items[0].path.exists()  # its room is free again
    _, _, _, scope, video, _ = refreshed(Kept(gone), "en", (item.id, item.id))
    assert scope["value"] == "" and video["value"] == gone.items[0].id


def test_a_long_library_is_shown_in_pages(service, workspace, tmp_path):
    files = [tmp_path / f"clip{number}.mp4" for number in range(2 * SHELF + 1)]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]))
    do = ShelfHandlers(service)
    do.add(Shelf(), workspace, files)
    time.sleep(0.3)
    shelf = do.look(Shelf(), library_of(workspace))
    assert shelf_card(shelf, "en").count("<li>") == SHELF
    last = do.turn(shelf, 99)
    assert last.page == 2 and shelf_card(last, "en").count("<li>") == 1


def test_another_models_items_are_offered_to_be_indexed_again(service, shelf, library):
    service.other_model = True
    shelf = ShelfHandlers(service).look(shelf, library)
    assert 'data-act="again"' in shelf_card(shelf, "en")
    assert "由另一个模型建立索引的" in shelf_card(shelf, "zh")


def test_a_job_that_failed_says_why(shelf):
    job = IndexJob("failed", 0, 1, "", 0.0, None, message="The disk is full.")
    assert "The disk is full." in shelf_card(Shelf(shelf.view, job), "en")


def test_many_problems_are_counted():
    problems = tuple(Problem(f"{n}.mp4", "It is damaged.", "skipped") for n in range(9))
    drawn = shelf_card(Shelf(job=IndexJob("done", 9, 9, "", 1.0, None, problems)), "en")
    assert drawn.count("It is damaged.") == 5 and "and 4 more" in drawn


def test_the_choices_name_what_is_ready(shelf):
    scope, videos = choices(shelf, "zh")
    assert scope[0] == ("全部视频和图片", "") and len(videos) == 3


# -- search ------------------------------------------------------------------------------------


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
    assert "dog_run.mp4" in head(opened, "en") and "00:02 – 00:06" in head(opened, "en")


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
    assert "mm-plot" not in drawn and "data-trim" not in drawn and "<figure>" in drawn


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
    assert "What fits dog_snow.mp4" in drawn and "at 00:04" in drawn
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
    from mmdemo.ui.words import TOLD

    assert StorageError.code in TOLD["zh"] and "storage_quota" in TOLD["zh"]
