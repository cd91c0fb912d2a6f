"""The "Teach it" tab without a browser: from view to view, and what is drawn of a view."""

import time
from dataclasses import replace

import pytest
from PIL import Image

from mmdemo.data.workspaces import Workspaces
from mmdemo.errors import DatasetError
from mmdemo.services.finetune.types import TrainOptions
from mmdemo.ui.finetune_gather_cards import gather_card
from mmdemo.ui.finetune_handlers import GatherHandlers, TrainHandlers
from mmdemo.ui.finetune_result_cards import details_card, downloads, runs_card, verdict_card
from mmdemo.ui.finetune_result_handlers import ResultHandlers, UseHandlers
from mmdemo.ui.finetune_sample_cards import samples_card
from mmdemo.ui.finetune_templates import NAMES, TEMPLATES, template_cards, template_file
from mmdemo.ui.finetune_train import read_options
from mmdemo.ui.finetune_train_cards import train_card
from mmdemo.ui.finetune_uploads import as_dataset, inside
from mmdemo.ui.finetune_use_cards import models_card, trial_card
from mmdemo.ui.finetune_views import GatherView, ResultView, TrainView, UseView
from mmdemo.ui.finetune_words import about
from tests.ui.fake_finetune import FakeFinetuneService

HOSTILE = "<script>alert(1)</script> {{value}} ${1+1}"


@pytest.fixture
def service(settings):
    return FakeFinetuneService(settings, round_s=0.001)


@pytest.fixture
def place(settings, tmp_path):
    return Workspaces(tmp_path / "spaces", settings.workspace_bytes, 0).open(None)


@pytest.fixture
def gathered(service, place, tmp_path):
    """(handlers, view) after a click on the emotion example."""
    do = GatherHandlers(service, tmp_path)
    *_, view = do.template(GatherView(), place, "emotion")
    return do, view


@pytest.fixture
def trained(service, place, gathered):
    """The view of step 2 after a finished run."""
    do = TrainHandlers(service)
    view = do.start(TrainView(), place, gathered[1].report.dataset_id, TrainOptions(name="mine"))
    return finish(do, view, place)


def finish(do, view, place) -> TrainView:
    until = time.monotonic() + 20
    while view.busy and time.monotonic() < until:
        time.sleep(0.01)
        view = do.look(view, place)
    return view


# -- gather --------------------------------------------------------------------------------------


def test_a_template_is_reported_with_estimates(gathered):
    _, view = gathered
    assert view.report.name == "emotion" and view.report.samples == 56
    assert set(view.seconds) == {"quick", "standard", "thorough"}
    drawn = gather_card(view, "en")
    assert "56 samples, ready to train" in drawn and 'data-state="done"' in drawn
    assert drawn.count("mm-bar-strong") == 4 and "Rows 3, 9 are the same" in drawn


def test_every_template_is_there_small_and_clean(service, place, tmp_path):
    do = GatherHandlers(service, tmp_path)
    for name in NAMES:
        assert template_file(name).stat().st_size < 400_000
        assert (TEMPLATES / f"{name}.jpg").exists()
        *_, view = do.template(GatherView(), place, name)
        report = view.report
        assert view.error is None and not report.problems, name
        assert 40 <= report.samples <= 60 and 3 <= len(report.classes) <= 5
    cards = template_cards("zh")
    assert cards.count("data-act") == 6 and cards.count("download=") == 6


def test_an_unknown_template_does_nothing(service, place, tmp_path):
    assert list(GatherHandlers(service, tmp_path).template(GatherView(), place, "../x")) == []


def test_an_error_keeps_the_dataset_that_was_there(gathered, place, tmp_path):
    do, view = gathered
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 cut off")
    first, last = do.upload(view, place, [("bad.zip", bad)])
    assert first.working == "gather.working" and last.report is view.report
    assert "bad.zip" in last.error.text


def test_columns_can_be_changed_and_a_bad_choice_changes_nothing(gathered, place):
    do, view = gathered
    columns = {"text": "label", "image": "image", "video": "", "label": "split", "split": ""}
    other = do.recolumn(view, place, columns)
    assert set(other.report.classes) == {"train", "dev"}
    wrong = do.recolumn(other, place, {**columns, "text": "nothing"})
    assert wrong.error.code == "column_missing" and wrong.report is other.report


def test_what_stops_training_is_red_and_said(gathered):
    report = replace(gathered[1].report, blocked=replace(gathered[1].report.warnings[0]))
    drawn = gather_card(GatherView(report), "en")
    assert "mm-bad" in drawn and "Stop" in drawn and 'data-state="open"' in drawn


# -- uploads -------------------------------------------------------------------------------------


def test_one_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(b"x")
    assert as_dataset([("my set.zip", path)], tmp_path) == (path, "my set")


def test_a_folder_keeps_its_tree(tmp_path):
    files = []
    for number, name in enumerate(("set∕cat∕1.png", "set∕dog∕1.png")):
        path = tmp_path / f"up{number}"
        path.write_text(name)
        files.append((name, path))
    root, name = as_dataset(files, tmp_path / "served")
    assert name == "set"
    found = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    assert found == ["set/cat/1.png", "set/dog/1.png"]


@pytest.mark.parametrize("name", ["../evil.csv", "a∕..∕..∕evil", "C:\\x.csv", "..", "a\0b", ""])
def test_a_name_that_leads_out_is_refused(name):
    with pytest.raises(DatasetError):
        inside(name)


def test_absolute_names_become_relative():
    assert str(inside("/etc/passwd")) == "etc/passwd"


# -- train ---------------------------------------------------------------------------------------


def test_empty_fields_mean_choose_for_me():
    more = ("compact", "head", "pooled", None, None, 8.0, None, False, True, 3, None)
    options = read_options("  ", "quick", more)
    assert options == TrainOptions("my-model", "quick", mode="head", batch=8, seed=3)


def test_a_second_click_starts_no_second_run(service, place, gathered):
    do = TrainHandlers(service)
    service.round_s = 60
    view = do.start(TrainView(), place, gathered[1].report.dataset_id, TrainOptions())
    assert do.start(view, place, gathered[1].report.dataset_id, TrainOptions()) is view
    drawn = train_card(view, "en")
    assert "<progress" in drawn and "You can close this page; training goes on" in drawn
    stopped = do.stop(view, place)
    assert stopped.run.state == "stopped" and 'data-act="resume"' in train_card(stopped, "zh")
    assert do.resume(stopped, place).busy


def test_without_data_training_says_what_is_missing(service, place):
    view = TrainHandlers(service).start(TrainView(), place, "", TrainOptions())
    assert view.error.code == "teach_no_data"


def test_a_reload_finds_the_run_and_its_dataset(service, place, trained, tmp_path):
    again = TrainHandlers(service).opened(place)
    assert again.run.run_id == trained.run.run_id
    data = GatherHandlers(service, tmp_path).opened(place, again.run.dataset_id)
    assert data.report.dataset_id == again.run.dataset_id


def test_the_end_is_said_in_words(trained):
    drawn = train_card(trained, "en")
    assert "“mine” is ready: it gets" in drawn and drawn.count('<figure class="mm-small') == 2


# -- understand ----------------------------------------------------------------------------------


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
    assert "The newest training gets" in runs_card(view, "en")


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


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(10, "under a minute"), (70, "about a minute"), (400, "about 7 minutes"),
     (9000, "about 2.5 hours")],
)  # fmt: skip
def test_times_do_not_pretend_to_be_exact(seconds, said):
    assert about(seconds, "en") == said
