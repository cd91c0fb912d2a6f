"""Settings and limits, each with the environment variable that overrides it."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What is accepted; every limit has its own clear error and stands in the page."""

    picture_pixels: int = 50_000_000
    picture_bytes: int = 20 * MB
    video_seconds: int = 30 * 60
    video_bytes: int = 500 * MB
    zip_bytes: int = 500 * MB
    zip_unpacked_bytes: int = 2048 * MB
    zip_entries: int = 20_000
    text_characters: int = 10_000
    min_classes: int = 2
    min_per_class: int = 2


@dataclass(frozen=True)
class Settings:
    """Where things are and how the app is served."""

    host: str = "127.0.0.1"
    port: int = 7860
    checkpoints: Path = ROOT / "checkpoints"
    data_root: Path = Path(tempfile.gettempdir()) / "mmdemo-data"  # workspaces, exports, caches
    emotion_model: str = "emotion-compact"
    matcher_model: str = "matcher-compact"
    workspace_bytes: int = 2048 * MB  # what one visitor's uploads, libraries and models may take
    free_bytes: int = 1024 * MB  # disk space that stays free whatever is uploaded
    threads: int = 0  # torch threads; 0 = as many as there are cores
    limits: Limits = Limits()


def _overrides(cls: type, environ: dict[str, str]) -> dict[str, object]:
    """Values of MMDEMO_<FIELD> variables for the int, float, str and Path fields of ``cls``."""
    found: dict[str, object] = {}
    for field in fields(cls):
        raw = environ.get(f"MMDEMO_{field.name.upper()}")
        if raw is None or field.name == "limits":
            continue
        kind = type(field.default)
        try:
            found[field.name] = Path(raw) if isinstance(field.default, Path) else kind(raw)
        except ValueError as error:
            raise ValueError(
                f"MMDEMO_{field.name.upper()}={raw!r} is not a {kind.__name__}"
            ) from error
    return found


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Settings from MMDEMO_* environment variables over the defaults."""
    environ = dict(os.environ) if environ is None else environ
    limits = Limits(**_overrides(Limits, environ))
    return Settings(**_overrides(Settings, environ), limits=limits)
