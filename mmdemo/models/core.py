"""The core object: base encoders once in memory, classifiers built over them on demand."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from ..config import Limits, Settings
from ..data.archive import extract_zip
from ..data.whole_file import all_synced
from ..errors import CheckpointError, MmdemoError, ModelNotFoundError
from . import hub
from .checkpoints import checkpoint_kind, read_config, read_state
from .classifier import Classifier, ClassifierConfig
from .dual_encoder import DualEncoder
from .encoders import (
    BertTextEncoder,
    EfficientNetEncoder,
    TextEncoder,
    VisionEncoder,
    build_text_encoder,
    build_vision_encoder,
    shares_weights,
)
from .foreign import check_claims, check_numbers
from .matcher import Matcher, MatcherConfig

KEEP_LOADED = 4  # models kept in memory; the least recently used one goes
M = TypeVar("M", bound=nn.Module)


class Core:
    """Builds and keeps models. Safe from several threads; building goes one at a time."""

    def __init__(self, checkpoints: Path, cache: Path, limits: Limits, threads: int = 0) -> None:
        if threads > 0:
            torch.set_num_threads(threads)
        self.checkpoints = Path(checkpoints)
        self.cache = Path(cache)  # where checkpoints that come as a zip are unpacked
        self.limits = limits
        self._lock = threading.RLock()
        self._text: dict[str, BertTextEncoder] = {}
        self._kept: dict[tuple[str, Path], tuple[float, nn.Module]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Core:
        """The core that the settings describe."""
        return cls(
            settings.checkpoints, settings.data_root / "models", settings.limits, settings.threads
        )

    def base_text_encoder(self, name: str) -> BertTextEncoder:
        """The untuned text encoder of that name, loaded once."""
        with self._lock:
            if name not in self._text:
                self._text[name] = build_text_encoder(name)
            return self._text[name]

    def resolve(self, model: str) -> Path:
        """Folder of a bundled name, a checkpoint folder or a zip of one, or a hub model fetched
        before.

        Raises ModelNotFoundError, and DatasetError for a zip that must be refused.
        """
        if Path(model).is_file():
            return self._unpacked(Path(model))
        bundled = self.checkpoints / model
        plain = Path(model).name == model and model not in ("", ".", "..")
        for folder in ([bundled] if plain else []) + [Path(model)]:
            if (folder / "config.json").is_file():
                return folder.resolve()
        if hub.is_hub_name(model):
            return hub.fetched(model).folder
        known = ", ".join(sorted(p.parent.name for p in self.checkpoints.glob("*/config.json")))
        raise ModelNotFoundError(
            f'There is no model "{model}": it is neither bundled nor a checkpoint folder or zip. '
            f"Bundled: {known or 'none'}."
        )

    def _unpacked(self, path: Path) -> Path:
        """Folder of a zipped checkpoint, unpacked once per content."""
        with open(path, "rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()[:24]
        target = self.cache / digest
        with self._lock:
            if not target.exists():
                root, _ = extract_zip(path, self.cache, self.limits)
                all_synced()
                root.rename(target)
        configs = sorted(target.glob("config.json")) or sorted(target.glob("*/config.json"))
        if not configs:
            raise ModelNotFoundError(f"{path.name} holds no checkpoint: it has no config.json.")
        return configs[0].parent

    def classifier(self, model: str) -> Classifier:
        """The classifier of a bundled name, folder or zip, built once and kept."""
        return self._once("classifier", self.resolve(model), self._build_classifier)

    def matcher(self, model: str) -> Matcher | DualEncoder:
        """The matcher of a bundled name, checkpoint folder or zip, or of a CLIP-like model's folder
        or hub id; built once and kept. Not to be tuned: see :meth:`matcher_to_tune`."""
        folder = self.resolve(model)
        if checkpoint_kind(folder) is not None:
            return self._once("matcher", folder, self._build_matcher)
        name = Path(hub.repo_of(model)).name  # the cache's own folder is named by a hash
        return self._once("dual encoder", folder, lambda found: _load_dual_encoder(found, name))

    def matcher_to_tune(self, model: str) -> Matcher:
        """A matcher of mmdemo's own making for whoever tunes it; not kept."""
        return self._load_matcher(self.resolve(model))

    def _once(self, kind: str, folder: Path, build: Callable[[Path], M]) -> M:
        """What ``build`` makes of a folder, kept until its config changes."""
        with self._lock:
            config = folder / "config.json"
            stamp = config.stat().st_mtime if config.exists() else 0.0
            kept = self._kept.pop((kind, folder), None)
            if kept is None or kept[0] != stamp:
                kept = (stamp, build(folder))
            self._kept[kind, folder] = kept
            while len(self._kept) > KEEP_LOADED:
                self._kept.pop(next(iter(self._kept)))
            return kept[1]

    def _build_classifier(self, folder: Path) -> Classifier:
        classifier = self.assemble(read_config(folder), read_state(folder), folder)
        return _for_inference(classifier)

    def assemble(self, config: dict, state: dict, source: Path | str) -> Classifier:
        """A classifier of its parsed config.json and its tensors; ``source`` is for messages."""
        checked = ClassifierConfig.from_dict(config)
        _check_size(config, state)
        with _config_errors(source):
            text, vision = self._encoders(checked.text_encoder, checked.vision_encoder)
            classifier = Classifier(checked, text, vision)
        return load_changes(classifier, state, source).eval().requires_grad_(False)

    def _build_matcher(self, folder: Path) -> Matcher:
        return _for_inference(self._load_matcher(folder))

    def _load_matcher(self, folder: Path) -> Matcher:
        told, state = read_config(folder, "matcher"), read_state(folder)
        config, identity = MatcherConfig.from_dict(told), weights_identity(folder)
        _check_size(told, state)
        with _config_errors(folder):
            text, vision = self._encoders(config.text_encoder, config.vision_encoder)
            matcher = Matcher(config, text, vision, name=folder.name, identity=identity)
        return load_changes(matcher, state, folder).eval().requires_grad_(False)

    def _encoders(self, text: dict, vision: dict) -> tuple[TextEncoder, VisionEncoder]:
        """Text encoder, over shared word embeddings where it has any, and a vision encoder."""
        options = dict(text)
        name = options.pop("name")
        if shares_weights(name):
            found = share_embeddings(self.base_text_encoder(name), **options)
        else:
            found = build_text_encoder(name, **options)
        return found, build_vision_encoder(**vision)


