"""The core object: base encoders once in memory, classifiers built over them on demand."""

from __future__ import annotations

import copy
import hashlib
import threading
from pathlib import Path

import torch
from torch import nn

from ..config import Limits, Settings
from ..data.archive import extract_zip
from ..errors import CheckpointError, ModelNotFoundError
from .checkpoints import read_config, read_state
from .classifier import Classifier, ClassifierConfig
from .encoders import BertTextEncoder, build_text_encoder, build_vision_encoder

KEEP_LOADED = 4  # classifiers kept in memory; the least recently used one goes


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
        self._classifiers: dict[Path, tuple[float, Classifier]] = {}

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
        """Folder of a bundled name, a checkpoint folder or a zip of one.

        Raises ModelNotFoundError, and DatasetError for a zip that must be refused.
        """
        if Path(model).is_file():
            return self._unpacked(Path(model))
        bundled = self.checkpoints / model
        plain = Path(model).name == model and model not in ("", ".", "..")
        for folder in ([bundled] if plain else []) + [Path(model)]:
            if (folder / "config.json").is_file():
                return folder.resolve()
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
                root.rename(target)
        configs = sorted(target.glob("config.json")) or sorted(target.glob("*/config.json"))
        if not configs:
            raise ModelNotFoundError(f"{path.name} holds no checkpoint: it has no config.json.")
        return configs[0].parent

    def classifier(self, model: str) -> Classifier:
        """The classifier of a bundled name or folder, built once and kept."""
        folder = self.resolve(model)
        with self._lock:
            stamp = (folder / "config.json").stat().st_mtime
            kept = self._classifiers.pop(folder, None)
            if kept is None or kept[0] != stamp:
                kept = (stamp, self._build(folder))
            self._classifiers[folder] = kept
            while len(self._classifiers) > KEEP_LOADED:
                self._classifiers.pop(next(iter(self._classifiers)))
            return kept[1]

    def _build(self, folder: Path) -> Classifier:
        config = ClassifierConfig.from_dict(read_config(folder))
        state = read_state(folder)
        text, vision = dict(config.text_encoder), dict(config.vision_encoder)
        try:
            base = self.base_text_encoder(text.pop("name"))
            classifier = Classifier(
                config, share_embeddings(base, **text), build_vision_encoder(**vision)
            )
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{folder / 'config.json'} does not fit: {error}.") from None
        return load_changes(classifier, state, folder).eval().requires_grad_(False)


def share_embeddings(base: BertTextEncoder, max_tokens: int) -> BertTextEncoder:
    """A copy of a text encoder whose layers may change; the word embeddings (half of MiniLM) stay
    the same tensor in memory."""
    shared = base.model.embeddings
    model = copy.deepcopy(base.model, {id(shared): shared})
    return BertTextEncoder(model, base.tokenizer, base.name, max_tokens)


def load_changes(module: nn.Module, state: dict, source: Path | str) -> nn.Module:
    """Lay a checkpoint's tensors over a module. Raises CheckpointError when any does not fit.

    What the checkpoint does not name must belong to a base encoder, never to a head.
    """
    try:
        missing, unexpected = module.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise CheckpointError(f"The weights in {source} do not fit the model: {error}") from None
    lost = [k for k in missing if not k.startswith(("text_encoder.", "vision_encoder."))]
    if lost or unexpected:
        named = ", ".join([*lost, *unexpected][:3])
        raise CheckpointError(f"The weights in {source} do not fit config.json (see {named}).")
    return module
