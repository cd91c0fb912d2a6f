"""What a person sees and hears after a click, without searching for it."""

import pytest

from tests.browser.colours import colour_clip

pytestmark = [pytest.mark.browser]
SETTLED = """name => new Promise((done) => {
    let last = null;
    const look = () => {
        const top = document.querySelector(name)?.getBoundingClientRect().top;
        if (top !== undefined && top === last) done(top);
        else { last = top; setTimeout(look, 400); }
    };
    look();
})"""


def top_of(page, name):
    """Where the top of an element comes to rest in the window."""
    return page.evaluate(SETTLED, name)


def test_an_example_far_below_is_answered_in_view_and_aloud(open_page):
    page = open_page((1280, 600))
    page.locator("#examples [data-act=example]").last.click()
    page.locator("#answer .mm-headline").wait_for()
    assert 0 <= top_of(page, "#answer .mm-headline") < 500
    page.locator(".mm-aloud", has_text="Joy, fairly sure").wait_for(state="attached")


@pytest.mark.slow
def test_an_answer_that_is_in_view_moves_nothing(open_page):
    page = open_page((1280, 900))
    page.locator("#sentence textarea").fill("so happy")
    page.locator("#sentence textarea").press("Enter")
    page.locator(".mm-word").first.wait_for()
    top_of(page, "#answer")
    assert page.evaluate("scrollY") == 0


@pytest.mark.slow
def test_on_a_phone_a_moment_opens_at_its_player_and_closes_again(open_page, tmp_path):
    page = open_page((390, 844), visitor="walker")
    page.get_by_role("tab", name="Retrieval").click()
    clip = colour_clip(tmp_path / "street.mp4", "red", "blue", seconds=2)
    page.locator("#drop input[type=file]").set_input_files(str(clip))
    page.locator("#library .mm-shelf").wait_for()
    page.locator("#library progress").wait_for(state="detached")
    page.locator("#query").get_by_role("textbox").fill("a blue wall")
    page.keyboard.press("Enter")
    opener = page.locator("#found [data-act=open]").first
    opener.click()
    page.locator("#moment figure").first.wait_for()
    assert -5 <= top_of(page, "#moment-place") < 60
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.locator("#moment-head [data-act=put_away]").click()
    page.locator("#moment-place").wait_for(state="hidden")
    page.wait_for_function("document.activeElement?.dataset.act === 'open'")


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_nothing_is_wider_than_the_narrowest_screen(open_page, locale):
    page = open_page((320, 640), locale=locale)
    page.locator("#examples .mm-example").nth(1).click()
    page.locator(".mm-word").first.wait_for()
    for tab in page.locator("#tabs > .tab-wrapper [role=tab]").all():
        if tab.is_visible():
            tab.click()
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, tab.inner_text()


@pytest.mark.slow
def test_a_fold_stays_open_when_its_card_is_drawn_anew(open_page):
    page = open_page()
    page.locator("#emotion-sides label").nth(1).click()
    page.locator("#video-examples .mm-example").click()
    page.locator("#curve summary").wait_for()
    top_of(page, "#curve summary")  # a result is scrolled to, and must rest to be clicked
    page.locator("#curve summary").click()
    page.locator("#curve details[open]").wait_for()
    with page.expect_download():
        page.locator("[data-act=make_csv]").click()
    page.get_by_role("radio", name="中文").check(force=True)
    page.locator("#curve details[open] summary", has_text="全部数值").wait_for()
    page.get_by_role("radio", name="EN", exact=True).check(force=True)
    page.locator("#curve details[open] summary", has_text="All numbers").wait_for()


@pytest.mark.slow
def test_ones_own_face_is_read_once_the_photo_is_taken(open_page):
    page = open_page()
    page.locator("#examples [data-act=example]").first.click()
    page.locator(".mm-word").first.wait_for()
    page.locator("#sentence textarea").fill("")
    page.locator("#examples [data-selfie]").click()
    page.locator("#picture .photo-capture").wait_for()
    page.wait_for_function("document.activeElement.classList.contains('photo-capture')")
    page.wait_for_timeout(500)  # the camera's first picture
    page.keyboard.press("Enter")
    page.locator("#answer", has_text="Read from the face alone").wait_for()


@pytest.mark.slow
def test_a_language_chosen_while_the_page_still_opens_stays(open_page):
    page = open_page()
    choice = page.get_by_role("radio", name="中文")
    while not choice.is_checked():  # on a busy machine the first click may come before the page
        choice.click(force=True)
        page.wait_for_timeout(50)
    page.locator("#run", has_text="读取情绪").wait_for()
    page.wait_for_timeout(2000)
    assert page.locator("#run").inner_text() == "读取情绪"
