"""Steps 3 and 4 of the "Teach it" tab without a browser: understand and use."""

from dataclasses import replace

import pytest
from PIL import Image

from mmdemo.data.workspaces import Workspaces
from mmdemo.ui.finetune_gather_cards import gather_card
from mmdemo.ui.finetune_handlers import TrainHandlers
from mmdemo.ui.finetune_result_cards import (
    details_card,
    downloads,
    is_best,
    runs_card,
    verdict_card,
)
from mmdemo.ui.finetune_result_handlers import ResultHandlers, UseHandlers
from mmdemo.ui.finetune_sample_cards import samples_card
from mmdemo.ui.finetune_train_cards import train_card
from mmdemo.ui.finetune_use_cards import models_card, trial_card
from mmdemo.ui.finetune_views import GatherView, ResultView, TrainView, UseView
from mmdemo.ui.finetune_words import about
from tests.ui.taught import finish, gathered, place, service, trained

HOSTILE = "<script>alert(1)</script> {{value}} ${1+1}"
__all__ = ["gathered", "place", "service", "trained"]


@pytest.fixture
def shown(service, place, trained, tmp_path):
    do = ResultHandlers(service, tmp_path)
    return do, do.load(place, trained.run.run_id)


def test_the_verdict_stands_first_and_both_sides_are_compared(shown):
    _, view = shown
    drawn = verdict_card(view, "en")
    assert drawn.index("Your model gets") < drawn.index("<table")
    for side in ("Both together", "Text alone", "Picture alone", "Before training"):
        assert side in drawn


def test_a_cell_of_the_matrix_opens_its_samples(shown):
    _, view = shown
    labels = view.report.labels
    wrong = view.report.samples[-1]
    at = labels.index(wrong.truth), labels.index(wrong.predicted)
    view = replace(view, show="cell", cell=at)
    assert all((s.truth, s.predicted) == (wrong.truth, wrong.predicted) for s in view.shown)
    assert f'id="sample-{wrong.row}"' in samples_card(view, "en")
    assert 'aria-pressed="true"' in details_card(view, "en")


def test_the_worst_comes_first_and_is_corrected_then_the_score_moves(service, place, shown):
    do, view = shown
    worst = view.shown[0]
    assert not worst.right
    view = do.relabel(view, place, worst.row, worst.predicted)
    assert view.corrections == {worst.row: worst.predicted}
    assert "corrected" in samples_card(view, "en")
    training = TrainHandlers(service)
    options = view.runs[0].options
    second = finish(training, training.start(TrainView(), place, view.dataset.dataset_id, options),
                    place)  # fmt: skip
    assert second.run.accuracy > view.runs[0].accuracy
    view = do.load(place, second.run.run_id)
    assert view.corrections == {} and len(view.runs) == 2
    side_by_side = runs_card(view, "en")
    assert "The newest training gets" in side_by_side
    assert side_by_side.count("<td>data1</td>") == 2 and side_by_side.count("best") == 1
    other = replace(view.runs[1], dataset_id="another", accuracy=1.0)
    assert not is_best(other, replace(view, runs=(view.runs[0], other)))  # nothing to compare with


def test_a_label_that_is_none_is_not_taken(shown, place):
    do, view = shown
    assert do.relabel(view, place, view.shown[0].row, "nonsense") is view


def test_a_sample_is_explained_and_closed_again(shown, place):
    do, view = shown
    row = view.shown[0].row
    opened = do.explain(view, place, row)
    assert opened.explained.row == row and samples_card(opened, "en").count("<figure>") == 2
    assert do.explain(opened, place, row).explained is None
    assert do.explain(view, place, 9999).explained is None


def test_reports_are_copied_to_where_they_may_be_served(shown, place, tmp_path):
    do, view = shown
    view = do.export(view, place, "csv")
    assert view.files["csv"].read_text() == "row,truth\n"
    assert place.folder not in view.files["csv"].parents
    assert "data-now" in downloads(view, "en")
    assert do.export(view, place, "nothing") is view


