"""Somebody who has never trained a model: from an example dataset to a model that is brought back.

Real service, real encoders, trainings in a process of their own.
"""

import re

import pytest

from tests.browser.axe import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # 40 seconds: two real trainings
WISH = "a lamp to read in bed at night"


def teach(page):
    """Go to the tab and wait for its first step."""
    page.get_by_role("tab", name="Teach it").click()
    page.locator("#teach-templates .mm-template").first.wait_for()


def train(page, button, reload_page):
    """Press a training button and come back after the page was closed."""
    page.locator(button).click()
    page.locator("#train-card progress").wait_for()
    reload_page(page)
    teach(page)
    page.locator("#train-card", has_text="my-model").wait_for()
    page.locator("#train-card", has_text="is ready: it gets").wait_for()
    page.locator("#result-verdict .mm-verdict").wait_for()


def right_answers(page):
    """How many of the held-out samples the verdict says are right."""
    said = page.locator("#result-verdict .mm-verdict").inner_text()
    return int(re.search(r"gets (\d+) of", said).group(1))


def test_from_an_example_to_a_model_that_is_brought_back(open_page, reload_page, app_url, tmp_path):
    page = open_page(visitor="teacher")
    teach(page)
    page.locator("#teach-templates [data-act=template]", has_text="Product").click()
    page.locator("#gather-report", has_text="ready to train").wait_for()
    train(page, "#teach-run", reload_page)
    before = right_answers(page)

    worst = page.locator("#result-samples .mm-sample").first
    worst.locator("[data-act=explain]").click()
    worst.locator("figure").nth(1).wait_for()
    assert violations(page) == []
    said = re.search(r"It says (\w+)", worst.inner_text()).group(1)
    worst.locator("select").select_option(said)
    page.locator("#teach-again", has_text="Train again with 1 correction").wait_for()
    train(page, "#teach-again", reload_page)
    page.locator("#result-runs", has_text="The newest training gets").wait_for()
    assert right_answers(page) > before
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 391
    page.set_viewport_size({"width": 1280, "height": 900})

    with page.expect_download() as got:
        page.locator("#use-models [data-act=download]").click()
    kept = tmp_path / got.value.suggested_filename
    got.value.save_as(kept)
    page.get_by_role("tab", name="Emotion").click()
    page.locator("#model input").click()  # the new model is offered here at once
    page.get_by_role("option", name="my-model").first.wait_for()

    bring_back(open_page(url=app_url), kept)


def bring_back(page, kept):
    """In another app, which has never seen it: upload, try, and use it in the Emotion tab."""
    teach(page)
    page.locator("#teach-back-box button").first.click()
    page.locator("#teach-back input[type=file]").set_input_files(str(kept))
    page.locator("#use-models", has_text="” is back.").wait_for()
    page.locator("#try-sentence textarea").fill(WISH)
    page.locator("#try-run").click()
    page.locator("#use-trial .mm-answer", has_text="Lamp").wait_for()
    page.locator("#use-models [data-act=in_emotion]").click()
    page.locator("#sentence textarea").fill(WISH)
    page.locator("#run").click()
    page.locator("#answer .mm-answer", has_text="Lamp").wait_for()
