"""What the script of the whole page does: nothing typed is lost, and Gradio speaks our words."""

import pytest

from tests.browser.colours import colour_clip

pytestmark = [pytest.mark.browser]


def test_what_was_typed_and_chosen_survives_a_reload(open_page, reload_page):
    page = open_page(locale="de-DE")
    page.get_by_role("radio", name="中文").check(force=True)
    page.locator("#run", has_text="读取情绪").wait_for()
    page.locator("#sentence textarea").fill("so happy")
    page.get_by_role("tab", name="检索").click()
    page.locator("#query").get_by_role("textbox").fill("a red wall")
    reload_page(page)
    page.get_by_role("tab", name="检索", selected=True).wait_for()  # the tab, in its language
    page.wait_for_function("document.querySelector('#query input,#query textarea')?.value > ''")
    assert page.locator("#query").get_by_role("textbox").input_value() == "a red wall"
    page.get_by_role("tab", name="情绪").click()
    assert page.locator("#sentence textarea").input_value() == "so happy"
    page.locator("#sentence textarea").press("Enter")  # Gradio knows of it too
    page.locator("#answer .mm-headline").wait_for()


def test_a_file_of_another_kind_is_refused_in_the_language_of_the_page(open_page, tmp_path):
    page = open_page(locale="zh-CN")
    page.wait_for_function("document.documentElement.lang === 'zh'")  # not zh-CN, as Gradio says
    (tmp_path / "note.txt").write_text("hello")
    page.locator("#run", has_text="读取情绪").wait_for()
    page.locator("#picture input[type=file]").set_input_files(str(tmp_path / "note.txt"))
    page.get_by_test_id("toast-text").get_by_text("note.txt 不是这里能用的文件。").wait_for()


def test_a_browser_in_a_third_language_is_told_what_to_drop(open_page):
    page = open_page(locale="fr-FR")
    page.wait_for_function("document.documentElement.lang === 'en'")
    told = (
        "getComputedStyle(document.querySelector('#picture [data-testid=upload-text]'), '::after')"
    )
    page.wait_for_function(f"{told}.content.includes('Drop it here')")


def test_what_is_typed_into_a_menu_replaces_what_was_chosen(open_page):
    page = open_page()
    page.get_by_role("tab", name="Teach it").click()
    page.locator("#teach-more > button").click()
    page.locator("#teach-preset input").click()
    page.wait_for_function("getSelection().toString() === 'compact'")
    page.keyboard.type("scr")
    assert page.locator("#teach-preset input").input_value() == "scr"


@pytest.mark.slow
def test_a_double_click_runs_once(open_page, tmp_path):
    page = open_page()
    asked = []
    page.on("request", lambda sent: asked.append(sent.post_data or ""))
    page.locator("#emotion-sides label").nth(1).click()
    clip = colour_clip(tmp_path / "street.mp4", "red", seconds=2)
    page.locator("#video input[type=file]").first.set_input_files(str(clip))
    page.locator("#video video").wait_for()
    page.locator("#video-sentence textarea, #video-sentence input").fill("only once")
    page.locator("#run-video").dblclick()
    page.locator("#curve .mm-card").wait_for()
    page.wait_for_timeout(500)
    assert sum("only once" in data for data in asked) == 1


@pytest.mark.slow
def test_a_video_is_answered_in_the_language_chosen_while_it_was_read(open_page):
    page = open_page()
    page.locator("#emotion-sides label").nth(1).click()
    page.locator("#video-examples .mm-example").click()
    page.locator("#video-answer .mm-busy").wait_for()
    page.get_by_role("radio", name="中文").check(force=True)
    page.locator("#curve .mm-card", has_text="随时间变化的情绪").wait_for()
    page.locator("#video-answer", has_text="整段视频").wait_for()
