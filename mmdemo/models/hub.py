"""Models of the Hugging Face hub on this machine: their names, and where they lie.

Asks no network: what was fetched once (hub_fetch) is found in the hub's cache for ever.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants
from huggingface_hub.file_download import repo_folder_name

from ..errors import ModelNotFoundError

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")  # owner/name
REVISION = re.compile(r"\w[\w-]*")  # a checkpoint names it, so it must not lead out of the cache
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@dataclass(frozen=True)
class Known:
    """A model that a preset is made of, under a short name."""

    repo: str
    title: str
    licence: str
    megabytes: int  # of its weights: parameters times four bytes


KNOWN = {
    "bert-base-cased": Known(
        "google-bert/bert-base-cased", "BERT base, cased (Devlin et al., 2019)", "Apache-2.0", 436
    ),
    "vgg16": Known(
        "timm/vgg16.tv_in1k", "VGG16, torchvision's ImageNet weights", "BSD-3-Clause", 553
    ),
    "clip": Known(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "CLIP ViT-B/32 trained on LAION-2B", "MIT", 605
    ),
}
PRESETS = {"classic": ("bert-base-cased", "vgg16"), "clip": ("clip",)}


class NotFetchedError(ModelNotFoundError):
    """A hub model that is not on this machine yet; ``repo`` is what to fetch."""

    code = "not_fetched"

    def __init__(self, message: str, repo: str) -> None:
        super().__init__(message, repo=repo)
        self.repo = repo


@dataclass(frozen=True)
class Fetched:
    """A hub model on this machine."""

    repo: str
    revision: str
    folder: Path


def is_hub_name(name: str) -> bool:
    """Whether a name means a hub model: a short name from KNOWN, or owner/name."""
    return name in KNOWN or bool(HUB_ID.fullmatch(name))


def is_folder(name: str) -> bool:
    """Whether a name is a folder with a model in it."""
    return bool(name) and (Path(name) / "config.json").is_file()


def is_here(name: str) -> bool:
    """Whether a model can be loaded without a network; names of the catalogue always can."""
    if is_folder(name) or not is_hub_name(name):
        return True
    try:
        fetched(name)
    except NotFetchedError:
        return False
    return True


def config_of(name: str) -> dict:
    """What config.json of a folder or of a fetched hub model says. Raises ModelNotFoundError."""
    folder = Path(name) if is_folder(name) else fetched(name).folder
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelNotFoundError(f"{folder / 'config.json'} cannot be read: {error}") from None
    return config if isinstance(config, dict) else {}


def is_dual(config: dict) -> bool:
    """Whether a configuration is that of a CLIP-like model: two towers."""
    return "text_config" in config and "vision_config" in config


def repo_of(name: str) -> str:
    """owner/name of a short name; any other name as it is."""
    return KNOWN[name].repo if name in KNOWN else name


def cache_folder(repo: str) -> Path:
    """Where the hub's cache keeps a model, whether or not it is there."""
    # read at call time: tests and hosts point the cache elsewhere
    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model")


def fetched(name: str, revision: str | None = None) -> Fetched:
    """The model where it was fetched before; without ``revision`` the newest complete one.

    Asks no network. Raises NotFetchedError.
    """
    repo = repo_of(name)
    root = cache_folder(repo)
    if revision is not None and not REVISION.fullmatch(revision):
        raise NotFetchedError(f'"{repo}" has no version "{revision}".', repo)
    for candidate in [revision] if revision else _revisions(root):
        folder = root / "snapshots" / candidate
        if is_complete(folder):
            return Fetched(repo, candidate, folder)
    raise NotFetchedError(_not_fetched(name, repo, revision), repo)


def _not_fetched(name: str, repo: str, revision: str | None) -> str:
    known = next((k for k in KNOWN.values() if k.repo == repo), None)
    size = f" ({known.megabytes} MB)" if known else ""
    which = f" (version {revision[:12]})" if revision else ""
    again = f" --revision {revision}" if revision else ""
    here = f'There is no folder "{name}", and the' if "/" in name else "The"
    return (
        f'{here} hub model "{repo}"{which} is not on this machine. With a network, fetch it once'
        f"{size}: python -m mmdemo fetch {repo}{again}. Until then the built-in models go on "
        "working."
    )


def _revisions(root: Path) -> list[str]:
    """Revisions in the cache: what "main" was when last asked, then the newest."""
    main = root / "refs" / "main"
    named = [main.read_text("utf-8").strip()] if main.is_file() else []
    folders = [p for p in (root / "snapshots").glob("*") if p.is_dir()]
    folders.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    return list(dict.fromkeys([*named, *(p.name for p in folders)]))


def is_complete(folder: Path) -> bool:
    """Whether a model's folder has its configuration and all of its weights."""
    if not (folder / "config.json").is_file():
        return False
    if (folder / WEIGHTS).is_file():
        return True
    try:
        shards = json.loads((folder / INDEX).read_text("utf-8"))["weight_map"].values()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((folder / Path(str(name)).name).is_file() for name in set(shards))
