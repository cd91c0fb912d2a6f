"""The report as a page, a table and pictures."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from mmdemo.services.finetune.charts import chart_pictures, curves, write_charts
from mmdemo.services.finetune.drawing import SMALL_CELL, drawable
from mmdemo.services.finetune.report_csv import write_csv
from mmdemo.services.finetune.report_html import MOST_WRONG, write_report
from mmdemo.services.finetune.report_words import EN, ZH
from mmdemo.services.finetune.scoring import notes_on
from mmdemo.services.finetune.types import SampleResult
from tests.services.finished_run import LABELS, report_of, sample_results

EVIL = '<img src=x onerror="alert(1)"> & {braces}'


class Page(HTMLParser):
    """Tags, attributes and words of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "action", "background")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return report_of(sample_results(tmp_path_factory.mktemp("media")), name=EVIL)


def test_the_page_needs_nothing_beside_it_and_runs_nothing(report, tmp_path):
    wrong = replace(report.samples[2], truth=LABELS[0], text=EVIL, row=9)
    path = write_report(replace(report, samples=(*report.samples, wrong)), tmp_path / "r.html")
    text = path.read_text("utf-8")
    page = Page(text)
    assert page.links and all(link.startswith("data:image/") for link in page.links)
    assert not {"script", "iframe", "object", "link", "form"} & set(page.tags)
    assert "default-src 'none'" in text and "url(" not in text
    assert "".join(page.words).count(EVIL) >= 3  # shown as it is: the title, the name, the sample
    assert page.tags.count("img") == 3 + 1  # charts, and the picture of row 3
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


def test_the_page_speaks_both_languages(report, tmp_path):
    def tell(note, lang):
        return f"{note.code} auf {lang}"

    text = write_report(report, tmp_path / "r.html", tell).read_text("utf-8")
    for said in (EN["matrix"], ZH["matrix"], "verdict auf zh", "few_held_out auf en"):
        assert said in text
    assert set(EN) == set(ZH)
    blanks = re.compile(r"{(\w+)}")
    assert all(set(blanks.findall(EN[k])) == set(blanks.findall(ZH[k])) for k in EN)
    alone = write_report(report, tmp_path / "r.html").read_text("utf-8")
    assert alone.count("Your model gets 8 of 10 held-out samples right.") == 1


def test_a_long_list_of_mistakes_is_cut_and_says_so(report, tmp_path):
    many = tuple(
        SampleResult(n, "calm", "alarm", 0.5 + n / 1000, 0.1, f"sample {n}") for n in range(1, 101)
    )
    text = write_report(replace(report, samples=many), tmp_path / "r.html").read_text("utf-8")
    assert f"{100 - MOST_WRONG} more in the CSV." in text
    assert "sample 100<" in text and "sample 1<" not in text  # the surest mistakes are shown


def test_the_page_of_a_matcher_has_recalls(tmp_path):
    recalls = {side: {"r@1": 10.0, "r@5": 40.0, "r@10": 61.0, "median_rank": 7.0}
               for side in ("text_to_media", "media_to_text")}  # fmt: skip
    report = report_of((), kind="match", labels=(), scores=recalls, baseline=recalls,
                       by_modality={}, report={}, matrix=(), calibration=(),
                       learning_curve=())  # fmt: skip
    text = write_report(report, tmp_path / "r.html").read_text("utf-8")
    assert text.count("<b>61</b>") == 2
    assert set(chart_pictures(report)) == {"curves"}


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(report, tmp_path):
    path = write_csv(report, tmp_path / "r.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrow,label,predicted,right,")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["right"]) for row in rows] == [("3", "yes"), ("5", "yes"), ("8", "no")]
    assert rows[2]["text"] == "'=cmd() <script>the day</script>"
    assert rows[0]["medium"] == "gate.png"
    evil = replace(report.samples[0], truth="+1", predicted=" @SUM(A1)", text="＝1+1")
    with open(write_csv(replace(report, samples=(evil,)), path), encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert [row["label"], row["predicted"], row["text"]] == ["'+1", "' @SUM(A1)", "'＝1+1"]


def test_charts_are_pictures_of_what_there_is(report, tmp_path):
    files = write_charts(report, tmp_path, "gate")
    assert files["learning"].name == "gate-learning.png"
    assert set(files) == {"confusion", "curves", "calibration", "learning"}
    for path in files.values():
        pixels = np.asarray(Image.open(path).convert("L"))
        assert 0.005 < (pixels < 250).mean() < 0.6  # neither empty nor full
    frozen = replace(report, history=(), learning_curve=())
    assert set(chart_pictures(frozen)) == {"confusion", "calibration"}


def test_folds_of_one_training_are_one_curve(report):
    held, learned = curves(report).lines
    assert [x for x, _ in held.points] == [1, 2, 3]
    assert held.points[1][1] == pytest.approx(0.6)
    assert learned.points[0][1] == 1


def test_a_matrix_of_very_many_labels_stays_small_and_any_script_is_drawn(report):
    labels = (*(f"label {n}" for n in range(198)), "愤怒", "ሰላም")
    counts = np.diag(np.full(200, 3))
    counts[199, 0] = 2
    picture = chart_pictures(
        replace(report, labels=labels, matrix=tuple(map(tuple, counts.tolist())), report={})
    )["confusion"]
    assert max(picture.size) < 62 * SMALL_CELL + 600
    assert drawable("plain")


@pytest.mark.parametrize(
    ("n", "accuracy", "told"), [(6, 0.67, False), (6, 1, True), (60, 0.67, True)]
)
def test_a_flat_curve_says_nothing_where_few_were_held_out(n, accuracy, told):
    curve = [(10, 0.5), (20, 0.67), (30, 0.67)]
    scores = {"n": n, "accuracy": accuracy}
    notes = notes_on(scores, {"most_frequent": 0.5}, "fifth", curve)
    assert ("enough_data" in {note.code for note in notes}) is told
