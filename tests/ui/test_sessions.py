"""What the server keeps of each page."""

import sys
from collections.abc import Iterator

import gradio as gr
import pytest
from gradio_client import Client

from mmdemo.config import Settings
from mmdemo.ui.launch import serve
from mmdemo.ui.sessions import SmallSessions


@pytest.fixture
def counting(settings: Settings) -> Iterator[tuple[gr.Blocks, str]]:
    """A page that counts clicks, and renames its button meanwhile."""
    with gr.Blocks() as page:
        clicks, shown, button = gr.State(0), gr.Number(), gr.Button("first")

        def click(before: int) -> tuple:
            return before + 1, before + 1, gr.Button(f"click {before + 2}")

        button.click(click, clicks, [clicks, shown, button], api_name="click")
    yield page, serve(page, settings, server_port=None, app_kwargs={})
    page.close(verbose=False)


def test_states_are_kept_apart_by_page(counting) -> None:
    _, url = counting
    first, second = (Client(url, verbose=False, analytics_enabled=False) for _ in range(2))
    assert [first.predict(api_name="/click") for _ in range(2)] == [1, 2]
    assert second.predict(api_name="/click") == 1
    assert first.predict(api_name="/click") == 3


def test_no_properties_are_kept_of_a_page(counting) -> None:
    page, url = counting
    Client(url, verbose=False, analytics_enabled=False).predict(api_name="/click")
    (session,) = page.app.state_holder.session_data.values()
    assert session.config_values == {} and list(session.state_data.values()) == [1]


def test_as_many_sessions_as_allowed(counting) -> None:
    page, _ = counting
    sessions = SmallSessions()
    page.state_session_capacity = 3
    sessions.set_blocks(page)
    for name in "abcade":
        _ = sessions[name]
    assert list(sessions.session_data) == ["a", "d", "e"]
    assert sys.getsizeof(sessions["a"].blocks_config.blocks) < 10_000
