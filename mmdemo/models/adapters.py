"""Low-rank adapters (Hu et al., "LoRA", 2021) through peft: put in, trained, and laid over the
weights, so that a checkpoint holds plain tensors and loading needs neither peft nor code."""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn

RANK = 16
_BERT_LAYER = re.compile(
    r"encoder\.layer\.(\d+)\.(attention\..*|intermediate\.dense|output\.dense)$"
)
_LAST_BLOCKS = re.compile(r"(blocks\.[56]\..*conv_pwl?|conv_head)$")


def text_targets(model: nn.Module) -> list[str]:
    """Names of the linear layers of a BERT-like model's transformer layers."""
    return [
        n for n, m in model.named_modules() if isinstance(m, nn.Linear) and _BERT_LAYER.search(n)
    ]


def vision_targets(model: nn.Module) -> list[str]:
    """Names of the 1x1 convolutions after the middle of an EfficientNet."""
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d) and module.groups == 1 and _LAST_BLOCKS.search(name)
    ]


def add_adapters(model: nn.Module, targets: list[str], rank: int = RANK) -> list[nn.Parameter]:
    """Put an adapter on each target, freeze the rest, return what is to be trained."""
    from peft import LoraConfig, inject_adapter_in_model  # seconds to import, and only for this

    # No dropout inside the adapters: drawing its chances took a third of every step on the CPU, and
    # the encoder's own dropout is there already.
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
    inject_adapter_in_model(config, model)
    model.requires_grad_(False)
    trained = [p for name, p in model.named_parameters() if "lora_" in name]
    for parameter in trained:
        parameter.requires_grad_(True)
    return trained


def open_weights(model: nn.Module, targets: list[str]) -> list[nn.Parameter]:
    """For full tuning: make the targets' own weights (and biases) trainable, freeze the rest."""
    model.requires_grad_(False)
    chosen = set(targets)
    trained = [
        p
        for name, module in model.named_modules()
        if name in chosen
        for p in module.parameters(recurse=False)
    ]
    for parameter in trained:
        parameter.requires_grad_(True)
    return trained


@torch.no_grad()
def tuned_weights(model: nn.Module, targets: list[str]) -> dict[str, Tensor]:
    """Key in the plain model's state -> the weight with its adapter added in."""
    chosen, out = set(targets), {}
    for name, module in model.named_modules():
        if name not in chosen:
            continue
        if hasattr(module, "get_delta_weight"):
            weight = module.base_layer.weight + module.get_delta_weight("default")
            out[f"{name}.weight"] = weight.detach().clone()
            continue
        for key, parameter in module.named_parameters(recurse=False):
            out[f"{name}.{key}"] = parameter.detach().clone()
    return out
