"""What is looked at before anything is loaded: can a page be served here at all?"""

from __future__ import annotations

import socket

from ..config import Settings, load_settings
from ..errors import MmdemoError
from .launch import prepare_folder, served_at


def ready_settings() -> Settings:
    """The settings, once it is sure that a page can be served with them; tells within a moment, not
    after the models were loaded. MmdemoError says what is in the way."""
    try:
        settings = load_settings()
    except ValueError as error:
        raise MmdemoError(str(error)) from error
    check_port(settings)
    try:
        prepare_folder(settings)
    except OSError as error:
        raise MmdemoError(
            f"Nothing can be written in {settings.data_root.parent} ({error.strerror}): name "
            "another folder with the variable MMDEMO_DATA_ROOT."
        ) from error
    return settings


def check_port(settings: Settings) -> None:
    """Raises MmdemoError when nothing can be served at the address of the settings."""
    host, port = served_at(settings), settings.port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise MmdemoError(
                f"The page cannot be served at {host}:{port} ({error.strerror}). Perhaps mmdemo is "
                f"running there already: open it, or choose another port: MMDEMO_PORT={port + 1}."
            ) from error
