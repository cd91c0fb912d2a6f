"""What a person does with the page, in a real browser over the fake service."""

import pytest
from PIL import Image

from mmdemo.models.hub import KNOWN
from mmdemo.ui.examples import PORTRAIT, VIDEO
from tests.models.fake_hub import serve_repository

pytestmark = [pytest.mark.browser]


def show(page, sentence="", picture=None):
    """Type, upload, and wait until the upload has arrived."""
    if picture is not None:
        page.locator("#picture input[type=file]").set_input_files(str(picture))
        page.locator("#picture img").wait_for()
    page.locator("#sentence textarea").fill(sentence)


def test_a_sentence_and_a_picture_are_answered_and_explained(open_page):
    page = open_page()
    show(page, "I am so happy", PORTRAIT)
    page.locator("#sentence textarea").press("Enter")
    page.locator("#answer .mm-answer", has_text="Joy, fairly sure").wait_for()
    page.locator(".mm-word", has_text="happy").click()
    page.locator(".mm-change", has_text="Without “happy”").wait_for()
    page.locator("figcaption", has_text="Where the model looked for “happy”").wait_for()
    # by keyboard: to the face, two parts to the right, hide it
    page.locator(".mm-grid button[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".mm-change", has_text="With that part of the face hidden").wait_for()
    page.locator(".mm-grid button[aria-pressed='true']").wait_for()
    page.get_by_text("Back to the whole picture").click()
    page.locator(".mm-change:not(.mm-full)").wait_for(state="attached")


@pytest.mark.slow
def test_an_example_works_with_one_click_and_can_be_compared(open_page):
    page = open_page()
    page.locator(".mm-example").nth(1).click()
    page.locator(".mm-finding", has_text="The words sound sad; the face smiles.").wait_for()
    page.get_by_text("Pin this answer to compare").click()
    page.locator("#compare h2", has_text="Compare").wait_for()
    page.locator(".mm-example").nth(2).click()
    page.locator(".mm-side h3", has_text="Now").wait_for()
    assert page.locator(".mm-side .mm-quote").count() == 2


def test_the_language_switches_and_nothing_is_lost(open_page):
    page = open_page()
    show(page, "I am so happy")
    page.locator("#run").click()
    page.locator("#answer .mm-answer", has_text="Joy").wait_for()
    page.locator("#language label", has_text="中文").click()
    page.locator("#answer .mm-answer", has_text="快乐，比较确定").wait_for()
    page.locator("#run", has_text="读取情绪").wait_for()
    assert page.locator("#sentence textarea").input_value() == "I am so happy"
    assert page.evaluate("document.documentElement.lang") == "zh"


@pytest.mark.slow
def test_the_chip_leads_to_models_that_are_fetched_stopped_and_fetched(
    open_page, tmp_path, monkeypatch
):
    page = open_page(locale="zh-CN")
    with serve_repository(KNOWN["clip"].repo, tmp_path, monkeypatch) as hub:
        hub.break_after["model.safetensors"], hub.hang = 1_000_000, True
        page.locator("#chip [data-models]").click()
        clip = page.locator("#models-fetch [data-preset=clip]")
        clip.locator("button", has_text="605 MB").click()
        clip.locator("progress").wait_for()
        clip.locator("button", has_text="停止下载").click()
        clip.locator("li", has_text="已下载的部分会保留").wait_for()
        hub.hang = False
        clip.locator("button", has_text="继续从 127.0.0.1").click()
        clip.locator(".mm-is-here", has_text="已在这里").wait_for()
        assert clip.locator("button").count() == 0


@pytest.mark.slow
def test_a_chinese_browser_gets_chinese_at_once(open_page):
    page = open_page(locale="zh-CN")
    assert page.get_by_role("tab").first.inner_text() == "情绪"
    page.locator("#run", has_text="读取情绪").wait_for()


def test_an_error_stays_until_dismissed_and_the_input_is_left(open_page, tmp_path):
    page = open_page()
    page.locator("#run").click()
    page.locator(".mm-error", has_text="There is nothing to read yet").wait_for()
    black = tmp_path / "black.png"
    Image.new("RGB", (60, 60)).save(black)
    show(page, "", black)
    page.locator("#run").click()
    page.locator(".mm-error", has_text="No face was found in the picture").wait_for()
    assert page.locator("#picture img").is_visible()
    page.locator(".mm-error button").click()
    page.locator(".mm-error").wait_for(state="detached")


@pytest.mark.slow
def test_hostile_text_is_shown_as_text(open_page):
    page = open_page()
    hostile = "happy <img src=x onerror=alert(1)> {{value}} ${1+1} `x`"
    show(page, hostile)
    page.locator("#run").click()
    page.locator(".mm-word").first.wait_for()
    assert page.locator(".mm-sentence").inner_text() == hostile
    assert page.locator(".mm-sentence img").count() == 0


@pytest.mark.slow
def test_on_a_phone_the_answer_is_in_view_after_a_run(open_page):
    page = open_page((390, 844))
    show(page, "I am so happy", PORTRAIT)
    page.locator("#run").click()
    answer = page.locator("#answer .mm-headline")
    answer.wait_for()
    page.wait_for_function("document.querySelector('#answer .mm-headline')"
                           ".getBoundingClientRect().bottom < window.innerHeight")  # fmt: skip
    assert answer.bounding_box()["y"] >= 0
    page.locator(".mm-word").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 391


def wait_for_position(page, time_s):
    """Wait until the player stands at ``time_s``."""
    place = "document.querySelector('#player video').currentTime"
    page.wait_for_function(f"Math.abs({place} - {time_s}) < 0.2")


def test_a_video_gives_a_curve_that_moves_the_player(open_page):
    page = open_page()
    page.locator("#emotion-sides label").nth(1).click()
    page.locator("#video input[type=file]").first.set_input_files(str(VIDEO))
    page.locator("#video video").wait_for()
    page.locator("#run-video").click()
    page.locator("#video-answer progress").wait_for()
    plot = page.locator(".mm-plot")
    plot.wait_for()
    page.wait_for_function("document.querySelector('#player video')?.readyState >= 1")
    plot.click(position={"x": plot.bounding_box()["width"] * 0.75, "y": 40})
    page.wait_for_function(
        "Math.abs(document.querySelector('#player video').currentTime - 9) < 0.2"
    )
    plot.press("ArrowLeft")
    page.locator(".mm-readout", has_text="00:08").wait_for()
    wait_for_position(page, 8)
    page.locator(".mm-moments button").nth(1).click()
    page.wait_for_function(
        "Math.abs(document.querySelector('#player video').currentTime - 3) < 0.2"
    )
    with page.expect_download() as got:
        page.locator("[data-act=make_csv]").click()
    assert got.value.suggested_filename == "astronaut-curve.csv"


@pytest.mark.slow
def test_stop_appears_where_run_was_and_keeps_what_was_read(open_page, page_service):
    page_service.second_s, quick = 0.5, page_service.second_s
    page = open_page()
    page.locator("#emotion-sides label").nth(1).click()
    page.locator("#video-examples .mm-example").click()
    page.locator("#stop-video").wait_for()
    assert not page.locator("#run-video").is_visible()
    page.wait_for_timeout(1200)
    page.locator("#stop-video").click()
    page.locator(".mm-plot").wait_for()
    page_service.second_s = quick
    assert page.locator("#run-video").is_visible()
    page.locator("#video-answer .mm-notes").wait_for()
