"""The whole way for real: app.py in its own process, the bundled model, a real Chromium."""

import time

import pytest

from bench.app_start import running_app, wait_for_page
from mmdemo.ui.examples import PORTRAIT

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def page_url():
    """Address of the real app; takes the place of the page over the fake service."""
    with running_app() as (process, url):
        wait_for_page(process, url, time.perf_counter() + 120)
        yield url


def test_the_bundled_model_reads_a_sentence_and_a_portrait(open_page):
    page = open_page()
    page.locator("#sentence textarea").fill("I am so happy, this is the best day of my life!")
    page.locator("#picture input[type=file]").set_input_files(str(PORTRAIT))
    page.locator("#picture img").wait_for()
    page.locator("#run").click()
    page.locator("#answer .mm-answer", has_text="Joy, sure").wait_for()
    page.locator("#answer", has_text="Read from the words and the face together").wait_for()
    page.locator(".mm-word", has_text="happy").wait_for()
    page.locator("figcaption", has_text="What spoke for joy").wait_for()


def test_the_bundled_model_says_when_words_and_face_disagree(open_page):
    page = open_page()
    page.locator(".mm-example", has_text="Sad words, smiling face").click()
    page.locator(".mm-finding", has_text="The words sound sad; the face smiles.").wait_for()
