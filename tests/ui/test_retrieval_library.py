"""The library side of the Retrieval tab without a browser: from view to view, and drawn."""

import os
import time
from dataclasses import replace

from mmdemo.services.retrieval.answers import IndexJob
from mmdemo.types import ModelInfo, Problem
from mmdemo.ui.finetune_result_handlers import UseHandlers
from mmdemo.ui.finetune_use_cards import models_card
from mmdemo.ui.finetune_views import UseView
from mmdemo.ui.retrieval_handlers import (
    ShelfHandlers,
    library_of,
)
from mmdemo.ui.retrieval_library import LONG_MENU, choices, draw, model_menu, refreshed
from mmdemo.ui.retrieval_shelf import shelf_card
from mmdemo.ui.retrieval_views import SHELF, Kept, Shelf
from tests.ui.shelf_places import found, library, service, shelf, uploads, workspace

__all__ = ["found", "library", "service", "shelf", "uploads", "workspace"]


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


def test_a_file_finished_during_a_look_is_not_lost_to_the_page(
    service, workspace, uploads, monkeypatch
):
    service.item_s = 60
    do, library = ShelfHandlers(service), library_of(workspace)
    do.add(Shelf(), workspace, uploads)
    contents = service.contents

    def meanwhile_done(library):
        seen = contents(library)
        service.item_s = 0  # the rest is ready right after the library was read
        return seen

    monkeypatch.setattr(service, "contents", meanwhile_done)
    shelf = do.look(Shelf(), library)
    assert shelf.busy or len(shelf.items) == 3  # it looks again, or has seen all


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
    _, _, _, scope, video, _, _ = refreshed(Kept(gone), "en", (item.id, item.id))
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


def test_a_menu_of_many_names_is_searched_by_typing(shelf):
    for count, typed in ((LONG_MENU, False), (LONG_MENU + 1, True)):
        items = (shelf.items * count)[:count]
        *_, scope, video, _ = draw(
            Kept(replace(shelf, view=replace(shelf.view, items=items))), "en"
        )
        assert scope["filterable"] is typed and video["filterable"] is typed


def test_one_model_is_no_choice_and_two_are(service, shelf, library, workspace):
    assert model_menu(shelf)["visible"] is False
    (workspace.folder / "models" / "mine").mkdir(parents=True)
    mine = str(workspace.folder / "models" / "mine")
    do = ShelfHandlers(service)
    both = do.look(shelf, library)
    menu = model_menu(both)
    assert menu["visible"] and menu["value"] == "matcher-compact"
    assert [title for title, _ in menu["choices"]] == ["Compact", "mine"]
    other = do.choose(both, library, mine)
    assert model_menu(other)["value"] == mine
    assert "Index them again with this model" in shelf_card(other, "en")
    assert do.choose(both, library, "/etc").error.code == "matcher_gone"


def test_a_matcher_goes_from_teaching_to_the_library(service, shelf, library, workspace):
    mine = workspace.folder / "models" / "mine"
    mine.mkdir(parents=True)
    model = ModelInfo(str(mine), "mine", (), 10)
    view = UseView((model,), model.name)
    drawn = models_card(view, "en")
    assert "Use it in the Retrieval tab" in drawn and "Try this one" not in drawn
    do = UseHandlers(None, workspace.folder)
    assert do.in_retrieval(view, workspace, model.name, service).error is None
    assert service.contents(library).model == model.name
    assert do.in_retrieval(view, workspace, "other", service).error.code == "matcher_gone"
