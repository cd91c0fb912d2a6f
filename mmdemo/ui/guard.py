"""Errors become something the page can show: a user's error as it is, a bug in friendly words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from ..errors import MmdemoError
from ..types import Note
from .words import say

log = logging.getLogger(__name__)
T = TypeVar("T")


def error_note(error: Exception) -> Note:
    """An error as a note that can be kept and said in either language; a bug is logged."""
    if isinstance(error, MmdemoError):
        return Note(error.code, str(error), dict(error.values))
    log.error("unexpected error", exc_info=error)
    return Note("unexpected", say("error.unexpected", "en"))


def attempt(work: Callable[[], T], failed: Callable[[Note], T]) -> T:
    """The result of ``work``, or of ``failed`` with the error to show."""
    try:
        return work()
    except Exception as error:
        return failed(error_note(error))
