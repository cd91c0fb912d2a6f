"""The models that lie in a folder, as a list to pick from."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import MmdemoError
from ..models.checkpoints import checkpoint_kind, folder_bytes, read_config
from ..types import ModelInfo

log = logging.getLogger(__name__)


def models_in(folder: Path, *, matchers: bool = False) -> tuple[ModelInfo, ...]:
    """Classifiers (and, if asked for, matchers, which have no labels) by folder name.

    Damaged ones are left out and logged. ``name`` is the folder's name.
    """
    found = []
    for path in sorted(Path(folder).glob("*/config.json")):
        if path.parent.name.startswith("."):  # still being written, or stepping aside
            continue
        info = model_info(path.parent)
        if info is not None and (info.labels or matchers):
            found.append(info)
    return tuple(found)


def own_models(folder: Path) -> tuple[ModelInfo, ...]:
    """Models of a workspace, matchers too, the newest first; ``name`` is the whole path, because a
    bundled model may have the same short name."""

    def made(info: ModelInfo) -> float:
        with suppress(OSError):  # deleted a moment ago
            return (folder / info.name / "config.json").stat().st_mtime
        return 0.0

    found = sorted(models_in(folder, matchers=True), key=made, reverse=True)
    return tuple(replace(info, name=str(folder / info.name)) for info in found)


def model_info(folder: Path) -> ModelInfo | None:
    """What a list says of one checkpoint folder; None when it is damaged."""
    try:
        if checkpoint_kind(folder) == "matcher":
            config, labels = read_config(folder, "matcher"), ()
        else:
            config = read_config(folder)
            labels = tuple(str(label) for label in config["labels"])
        size = folder_bytes(folder)
    except (MmdemoError, KeyError, TypeError, OSError) as error:
        log.warning("%s is left out: %s", folder.name, error)
        return None
    return ModelInfo(folder.name, str(config.get("title") or folder.name), labels, size)
