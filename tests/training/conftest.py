"""What several tests of training need."""

import pytest
import torch

from mmdemo.models.encoders import BertTextEncoder, build_vision_encoder
from mmdemo.models.matcher import Matcher, MatcherConfig
from tests.models.tiny import tiny_text_folder


@pytest.fixture
def matcher(tmp_path) -> Matcher:
    """A tiny text encoder and the packaged picture encoder, projections by chance."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    text = BertTextEncoder.from_folder(tiny_text_folder(tmp_path / "words"), "tiny")
    config = {"text_encoder": {"name": "x"}, "vision_encoder": {}, "width": 16, "hidden": 8}
    return Matcher(MatcherConfig.from_dict(config), text, build_vision_encoder(image_size=64))
