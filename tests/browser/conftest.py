"""A real Chromium over the launched page. Anything but quiet fails the test."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

from bench.app_start import running_app, wait_for_page
from mmdemo.services.finetune.service import FinetuneService
from mmdemo.services.retrieval.service import RetrievalService
from tests.browser.colours import WordyCore
from tests.ui.conftest import page_service, page_url, settings

__all__ = ["page_service", "page_url", "settings"]

PATIENCE_S = int(os.environ.get("MMDEMO_TEST_PATIENCE", "60"))  # more on a busy machine
CHROMIUM = Path(os.environ.get("MMDEMO_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a camera, allowed
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """The browser, started once."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_retrieval(settings) -> RetrievalService:
    """The real service over a matcher that knows colours."""
    service = RetrievalService(settings, WordyCore())
    service.start_loading()
    return service


@pytest.fixture(scope="session")
def page_finetune(settings) -> Iterator[FinetuneService]:
    """The real service: trains in a process of its own."""
    service = FinetuneService(settings)
    service.start_queue()
    yield service
    service.close()


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """Address of the real app, app.py in its own process with the bundled models."""
    with running_app() as (process, url):
        wait_for_page(process, url, time.perf_counter() + max(120, PATIENCE_S))
        yield url


@pytest.fixture(scope="session")
def contexts(chromium) -> Iterator[dict]:
    """One context per kind of device, kept so that the page's scripts are loaded once."""
    kept: dict = {}
    yield kept
    for context in kept.values():
        context.close()


@pytest.fixture
def wrong() -> list[str]:
    """What open pages said that they should not have."""
    return []


@pytest.fixture
def reload_page(wrong):
    """reload_page(page). What a page says of connections that its leaving cuts is not wrong."""

    def reloaded(page):
        before = len(wrong)
        page.reload(wait_until="domcontentloaded")
        wrong[before:] = [said for said in wrong[before:] if not said.startswith("console: ")]

    return reloaded


@pytest.fixture
def open_page(chromium, contexts, page_url, wrong) -> Iterator:
    """open_page(size, locale, url, theme, visitor) -> a page; afterwards nothing was wrong.

    Every visitor has an own browser storage, so an own workspace.
    """
    pages = []

    def opened(size=(1280, 900), locale="en-US", url=page_url, theme="light", visitor=""):
        key = (size, locale, visitor)
        if key not in contexts:
            viewport = {"width": size[0], "height": size[1]}
            contexts[key] = chromium.new_context(viewport=viewport, locale=locale)
        page = contexts[key].new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("console", lambda m: m.type == "error" and wrong.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: wrong.append(f"page error: {e}"))
        page.on("response", lambda r: r.status >= 400 and wrong.append(f"{r.status}: {r.url}"))
        page.on("request", lambda r: _is_far(r.url) and wrong.append(f"left: {r.url}"))
        page.goto(f"{url}?__theme={theme}", wait_until="domcontentloaded")
        page.locator("#answer .mm-empty").wait_for()
        return page

    yield opened
    said = list(wrong)  # before they close, which cuts connections too
    for page in pages:
        page.close()
    assert not said, said


def _is_far(url: str) -> bool:
    return urlparse(url).hostname not in ("127.0.0.1", "localhost", None)
