"""The classic models of the field, each as a recipe for training both sides together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import hub
from .training_presets import ADAPTER, FULL, HEAD

REFIT = 300  # samples; below, the held-out ones are trained on too, in a last fit


@dataclass(frozen=True)
class JointPreset:
    """Encoders by their names in the catalogue, a fusion head, and how they are trained.

    ``mode`` is what "auto" means. ``rates`` and ``epochs``: by mode, and by mode and length.
    ``decay``: whether the rate falls along a line to zero. ``pass_s``: seconds to learn once from
    a text and from a picture, on two cores, from the operations that takes.
    """

    text: dict
    vision: dict
    mode: str
    modes: tuple[str, ...]
    rates: dict[str, float]
    epochs: dict[str, dict[str, int]]
    fusion: dict
    pass_s: tuple[float, float]
    batch: int = 16
    decay: bool = True

    @property
    def own_vocabulary(self) -> bool:
        """Whether the text side begins with the words of the training texts."""
        return self.text["name"] == "bilstm"

    def missing(self) -> tuple[str, ...]:
        """Hub models that are not on this machine."""
        names = [side["name"] for side in (self.text, self.vision)]
        repos = [hub.repo_of(name) for name in names if not hub.is_here(name)]
        return tuple(dict.fromkeys(repos))


CONCAT = {"kind": "concat", "width": 256}  # F = W_fc [tanh(W_t H_t); tanh(W_v V_v)]
CROSS_ATTENTION = {"kind": "cross-attention", "width": 192, "layers": 2, "heads": 4}
_HEAD_EPOCHS = {"quick": 20, "standard": 60, "thorough": 120}  # over kept vectors: seconds
_EPOCHS = {
    HEAD: _HEAD_EPOCHS,
    ADAPTER: {"quick": 2, "standard": 6, "thorough": 12},
    FULL: {"quick": 2, "standard": 5, "thorough": 10},
}  # of pretrained encoders

JOINT_PRESETS = {
    # the compact encoders, frozen, under a fusion head that is trained by steps
    "compact": JointPreset(
        text={"name": "minilm", "max_tokens": 128},
        vision={"name": "efficientnet-lite0", "image_size": 224},
        mode=HEAD,
        modes=(HEAD,),
        rates={HEAD: 1e-3},
        epochs={HEAD: _HEAD_EPOCHS},
        fusion=CONCAT,
        pass_s=(0.005, 0.03),
    ),
    # BERT-base and VGG16, tuned as a whole by Adam at 2e-5, 128 word pieces, 16 samples a step
    "classic": JointPreset(
        text={"name": "bert-base-cased", "max_tokens": 128},
        vision={"name": "vgg16"},
        mode=FULL,
        modes=(HEAD, ADAPTER, FULL),
        rates={HEAD: 1e-3, ADAPTER: 5e-4, FULL: 2e-5},
        epochs=_EPOCHS,
        fusion=CONCAT,
        pass_s=(0.15, 1.0),
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
        pass_s=(0.005, 0.02),
    ),
    "clip": JointPreset(
        text={"name": "clip", "max_tokens": 77},
        vision={"name": "clip"},
        mode=HEAD,
        modes=(HEAD, ADAPTER, FULL),
        rates={HEAD: 1e-3, ADAPTER: 2e-4, FULL: 1e-5},
        epochs=_EPOCHS,
        fusion=CONCAT,
        pass_s=(0.1, 0.25),
    ),
}


def joint_preset(name: str, text: str = "", vision: str = "") -> JointPreset | None:
    """The recipe of a preset, of a hub model or of a folder; None for what is none of them.

    ``text`` and ``vision`` take the place of its encoders. A CLIP-like model gives both sides;
    any other is read as a BERT-like text encoder, beside the built-in one for pictures.
    """
    found = JOINT_PRESETS.get(name)
    if found is None and (hub.is_folder(name) or hub.is_hub_name(name)):
        found = _of_model(name)
    if found is not None and text:
        found = replace(found, text={"name": text, "max_tokens": 128})
    if found is not None and vision:
        found = replace(found, vision={"name": vision})
    return found


def _of_model(name: str) -> JointPreset | None:
    if not hub.is_here(name) or hub.is_dual(hub.config_of(name)):
        clip = JOINT_PRESETS["clip"]
        return replace(clip, text={**clip.text, "name": name}, vision={"name": name})
    if "model_type" not in hub.config_of(name):  # of no model of transformers
        return None
    pictures = {"name": "efficientnet-lite0", "image_size": 224}
    text = {"name": name, "max_tokens": 128}
    return replace(JOINT_PRESETS["classic"], text=text, vision=pictures, decay=True)
