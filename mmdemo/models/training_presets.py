"""The modes of training, and what a preset is made of: the encoders it starts from."""

from __future__ import annotations

from dataclasses import dataclass

HEAD, ADAPTER, FULL, AUTO = "head", "adapter", "full", "auto"


@dataclass(frozen=True)
class Preset:
    """Encoders as a checkpoint's config.json names them.

    ``kin``: a bundled classifier whose text encoder was tuned from the same start and may lend what
    it learned; "" for none.
    """

    text: dict
    vision: dict
    kin: str = ""


PRESETS = {
    "compact": Preset(
        {"name": "minilm", "max_tokens": 128},
        {"name": "efficientnet-lite0", "image_size": 224},
        kin="emotion-compact",
    )
}
