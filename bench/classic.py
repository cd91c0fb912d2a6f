"""The classic pair of the field, for comparison: BERT-base and VGG16, fused by concatenation.

Shapes as published, weights random: time does not depend on their values, and nothing is fetched.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import vgg16
from transformers import BertConfig, BertModel

from mmdemo.models.encoders.base import Tokens, full_mask, masked_mean
from mmdemo.models.fusion import ConcatHead

SIDE = 224
# ImageNet mean and deviation, as torchvision's VGG16 expects
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class ClassicPair(nn.Module):
    """F = W_fc [tanh(W_t H_t); tanh(W_v V_v)] over BERT-base (768) and VGG16 (512, 7x7)."""

    def __init__(self, tokenizer, classes: int = 7) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        config = BertConfig(vocab_size=max(28996, len(tokenizer)))  # 28,996: bert-base-cased
        self.text = BertModel(config, add_pooling_layer=False)
        self.vision = vgg16(weights=None).features
        self.head = ConcatHead({"text": 768, "vision": 512}, classes)
        self.eval()

    @torch.inference_mode()
    def answer(self, text: str, picture: Image.Image) -> Tensor:
        """One sentence and one picture -> (7,) probabilities."""
        batch = self.tokenizer([text], return_tensors="pt")
        mask = batch["attention_mask"].bool()
        features = self.text(batch["input_ids"], batch["attention_mask"]).last_hidden_state
        words = Tokens(features, mask, masked_mean(features, mask))
        grid = self.vision(self._pixels(picture)).flatten(2).transpose(1, 2)  # (1, 49, 512)
        patches = Tokens(grid, full_mask(grid), grid.mean(1))
        return self.head({"text": words, "vision": patches}).logits.softmax(-1)[0]

    def _pixels(self, picture: Image.Image) -> Tensor:
        array = np.asarray(picture.convert("RGB").resize((SIDE, SIDE)))
        pixels = torch.from_numpy(array.copy()).permute(2, 0, 1)[None].float() / 255
        return (pixels - MEAN) / DEVIATION
