"""Where adapters go in the encoders of the classic models."""

from __future__ import annotations

import re

from torch import nn

_LAYERS = re.compile(r"(encoder\.layer|encoder\.layers)\.\d+\.")  # of a transformer


def adapter_targets(encoder: nn.Module) -> list[str]:
    """Linear layers of a transformer's blocks; of a VGG, the convolutions of its last block."""
    linear = [
        name for name, module in encoder.named_modules()
        if isinstance(module, nn.Linear) and _LAYERS.search(name)
    ]  # fmt: skip
    if linear:
        return linear
    return [n for n, m in encoder.named_modules() if isinstance(m, nn.Conv2d)][-3:]
