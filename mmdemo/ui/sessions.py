"""What the server keeps of every page that is open, kept small.

Gradio copies the properties of all components for each page that was opened, for links that bring
back what it showed: a third of a megabyte and 33 ms a page, for up to a thousand pages. This app
has no such links, so its sessions keep what handlers read and nothing else.
"""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class SmallSession(SessionState):
    """A session that remembers states and changed components, but no properties."""

    def __init__(self, blocks: gr.Blocks) -> None:
        # properties are copied of the components that ``blocks`` has: of none
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))

    def __setitem__(self, key: int, value: object) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Nothing to keep up to date."""

    def _update_value_in_config(self, key: int, value: object) -> None:
        """Nothing to keep up to date."""


class SmallSessions(StateHolder):
    """Sessions by the id that a page gives itself."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = SmallSession(self.blocks)
        return super().__getitem__(session_id)


def keep_sessions_small(page: gr.Blocks) -> None:
    """Call once the page is launched, before anybody was told its address."""
    sessions = SmallSessions()
    sessions.set_blocks(page)
    page.app.state_holder = sessions
