"""The "Teach it" tab without a browser: from view to view, and what is drawn of a view."""

from dataclasses import replace

import pytest

from mmdemo.errors import DatasetError
from mmdemo.services.finetune.types import GatherReport, TrainOptions
from mmdemo.types import Note
from mmdemo.ui.finetune_gather import draw
from mmdemo.ui.finetune_gather_cards import gather_card
from mmdemo.ui.finetune_handlers import GatherHandlers, TrainHandlers
from mmdemo.ui.finetune_templates import NAMES, TEMPLATES, template_cards, template_file
from mmdemo.ui.finetune_train import read_options
from mmdemo.ui.finetune_train_cards import train_card
from mmdemo.ui.finetune_uploads import as_dataset, inside, is_archive
from mmdemo.ui.finetune_views import GatherView, TrainView
from tests.ui.taught import gathered, place, service, trained

__all__ = ["gathered", "place", "service", "trained"]


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


def test_an_earlier_dataset_is_opened_again_and_one_that_is_done_with_deleted(
    service, place, tmp_path
):
    do = GatherHandlers(service, tmp_path)
    *_, first = do.template(GatherView(), place, "emotion")
    *_, view = do.template(first, place, "medical")
    (newer, _), (older, _) = view.datasets
    assert "Your datasets (2)" in gather_card(view, "en")

    view = do.open(view, place, older)
    assert view.report.name == "emotion" and view.seconds == first.seconds
    asked = do.remove(view, place, older)
    assert "for good?" in gather_card(asked, "en") and len(service.datasets(place)) == 2
    view = do.remove(asked, place, older)  # it was shown: now the other one is
    assert view.report.dataset_id == newer and view.datasets == service.datasets(place)
    assert not view.removing

    gone = do.open(view, place, older)
    assert gone.error is not None and gone.report is view.report
    assert do.remove(do.remove(view, place, newer), place, newer) == GatherView()


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


def test_a_table_of_unknown_columns_opens_the_menus_and_counts_nothing():
    why = Note("columns", "No column was recognised.", {"found": "'Foto'"})
    report = GatherReport("d", "odd", "classify", 0, {}, {}, {}, header=("Foto",), blocked=why)
    drawn = draw(GatherView(report), "en")
    assert drawn[2]["visible"] and drawn[2]["open"]
    assert "No column" in drawn[1] and "pairs" not in drawn[1]


def test_what_stops_training_is_red_and_said(gathered):
    report = replace(gathered[1].report, blocked=replace(gathered[1].report.warnings[0]))
    drawn = gather_card(GatherView(report), "en")
    assert "mm-bad" in drawn and "Stop" in drawn and 'data-state="open"' in drawn


# -- uploads -------------------------------------------------------------------------------------


def test_a_zip_alone_leaves_the_drop_zone_free_for_the_next_one(tmp_path):
    assert is_archive([("Set.ZIP", tmp_path)])
    assert not is_archive([("set.csv", tmp_path)]) and not is_archive([("a.zip", tmp_path)] * 2)


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
