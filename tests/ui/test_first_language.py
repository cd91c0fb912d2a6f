"""The page as it is sent first: in the language of the browser, and otherwise unchanged."""

import json
import urllib.request

import pytest

from mmdemo.ui.first_language import BEGIN, END, translated


def page_of(url, accept):
    """The page as a browser with that header gets it, and what its components say."""
    asked = urllib.request.Request(url, headers={"Accept-Language": accept})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        page = answer.read()
        assert int(answer.headers["content-length"]) == len(page)
    config = page[page.index(BEGIN) + len(BEGIN) :]
    props = [one["props"] for one in json.loads(config[: config.index(END)])["components"]]
    return page, {one.get("elem_id"): one for one in props if one.get("elem_id")}


def test_a_chinese_browser_is_sent_chinese_words(page_url):
    page, said = page_of(page_url, "zh-CN,zh;q=0.9,en;q=0.8")
    assert b'lang="zh"' in page[:300]
    assert said["run"]["value"] == "读取情绪"
    assert said["tab-retrieval"]["label"] == "检索"
    assert said["language"]["value"] == "zh"
    assert [word for word, _ in said["teach-length"]["choices"]] == ["快速", "标准", "细致"]
    assert "会显示在这里" in said["answer"]["value"]
    assert "mm-chip" in said["chip"]["value"] and "就绪" in said["chip"]["value"]


@pytest.mark.parametrize("accept", ["en-US,en;q=0.9", "de", ""])
def test_every_other_browser_is_sent_the_page_as_it_was_built(page_url, accept):
    page, said = page_of(page_url, accept)
    assert b'lang="en"' in page[:300]
    assert said["run"]["value"] == "Read the emotion" and said["language"]["value"] == "en"


def test_words_cannot_end_the_script_and_another_page_is_left_alone():
    page = b'<html lang="en"><script>' + BEGIN + b'{"components": [{"id": 3, "props": {}}]}' + END
    hostile = "</script><script>alert('1')"
    sent = translated(page, "zh", {3: {"value": hostile}, 4: {"value": "nobody"}})
    assert sent.count(b"</script>") == 1 and b"alert('" not in sent
    config = sent[sent.index(BEGIN) + len(BEGIN) : sent.index(END)]
    assert json.loads(config)["components"][0]["props"] == {"value": hostile}
    assert translated(b"<html>another page", "zh", {}) == b"<html>another page"
