"""The classic models of the field, each as a recipe for training both sides together."""

from __future__ import annotations

from dataclasses import dataclass

HEAD, ADAPTER, FULL, AUTO = "head", "adapter", "full", "auto"


@dataclass(frozen=True)
class JointPreset:
    """Encoders by their names in the catalogue, a fusion head, and how they are trained.

    ``mode`` is what "auto" means. ``rates`` and ``epochs``: by mode, and by mode and length.
    ``decay``: whether the rate falls along a line to zero.
    """

    text: dict
    vision: dict
    mode: str
    modes: tuple[str, ...]
    rates: dict[str, float]
    epochs: dict[str, dict[str, int]]
    fusion: dict
    batch: int = 16
    decay: bool = True

    @property
    def own_vocabulary(self) -> bool:
        """Whether the text side begins with the words of the training texts."""
        return self.text["name"] == "bilstm"


CONCAT = {"kind": "concat", "width": 256}  # F = W_fc [tanh(W_t H_t); tanh(W_v V_v)]
CROSS_ATTENTION = {"kind": "cross-attention", "width": 192, "layers": 2, "heads": 4}
_HEAD_EPOCHS = {"quick": 20, "standard": 60, "thorough": 120}  # over kept vectors: seconds

JOINT_PRESETS = {
    # BERT-base and VGG16, tuned as a whole by Adam at 2e-5, 128 word pieces, 16 samples a step
    "classic": JointPreset(
        text={"name": "bert-base-cased", "max_tokens": 128},
        vision={"name": "vgg16"},
        mode=FULL,
        modes=(HEAD, ADAPTER, FULL),
        rates={HEAD: 1e-3, ADAPTER: 5e-4, FULL: 2e-5},
        epochs={
            HEAD: _HEAD_EPOCHS,
            ADAPTER: {"quick": 2, "standard": 6, "thorough": 12},
            FULL: {"quick": 2, "standard": 5, "thorough": 10},
        },
        fusion=CONCAT,
        decay=False,
    ),
    # from random weights, so there is nothing to freeze or to adapt
    "scratch": JointPreset(
        text={"name": "bilstm", "width": 256, "embedding": 128, "max_tokens": 128},
        vision={"name": "cnn", "image_size": 96},
        mode=FULL,
        modes=(FULL,),
        rates={FULL: 1e-3},
        epochs={FULL: {"quick": 15, "standard": 40, "thorough": 80}},
        fusion=CONCAT,
    ),
    "clip": JointPreset(
        text={"name": "clip", "max_tokens": 77},
        vision={"name": "clip"},
        mode=HEAD,
        modes=(HEAD, ADAPTER, FULL),
        rates={HEAD: 1e-3, ADAPTER: 2e-4, FULL: 1e-5},
        epochs={
            HEAD: _HEAD_EPOCHS,
            ADAPTER: {"quick": 2, "standard": 6, "thorough": 12},
            FULL: {"quick": 2, "standard": 5, "thorough": 10},
        },
        fusion=CONCAT,
    ),
}
