"""What the tabs of the page share: the services, the language, the workspace of a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import Block
from gradio.events import Dependency

from ..config import Settings
from .events import QUIET
from .language import Language, Redraw
from .turns import Turns

if TYPE_CHECKING:
    from ..data.workspaces import Workspace, Workspaces
    from ..services.emotion.service import EmotionService
    from ..services.finetune.service import FinetuneService
    from ..services.model_shelf import ModelShelf
    from ..services.retrieval.service import RetrievalService
    from ..services.weights import Weights

STORED_AS = "mmdemo-workspace"  # name of the token in the browser's storage
# Gradio scrambles what it stores; the key is sent to every browser, so it protects nothing. It must
# stay the same, or no browser finds its workspace after a restart.
SCRAMBLE = "mmdemo"


@dataclass(frozen=True)
class Services:
    """What the page is built over; a service that is missing leaves its tab out."""

    settings: Settings
    emotion: EmotionService | None = None
    retrieval: RetrievalService | None = None
    finetune: FinetuneService | None = None
    workspaces: Workspaces | None = None  # needed by retrieval and fine-tuning
    shelf: ModelShelf | None = None  # these two make the fold about models
    weights: Weights | None = None

    def present(self) -> list[EmotionService | RetrievalService | FinetuneService]:
        """The services that are there, in the order of their tabs."""
        return [s for s in (self.emotion, self.retrieval, self.finetune) if s is not None]


@dataclass
class PageTab:
    """A tab and what of it is drawn anew when the language changes."""

    tab: gr.Tab
    redraws: list[Redraw] = field(default_factory=list)


@dataclass(frozen=True)
class MatcherDoor:
    """How another tab makes the Retrieval tab ask with a model: ``service.choose``, then an event
    that shows it."""

    service: RetrievalService
    look: Callable
    given: list[Block]
    outputs: list[Block]


@dataclass(frozen=True)
class Page:
    """What a tab is built with; ``build_x_tab(service, page)`` is called inside ``gr.Tabs``.

    ``token`` names the workspace of a browser and survives a reload. It is an input of every event
    that works in the workspace: ``page.workspace(token)`` opens it. What a tab shows after a reload
    is filled in by ``page.opened.then(...)``.
    """

    language: Language
    lang: gr.Radio
    folder: Path  # served to browsers: copies for the player, exports
    workspaces: Workspaces | None = None
    token: gr.BrowserState | None = None
    opened: Dependency | None = None  # the page was loaded and ``token`` is valid
    tabs: gr.Tabs | None = None  # to go from one tab to another
    # where a model is picked, and what is built in: fine-tuning adds the models of a workspace
    model_lists: list[gr.Dropdown] = field(default_factory=list)
    built_in: list[tuple[str, str]] = field(default_factory=list)  # (title, name)
    turns: Turns = field(default_factory=Turns)  # before the model
    matcher_doors: list[MatcherDoor] = field(default_factory=list)  # one, where there is the tab

    def workspace(self, token: str | None) -> Workspace:
        """The workspace of a browser; a fresh one when the token is none that we made."""
        return self.workspaces.open(token)


def remember_workspace(
    blocks: gr.Blocks, workspaces: Workspaces | None
) -> tuple[gr.BrowserState | None, Dependency | None]:
    """A token in the browser's storage, made by the server when the page is opened first."""
    if workspaces is None:
        return None, None
    token = gr.BrowserState(None, storage_key=STORED_AS, secret=SCRAMBLE)
    opened = blocks.load(
        lambda kept: workspaces.open(kept if isinstance(kept, str) else None).token,
        token, token, **QUIET,
    )  # fmt: skip
    return token, opened
