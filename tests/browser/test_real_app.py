"""The whole way for real: app.py in its own process, the bundled model, a real Chromium."""

import pytest

from mmdemo.ui.examples import PORTRAIT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_bundled_model_reads_a_sentence_and_a_portrait(open_page, app_url):
    page = open_page(url=app_url)
    page.locator("#sentence textarea").fill("I am so happy, this is the best day of my life!")
    page.locator("#picture input[type=file]").set_input_files(str(PORTRAIT))
    page.locator("#picture img").wait_for()
    page.locator("#run").click()
    page.locator("#answer .mm-answer", has_text="Joy, sure").wait_for()
    page.locator("#answer", has_text="Read from the words and the face together").wait_for()
    page.locator(".mm-word", has_text="happy").wait_for()
    page.locator("figcaption", has_text="What spoke for joy").wait_for()


def test_the_bundled_model_says_when_words_and_face_disagree(open_page, app_url):
    page = open_page(url=app_url)
    page.locator(".mm-example", has_text="Sad words, smiling face").click()
    page.locator(".mm-finding", has_text="The words sound sad; the face smiles.").wait_for()