def test_without_a_result_the_step_teaches():
    assert "The result appears here" in verdict_card(ResultView(), "en")
    assert details_card(ResultView(), "en") == samples_card(ResultView(), "en") == ""


# -- use -----------------------------------------------------------------------------------------


@pytest.fixture
def using(service, place, trained, tmp_path):
    do = UseHandlers(service, tmp_path)
    return do, do.models(UseView(run_id=trained.run.run_id), place, trained.run.model)


def test_the_trained_model_is_tried(using, place, tmp_path):
    do, view = using
    picture = tmp_path / "wide.png"
    Image.new("RGB", (900, 450), "teal").save(picture)
    view = do.try_it(view, place, "what a surprise", picture)
    assert view.reading.label == "surprise"
    assert view.explained.picture.size == (360, 180)
    assert view.explained.explanation.heat.shape == (180, 360)
    assert "Surprise, sure" in trial_card(view, "en")


def test_nothing_to_try_and_no_model_are_said(using, place):
    do, view = using
    assert do.try_it(view, place, " ", None).error.code == "use.nothing"
    assert do.try_it(UseView(), place, "x", None).error.code == "use.no_model"


def test_download_and_bring_back(using, place):
    do, view = using
    view = do.download(view, place, view.run_id)
    assert "data-now" in models_card(view, "en")
    back = do.bring_back(view, place, view.zip)
    assert len(back.models) == 2 and back.told.code == "use.back"
    name = back.models[0].name
    asked = do.remove(back, place, name)
    assert len(asked.models) == 2 and "for good?" in models_card(asked, "en")
    assert len(do.remove(asked, place, name).models) == 1


def test_the_token_is_in_no_view(using, place):
    do, view = using
    pushed = do.push(view, place, "me/model", "hf_secret")
    assert "secret" not in repr(pushed) and "huggingface.co/me/model" in models_card(pushed, "en")
    assert do.push(view, place, "me/model", "").error.code == "hub_token"


def test_another_workspace_sees_nothing(service, trained, settings, tmp_path):
    other = Workspaces(tmp_path / "spaces", settings.workspace_bytes, 0).open(None)
    assert TrainHandlers(service).opened(other).run is None
    assert ResultHandlers(service, tmp_path).load(other, trained.run.run_id).report is None
    assert UseHandlers(service, tmp_path).models(UseView(), other).models == ()


# -- drawing -------------------------------------------------------------------------------------


def test_hostile_words_stay_text(shown, gathered, trained, using):
    _, view = shown
    sample = replace(view.report.samples[-1], text=HOSTILE, truth=HOSTILE)
    report = replace(
        view.report, samples=(sample,), name=HOSTILE, labels=(HOSTILE, "joy"), report={},
        matrix=((1, 2), (3, 4)), verdict=replace(view.report.verdict, text=HOSTILE),
    )  # fmt: skip
    hostile = replace(view, report=report)
    model = replace(using[1].models[0], title=HOSTILE, labels=(HOSTILE,))
    data = replace(gathered[1].report, name=HOSTILE, classes={HOSTILE: 3})
    drawn = [
        verdict_card(hostile, "en"), details_card(hostile, "en"), samples_card(hostile, "en"),
        models_card(UseView((model,)), "en"), gather_card(GatherView(data), "en"),
        train_card(TrainView(replace(trained.run, name=HOSTILE, message=HOSTILE)), "en"),
    ]  # fmt: skip
    for card in drawn:
        assert "<script" not in card and "{{" not in card and "${" not in card
        assert "&lt;script&gt;" in card, "the words are shown all the same"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(10, "under a minute"), (70, "about a minute"), (400, "about 7 minutes"),
     (9000, "about 2.5 hours")],
)  # fmt: skip
def test_times_do_not_pretend_to_be_exact(seconds, said):
    assert about(seconds, "en") == said
