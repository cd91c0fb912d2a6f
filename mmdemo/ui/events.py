"""How events run: which of them wait for each other, and which are no part of the page's API.

Events of one ``concurrency_id`` share so many threads, whoever causes them. A ``..._SLOT`` is for
events that programs may call by their ``api_name``, an ``..._EVENT`` for all others.
"""

from __future__ import annotations

from .turns import WAITING

QUIET = {"show_progress": "hidden", "api_visibility": "private"}

# the model: one forward pass at a time
MODEL_SLOT = {"concurrency_id": "model", "concurrency_limit": 1, "show_progress": "hidden"}
MODEL_EVENT = {**MODEL_SLOT, **QUIET}
# many may ask at once: each waits for its turn (turns.py) and is told its place meanwhile
ASK_SLOT = {"concurrency_id": "ask", "concurrency_limit": WAITING, "show_progress": "hidden"}
ASK_EVENT = {**ASK_SLOT, **QUIET}
# a slot of its own: nobody's sentence waits for somebody's film
VIDEO_SLOT = {"concurrency_id": "video", "concurrency_limit": 1, "show_progress": "hidden"}
VIDEO_EVENT = {**VIDEO_SLOT, **QUIET}
# reading a large dataset takes a while: not more than two at a time
GATHER_EVENT = {"concurrency_id": "gather", "concurrency_limit": 2, **QUIET}
