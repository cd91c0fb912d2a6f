"""Which matcher a library is asked with: that of the settings, unless another was chosen for it.

The choice lies in the library, so that a reload, a job after a restart and every tab agree on it.
Vectors of each model are kept apart by its identity; choosing another one loses none.
"""

from __future__ import annotations

import json
from pathlib import Path

from ...config import Settings
from ...data.whole_file import whole_file
from ...errors import LibraryError
from ...models.hub import KNOWN, is_here
from ...types import ModelInfo

CHOICE = "model.json"  # in the library's folder
DUAL = ("clip",)  # hub models that match as they are


def matchers(settings: Settings, own: Path | None = None) -> tuple[ModelInfo, ...]:
    """What can be chosen: the one of the settings, hub models that were fetched, then those of a
    workspace, the newest first."""
    from ..model_list import model_info, own_models  # torch: seconds

    built_in = model_info(settings.checkpoints / settings.matcher_model)
    name = settings.matcher_model
    first = ModelInfo(name, built_in.title if built_in else Path(name).name, (), 0)
    fetched = [
        ModelInfo(name, KNOWN[name].title, (), KNOWN[name].megabytes * 10**6)
        for name in DUAL
        if name != settings.matcher_model and is_here(name)
    ]
    tuned = own_models(own) if own is not None else ()
    return (first, *fetched, *(model for model in tuned if not model.labels))


def chosen(library: Path, default: str) -> str:
    """The model of a library; ``default`` without a choice, or when what was chosen is gone."""
    try:
        name = json.loads((Path(library) / CHOICE).read_text("utf-8"))["model"]
    except (OSError, ValueError, KeyError, TypeError):
        return default
    if name in DUAL:
        return name if is_here(name) else default
    from ...models.checkpoints import checkpoint_kind  # torch: seconds

    return name if isinstance(name, str) and checkpoint_kind(Path(name)) == "matcher" else default


def choose(library: Path, name: str, offered: tuple[ModelInfo, ...]) -> None:
    """Keep the choice; the first of ``offered`` is what no choice means. LibraryError for a model
    that is not offered."""
    if name not in [model.name for model in offered]:
        raise LibraryError(
            "This model is not here any more. Choose another one.", code="matcher_gone"
        )
    if name == offered[0].name:
        (Path(library) / CHOICE).unlink(missing_ok=True)
        return
    with whole_file(Path(library) / CHOICE) as part:
        part.write_text(json.dumps({"model": name}), "utf-8")
