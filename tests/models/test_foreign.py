"""What a stranger's config may claim: as much as its weights hold, checked without building it."""

import copy
import json

import pytest

from mmdemo.config import Limits
from mmdemo.errors import CheckpointError
from mmdemo.models.core import Core
from mmdemo.models.encoders import CnnEncoder, VggEncoder
from mmdemo.models.encoders.bert import load_bert
from mmdemo.models.encoders.lstm import BiLstmEncoder
from mmdemo.models.foreign import check_claims, check_config


@pytest.fixture
def core(tmp_path):
    return Core(tmp_path / "checkpoints", tmp_path / "cache", Limits())


def claimed(text, vision):
    """config.json and weights of a classifier that carries both encoders."""
    config = {"labels": ["a", "b"], "text_encoder": text.recipe, "vision_encoder": vision.recipe,
              "fusion": {"kind": "concat"}}  # fmt: skip
    state = {f"text.{k}": v for k, v in text.state_dict().items()}
    state |= {f"vision.{k}": v for k, v in vision.state_dict().items()}
    return json.loads(json.dumps(config)), state


def test_carried_encoders_pass_and_puffed_up_ones_do_not(core, text_folder):
    words, pictures = BiLstmEncoder(["a", "b"]), VggEncoder([8, "M", 16, "M"], image_size=32)
    for text, vision, where, puffed in (
        (load_bert(text_folder, None), CnnEncoder(), ("text_encoder", "architecture"),
         {"hidden_size": 16384, "intermediate_size": 65536}),
        (words, pictures, ("text_encoder",), {"width": 4000, "embedding": 200_000}),
        (words, pictures, ("vision_encoder",), {"layers": [60_000, 60_000, "M"]}),
    ):  # fmt: skip
        config, state = claimed(text, vision)
        check_config(config, core)
        check_claims(config, state)
        part = large = copy.deepcopy(config)
        for key in where:
            part = part[key]
        part.update(puffed)
        with pytest.raises(CheckpointError, match="far larger"):
            check_claims(large, state)


@pytest.mark.parametrize(
    ("side", "change"),
    [
        ("text_encoder", {"name": "/home/somebody/model"}), ("text_encoder", {"name": "../model"}),
        ("text_encoder", {"name": ["minilm"]}), ("vision_encoder", {"image_size": 10**6}),
        ("vision_encoder", {"channels": [1] * 5000}), ("text_encoder", {"n_layers": 10**6}),
        ("text_encoder", {"width": 10**9}),
    ],
)  # fmt: skip
def test_what_no_model_needs_is_refused(core, side, change):
    config, _ = claimed(BiLstmEncoder(["a"]), CnnEncoder())
    check_config(config, core)
    config[side] |= change
    with pytest.raises(CheckpointError):
        check_config(config, core)


def test_a_matcher_cannot_claim_tables_beyond_reason(core):
    config, _ = claimed(BiLstmEncoder(["a"]), CnnEncoder())
    for key in ("names", "references"):
        check_config({**config, key: 6000}, core)
        with pytest.raises(CheckpointError, match=f"Its {key} is a number beyond"):
            check_config({**config, key: 10**6}, core)
