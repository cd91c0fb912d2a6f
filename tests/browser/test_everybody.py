"""The page for everybody: axe-core finds nothing at WCAG 2.2 AA, and the keyboard reaches all."""

import pytest

from tests.browser.axe import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# who has the focus: its id or its nearest named parent's, and whether that can be seen
FOCUSED = """() => {
    const on = document.activeElement;
    if (!on || on === document.body) return null;
    const holder = getComputedStyle(on).opacity === '0' ? on.closest('label') : on;
    const seen = getComputedStyle(holder).outlineStyle !== 'none';
    const named = '[id]:not([id^=component]):not([id^=range]):not([id^=html-])';
    return [on.closest(named)?.id || on.tagName, seen];
}"""


def search_an_example(page):
    """The Retrieval tab with an opened moment."""
    page.get_by_role("tab", name="Retrieval").click()
    page.locator("#find-examples [data-act=example]").first.click()
    page.locator("#found .mm-hits").wait_for(state="attached")
    fold = page.locator("#found summary")
    if fold.count():
        fold.click()
    page.locator("#found [data-act=open]").first.click()
    page.locator("#moment figure").first.wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, theme):
    page = open_page(theme=theme)
    page.locator("#run").click()
    page.locator(".mm-error").wait_for()
    assert violations(page) == []
    page.locator("#examples .mm-example").nth(1).click()
    page.locator(".mm-word").first.wait_for()
    assert violations(page) == []
    page.locator("#emotion-sides label").nth(1).click()
    page.locator("#video-examples .mm-example").click()
    page.locator("#curve summary").click()
    assert violations(page) == []
    search_an_example(page)
    assert violations(page) == []
    page.get_by_role("tab", name="Teach it").click()
    page.locator("#teach-templates [data-act=template]").first.click()
    page.locator("#gather-report .mm-previews").wait_for()
    assert violations(page) == []
    page.locator("#chip [data-models]").click()
    page.locator("#models-here summary").first.wait_for()
    for fold in page.locator("#models-here summary").all():
        fold.click()
    page.locator("#models-fetch h2").wait_for()
    assert violations(page) == []


def walk(page, steps=80):
    """Tab through the page from its top; what gets the focus, in order."""
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    reached = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            break
        assert found[1], f"{found[0]} has the focus, but nothing shows it"
        reached.append(found[0])
    return reached


def test_the_keyboard_reaches_everything(open_page):
    page = open_page()
    emotion = walk(page)
    assert {"language", "sentence", "run", "examples"} <= set(emotion), emotion
    page.get_by_role("tab", name="Retrieval").click()
    page.locator("#drop").wait_for()
    retrieval = walk(page)
    assert {"drop", "query", "find", "but-not", "scope", "find-examples"} <= set(retrieval)
    page.get_by_role("tab", name="Teach it").click()
    page.locator("#teach-run").wait_for()
    teach = walk(page)
    wanted = {"teach-upload", "teach-folder", "teach-templates", "teach-name", "teach-length",
              "teach-run", "try-sentence", "try-medium", "try-run"}  # fmt: skip
    assert wanted <= set(teach), teach
