"""From dropped videos to a downloaded clip, over the real service and a matcher of colours."""

import threading

import pytest

from tests.browser.colours import colour_clip, scene

pytestmark = [pytest.mark.browser]


@pytest.fixture
def media(tmp_path):
    """Two clips and a picture."""
    scene("yellow").save(tmp_path / "sun.png")
    return [
        colour_clip(tmp_path / "street.mp4", "red", "blue", "red"),
        colour_clip(tmp_path / "garden.mp4", "green", "white"),
        tmp_path / "sun.png",
    ]


def drop(page, files):
    """Hand files to the library."""
    page.locator("#drop input[type=file]").set_input_files([str(file) for file in files])


def ask(page, query):
    """Type a sentence and press Enter."""
    page.locator("#query").get_by_role("textbox").fill(query)
    page.keyboard.press("Enter")


def test_videos_are_dropped_searched_played_trimmed_and_found_again(
    open_page, reload_page, page_retrieval, media
):
    matcher = page_retrieval.matcher()
    matcher.slow = threading.Event()
    page = open_page(visitor="searcher")
    page.get_by_role("tab", name="Retrieval").click()
    page.locator("#library", has_text="Nothing here yet").wait_for()
    drop(page, media)
    page.locator("#library .mm-job", has_text="Looking at 1 of 3: street.mp4").wait_for()
    reload_page(page)  # the job goes on, and the page finds it again
    page.get_by_role("tab", name="Retrieval").click()
    page.locator("#library progress").wait_for()
    matcher.slow.set()
    page.locator("#library h2", has_text="Your library (3), 00:20 of video").wait_for()
    page.locator("#library progress").wait_for(state="detached")

    ask(page, "a blue wall")
    best = page.locator("#found .mm-hits > li").first
    best.locator("text=street.mp4").wait_for()
    assert "00:04 – 00:08" in best.inner_text()
    assert "strong" in best.inner_text()
    best.locator("[data-act=open]").click()
    page.wait_for_function("document.querySelector('#moment-player video')?.currentTime >= 4")
    page.locator("#moment .mm-plot").wait_for()
    whole = page.locator("#moment figure", has_text="What fits your sentence")
    whole.wait_for()
    page.locator("#moment .mm-seek-word", has_text="blue").click()
    page.locator("#moment figcaption", has_text="What fits “blue”").wait_for()

    page.locator("#moment [data-trim=start]").fill("5")
    with page.expect_download() as got:
        page.locator("#moment [data-cut]").click()
    assert got.value.suggested_filename == "street-clip.mp4"
    assert got.value.path().stat().st_size > 1000

    ask(page, "a green wall")  # another question puts the opened moment away
    page.locator("#moment-place").wait_for(state="hidden")
