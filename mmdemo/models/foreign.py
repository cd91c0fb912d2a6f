"""A checkpoint from a stranger: what its config may name and claim, checked before it is built.

Weights are safetensors, so loading them runs nothing. What is left is a config that names another
user's folder, or claims a model so large that building it takes the machine's memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from ..errors import CheckpointError, MmdemoError
from .checkpoints import read_config, read_state
from .encoders import CARRIED_TEXT, CARRIED_VISION
from .fusion import build_head
from .hub import is_hub_name

if TYPE_CHECKING:
    from .core import Core

PACKAGED = ("minilm", "efficientnet-lite0")
MOST_LABELS, LABEL_LENGTH = 1000, 200
MOST_NUMBER, MOST_LAYERS, MOST_SIDE, WIDEST = 2_000_000, 100, 1024, 4096
MOST_ROWS = 50_000  # of a matcher's tables, which are as wide as its space
LONGEST = 1000  # list of numbers


def check_config(config: Mapping, core: Core) -> None:
    """Raise CheckpointError when a foreign config names or claims what it should not."""
    known = {*PACKAGED, *CARRIED_TEXT, *CARRIED_VISION, *_bundled_encoders(core)}
    for side in ("text_encoder", "vision_encoder"):
        options = config.get(side)
        name = options.get("name") if isinstance(options, Mapping) else None
        if not isinstance(name, str) or not (name in known or is_hub_name(name)):
            raise CheckpointError(f"Its {side} is none that mmdemo knows.")
    labels = config.get("labels", [])
    if not isinstance(labels, list) or len(labels) > MOST_LABELS:
        raise CheckpointError(f"It has more than {MOST_LABELS} labels, or none that can be read.")
    if any(not isinstance(label, str) or not 0 < len(label) <= LABEL_LENGTH for label in labels):
        raise CheckpointError(f"A label must be a text of 1 to {LABEL_LENGTH} characters.")
    check_numbers(config)


def check_numbers(config: Mapping) -> None:
    """Raise CheckpointError when a config holds a number that no model needs."""
    for key, value in _numbers(config):
        if not abs(value) <= _limit(key):
            raise CheckpointError(f"Its {key} is a number beyond all reason.")


def check_claims(config: Mapping, state: Mapping[str, Tensor]) -> None:
    """Raise CheckpointError when head or encoders claim far more numbers than the weights hold.

    They are built on torch's "meta" device, where a tensor is only its shape.
    """
    held = sum(tensor.numel() for tensor in state.values())
    try:
        with torch.device("meta"):
            claimed = sum(p.numel() for module in _carried(config) for p in module.parameters())
    except Exception as error:  # what a config claims can break a builder in any way
        raise CheckpointError(f"config.json does not fit: {error}.") from None
    if claimed > 2 * held + 1_000_000:
        raise CheckpointError("Its config.json claims a far larger model than its weights are.")


def _carried(config: Mapping) -> Iterator[torch.nn.Module]:
    """The parts that a checkpoint brings as a whole."""
    for side, builders in (("text_encoder", CARRIED_TEXT), ("vision_encoder", CARRIED_VISION)):
        options = dict(config[side])
        builder = builders.get(options.pop("name"))
        if builder is not None:
            yield builder(**options)
    if "fusion" in config:
        # the true widths are not known before the encoders are built; narrow ones do to refuse
        # what is too large, and loading compares every shape
        yield build_head(dict(config["fusion"]), {"text": 8, "vision": 8}, len(config["labels"]))


def _bundled_encoders(core: Core) -> set[str]:
    """Names of encoders that the models which came with the install use."""
    names: set[str] = set()
    for path in core.checkpoints.glob("*/config.json"):
        for kind in ("classifier", "matcher"):
            try:
                config = read_config(path.parent, kind)
                names |= {config[side]["name"] for side in ("text_encoder", "vision_encoder")}
            except (CheckpointError, KeyError, TypeError):
                continue
    return names


def _limit(key: str) -> float:
    if key.endswith(("_layers", "_heads")) or key in ("layers", "heads"):
        return MOST_LAYERS
    if key.startswith("length of "):
        return LONGEST
    if key in ("width", "hidden"):
        return WIDEST
    if key in ("names", "references"):
        return MOST_ROWS
    return MOST_SIDE if key == "image_size" else MOST_NUMBER


def _numbers(value: object, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a parsed JSON value, with the key that it stands under."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # a tokenizer numbers its words; it allocates nothing by them
            if name != "tokenizer":
                yield from _numbers(inner, str(name))
    elif isinstance(value, list):
        yield f"length of {key}", len(value) if _of_numbers(value) else 0
        for inner in value:  # "layers" may be a list of widths
            yield from _numbers(inner, f"entry of {key}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield key, value


def _of_numbers(values: list) -> bool:
    return any(not isinstance(value, str) for value in values)


def check_answers(core: Core, folder: Path, kind: str) -> None:
    """Build the model and let it answer once. Raises MmdemoError when it cannot, or answers with
    what is no number."""
    picture = Image.new("RGB", (32, 32), "grey")
    try:
        if kind == "matcher":
            model = core.matcher(str(folder))
            values = [*model.encode_texts(["a test"]).ravel(), *model.encode_images([picture])[0]]
        else:
            # not kept: this is not where the model will lie
            model = core.assemble(read_config(folder), read_state(folder), folder)
            reading = model.classify(["a test"], [picture])[0]
            values = [p for read in (reading.probabilities, *reading.modalities.values())
                      for p in read.values()]  # fmt: skip
    except MmdemoError:
        raise
    except Exception as error:  # as above: the model is a stranger's
        raise CheckpointError(f"It fails on a test sentence: {error}.") from None
    if not all(math.isfinite(value) for value in values):
        raise CheckpointError("Its weights are damaged: it answers with what is no number.")
