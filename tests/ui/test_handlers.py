"""What the buttons do, without a browser: from view to view."""

import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from mmdemo.errors import MediaError
from mmdemo.ui.guard import attempt
from mmdemo.ui.jobs import Job, Jobs
from mmdemo.ui.picture_handlers import PictureHandlers
from mmdemo.ui.video_handlers import VideoHandlers
from mmdemo.ui.views import (
    CROP_SIDE,
    Held,
    PictureView,
    VideoAsk,
    VideoView,
    advance,
    cell_box,
)


@pytest.fixture
def do(service):
    return PictureHandlers(service)


def answered(do, text="", picture=None, view=None) -> PictureView:
    """The view after reading and explaining."""
    *_, last = do.read(view or PictureView(), text, picture, None)
    return do.explain(last)


def test_reading_first_says_what_is_being_done(do):
    first, last = do.read(PictureView(), "so happy", None, None)
    assert first.working == "out.working" and first.reading is None
    assert last.working == "" and last.reading.label == "joy"


def test_while_the_model_loads_the_waiting_is_said(settings):
    from tests.ui.fake import FakeEmotionService

    do = PictureHandlers(FakeEmotionService(settings, loading_s=60))
    assert next(iter(do.read(PictureView(), "so happy", None, None))).working == "out.waiting_model"


def test_an_error_keeps_the_earlier_answer(do):
    view = answered(do, "so happy")
    *_, after = do.read(view, "", None, None)
    assert after.error.code == "empty_input" and after.reading is view.reading


@pytest.mark.logs_errors
def test_a_bug_is_said_without_its_details(do):
    *_, view = do.read(PictureView(), "crash", None, None)
    assert view.error.code == "unexpected" and "secret" not in view.error.text


def test_large_crops_are_kept_small(do, tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (900, 900), "peru").save(path)
    view = answered(do, "", str(path))
    assert view.crop.size == (CROP_SIDE, CROP_SIDE)
    assert view.explanation.heat.shape == (CROP_SIDE, CROP_SIDE)


def test_another_face_drops_the_explanation_of_the_first(do, tmp_path):
    path = tmp_path / "two.png"
    Image.new("RGB", (300, 120), "peru").save(path)
    view = answered(do, "so happy", str(path))
    second = do.pick_face(view, 1)
    assert second.picked == 1 and second.explanation is None
    assert do.pick_face(view, 7) is view


def test_why_not_another_emotion(do):
    assert do.explain(answered(do, "so happy"), "anger").explanation.label == "anger"


def test_without_a_word_the_answer_changes(do):
    view = do.without_word(answered(do, "so happy today"), 1)
    assert view.change.word == 1 and view.change.reading.label == "neutral"


def test_without_the_only_word_nothing_is_left(do):
    assert do.without_word(answered(do, "happy"), 0).change.reading is None


def test_hiding_a_part_of_the_face_asks_for_that_box(do, service, face_file, monkeypatch):
    view = answered(do, "", str(face_file))
    asked = {}
    real = service.what_if
    monkeypatch.setattr(service, "what_if", lambda *a, **k: asked.update(k) or real(*a, **k))
    assert do.without_region(view, 4, 0).change.cell == (4, 0)
    assert asked["hide"] == (0, 96, 24, 120)


def test_the_cells_tile_the_face():
    boxes = [cell_box((row, column), (97, 53)) for row in range(5) for column in range(5)]
    assert sum((r - left) * (b - t) for left, t, r, b in boxes) == 97 * 53


def test_a_pinned_answer_stays_through_the_next(do):
    pinned = do.pin(answered(do, "so happy"))
    later = answered(do, "so sad", view=pinned)
    assert later.pinned.text == "so happy" and later.reading.label == "sadness"


def test_a_pin_made_while_the_explanation_is_computed_is_kept(do):
    *_, answer = do.read(PictureView(), "so happy", None, None)
    held = Held(answer)

    def explain_slowly(view):
        explained = do.explain(view)
        advance(held, do.pin)  # another event of the same person
        return explained

    advance(held, explain_slowly)
    assert held.view.pinned is not None and held.view.explanation is not None


def test_an_explanation_of_an_answer_that_is_gone_is_dropped(do):
    *_, answer = do.read(PictureView(), "so happy", None, None)
    held = Held(answer)

    def explain_late(view):
        *_, held.view = do.read(view, "so sad", None, None)
        return do.explain(view)

    advance(held, explain_late)
    assert held.view.reading.label == "sadness" and held.view.explanation is None


def test_attempt_shows_a_users_error_as_it_is():
    def broken():
        raise MediaError("a.png is empty.", code="picture_empty", name="a.png")

    note = attempt(broken, lambda note: note)
    assert (note.code, note.text, note.values) == (
        "picture_empty",
        "a.png is empty.",
        {"name": "a.png"},
    )


# -- video -------------------------------------------------------------------------------------


@pytest.fixture
def video_file(tmp_path) -> Path:
    path = tmp_path / "my <b>film.mp4"
    path.write_bytes(bytes(1000))
    return path


@pytest.fixture
def film(service, tmp_path):
    return VideoHandlers(service, tmp_path / "served")


def test_reading_a_video_tells_how_far_it_is(film, video_file):
    steps = list(film.read(VideoView(), VideoAsk(video_file)))
    assert steps[0].working == "video.working" and steps[0].step is not None
    assert steps[-1].reading.overall.label == "joy"
    assert steps[-1].playable == video_file and steps[-1].working == ""


def test_no_video_is_said(film):
    (view,) = film.read(VideoView(), VideoAsk(None))
    assert view.error.code == "no_video"


def test_stop_keeps_what_was_read(film, service, video_file):
    service.second_s = 0.3
    running = film.read(VideoView(), VideoAsk(video_file))
    view = next(running)
    time.sleep(0.7)
    film.stop(view)
    *_, last = running
    assert 0 < len(last.reading.points) < 12
    assert last.reading.notes[0].code == "video_stopped"


def test_a_reader_who_leaves_stops_the_work(film, service, video_file):
    service.second_s = 0.3
    running = film.read(VideoView(), VideoAsk(video_file))
    next(running)
    (job,) = film.jobs._running.values()
    running.close()  # what Gradio does when the tab is closed
    assert len(job.future.result(timeout=5).points) < 12


def test_exports_lie_in_folders_that_nobody_can_guess(film, video_file):
    *_, view = film.read(VideoView(), VideoAsk(video_file))
    first, second = film.write_csv(view), film.write_csv(view)
    assert first.csv.name == "my_b_film-curve.csv" and first.csv.read_text().startswith("time_s")
    assert first.csv.parent != second.csv.parent and first.fresh == "csv"
    *_, drawn = film.write_video(first)
    assert drawn.video.exists() and drawn.fresh == "video" and drawn.csv == first.csv


def test_jobs_tell_their_time_and_are_forgotten():
    jobs, go = Jobs(), threading.Event()

    def work(progress, should_stop):
        progress(0.5, "half")
        go.wait(5)
        return "done"

    job = jobs.start(work)
    time.sleep(1.1)
    step = next(iter(job.watch()))
    assert step.fraction == 0.5 and 0.5 < step.left_s < 3
    go.set()
    assert job.future.result(timeout=5) == "done"
    jobs.stop(job.id)  # over: nothing to stop
    assert not jobs._running


def test_a_failed_job_gives_its_error():
    def broken(progress, should_stop):
        raise MediaError("b.mp4 is damaged.")

    job = Job(broken)
    list(job.watch())
    with pytest.raises(MediaError, match=r"b\.mp4"):
        job.future.result()
