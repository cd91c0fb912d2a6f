"""Checkpoints: a folder of safetensors + config.json + README.md, never a pickle.

Written to a temporary folder beside the target, synced, renamed into place: a reader sees the old
checkpoint or the new one. Large ones are cut into shards of the usual naming by huggingface_hub.
"""

from __future__ import annotations

import ctypes
import glob
import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import torch
from huggingface_hub import save_torch_state_dict
from huggingface_hub.utils import disable_progress_bars
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..errors import CheckpointError

FORMATS, VERSION = {"classifier": "mmdemo-classifier", "matcher": "mmdemo-matcher"}, 1
SHARD_SIZE = "9MB"  # hosts such as Spaces want files under 10 MB outside their large-file store
INDEX = "model.safetensors.index.json"
# what an index or a header that holds anything at all leads the readers to
_UNREADABLE = (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError,
               OverflowError, RecursionError)  # fmt: skip
_AT_FDCWD, _EXCHANGE = -100, 2  # renameat2(2)

disable_progress_bars()  # writing a few megabytes needs no bar on a caller's stderr


def save_checkpoint(
    folder: Path, state: dict[str, Tensor], config: dict, card: str, kind: str = "classifier"
) -> Path:
    """Write a checkpoint so that ``folder`` is always either the old or the new one, complete."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        save_torch_state_dict(state, work, max_shard_size=SHARD_SIZE, metadata={"format": "pt"})
        full = {"format": FORMATS[kind], "version": VERSION, **config}
        (work / "config.json").write_text(json.dumps(full, indent=2, ensure_ascii=False), "utf-8")
        (work / "README.md").write_text(card, "utf-8")
        work.chmod(0o755)  # made private by mkdtemp; a bundled checkpoint is for every user
        for path in work.iterdir():
            path.chmod(0o644)
        _sync(work)
        _replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _sync(folder: Path) -> None:
    """Force every file of a flat folder, and the folder, to disk."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace(new: Path, target: Path) -> None:
    """Rename ``new`` to ``target``. An old folder changes places with it in one step where the
    system can; else it steps aside first, comes back on failure, and :func:`_restore` finds it
    after a kill in between."""
    if not target.exists():
        os.rename(new, target)
        return
    if _exchange(new, target):
        return
    aside = target.with_name(f".{target.name}.old-{os.getpid()}")
    os.rename(target, aside)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names at once; False where the system has no such call."""
    call = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    if call is None:
        return False
    return call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0


def _restore(folder: Path) -> None:
    """Bring back a checkpoint that a kill left aside while a new one took its name."""
    aside = sorted(folder.parent.glob(f".{glob.escape(folder.name)}.old-*/config.json"))
    if aside and not folder.exists():
        with suppress(OSError):  # another process brings it back too
            os.rename(aside[-1].parent, folder)


def checkpoint_kind(folder: Path) -> str | None:
    """ "classifier", "matcher", or None for a folder that mmdemo did not make."""
    try:
        config = json.loads((Path(folder) / "config.json").read_text("utf-8"))
        return next((k for k, v in FORMATS.items() if v == config.get("format")), None)
    except (OSError, ValueError, RecursionError, AttributeError):
        return None


def read_config(folder: Path, kind: str = "classifier") -> dict:
    """The checked config of a checkpoint folder of that kind. Raises CheckpointError."""
    path = Path(folder) / "config.json"
    if not path.exists():
        _restore(Path(folder))
    try:
        config = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder} is not a checkpoint: it has no config.json.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged ({error}). Use another copy.") from None
    given = config.get("format") if isinstance(config, dict) else None
    other = next((name for name, value in FORMATS.items() if value == given), None)
    if other is None:
        raise CheckpointError(f"{folder} was not made by mmdemo (config.json has another format).")
    if other != kind:
        raise CheckpointError(f"{folder} holds a {other}, and a {kind} is needed here.")
    if config.get("version") != VERSION:
        raise CheckpointError(
            f"{folder} has checkpoint version {config.get('version')}, this mmdemo reads {VERSION}."
        )
    return config


def read_state(folder: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint as float32 (storage may be half). Raises CheckpointError."""
    folder = Path(folder)
    state: dict[str, Tensor] = {}
    try:
        for name in _shards(folder):
            state.update(load_file(folder / name))
    except FileNotFoundError as error:
        raise CheckpointError(f"{folder} is incomplete: {error}.") from None
    except _UNREADABLE as error:
        raise CheckpointError(f"The weights in {folder} are damaged ({error}).") from None
    if not all(bool(v.isfinite().all()) for v in state.values()):
        raise CheckpointError(f"The weights in {folder} are damaged (some are no numbers).")
    return {k: v.to(torch.float32) if v.is_floating_point() else v for k, v in state.items()}


def _shards(folder: Path) -> list[str]:
    """File names of the weights; an index may only name plain files inside the folder."""
    if not (folder / INDEX).exists():
        return ["model.safetensors"]
    names = sorted(set(json.loads((folder / INDEX).read_text("utf-8"))["weight_map"].values()))
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise ValueError(f"the index names {name!r}")
    return names


def folder_bytes(folder: Path) -> int:
    """Size of all files of a checkpoint folder in bytes."""
    return sum(p.stat().st_size for p in Path(folder).iterdir() if p.is_file())