def _check_size(config: dict, state: dict) -> None:
    """Refuse a config that claims what would take the machine's memory, before it is built."""
    check_numbers(config)
    check_claims(config, state)


@contextmanager
def _config_errors(source: Path | str) -> Iterator[None]:
    """A config that names what cannot be built is a CheckpointError."""
    try:
        yield
    except MmdemoError:
        raise
    except Exception as error:  # what a config claims can break a builder in any way
        raise CheckpointError(f"{Path(source) / 'config.json'} does not fit: {error}.") from None


def _for_inference(model: M) -> M:
    """The model in its quicker form, where its vision encoder has one."""
    if isinstance(model.vision_encoder, EfficientNetEncoder):
        model.vision_encoder.for_inference()
    return model


def _load_dual_encoder(folder: Path, name: str) -> DualEncoder:
    found = DualEncoder.load(str(folder), weights_identity(folder))
    found.name = name
    return found


def weights_identity(folder: Path) -> str:
    """Hash of a model folder's configuration and weights: vectors are comparable within one."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.safetensors")]):
        digest.update(path.name.encode())
        with open(path, "rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:24]


def share_embeddings(base: BertTextEncoder, max_tokens: int) -> BertTextEncoder:
    """A copy of a text encoder whose layers may change; the word embeddings (half of MiniLM) stay
    the same tensor in memory."""
    shared = base.model.embeddings
    model = copy.deepcopy(base.model, {id(shared): shared})
    return BertTextEncoder(model, base.tokenizer, base.name, max_tokens)


def load_changes(module: nn.Module, state: dict, source: Path | str) -> nn.Module:
    """Lay a checkpoint's tensors over a module. Raises CheckpointError when any does not fit.

    What the checkpoint does not name must belong to a base encoder that has weights of its own,
    never to a head.
    """
    try:
        missing, unexpected = module.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"The weights in {source} do not fit the model: {error}") from None
    sides = ("text_encoder", "vision_encoder")
    based = tuple(f"{s}." for s in sides if not getattr(getattr(module, s), "carried", False))
    lost = [k for k in missing if not k.startswith(based)]
    if lost or unexpected:
        named = ", ".join([*lost, *unexpected][:3])
        raise CheckpointError(f"The weights in {source} do not fit config.json (see {named}).")
    return module
