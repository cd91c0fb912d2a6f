import pytest
import torch

from mmdemo.models.encoders import Tokens
from mmdemo.models.encoders.base import masked_mean
from mmdemo.models.fusion import ConcatHead, CrossAttentionHead, build_head

WIDTHS = {"text": 6, "vision": 10}


def tokens(n, t, d, seed=0, mask=None):
    features = torch.randn(n, t, d, generator=torch.Generator().manual_seed(seed))
    mask = torch.ones(n, t, dtype=torch.bool) if mask is None else mask
    return Tokens(features, mask, masked_mean(features, mask))


def test_concat_is_exactly_the_published_formula():
    head = ConcatHead(WIDTHS, classes=3, width=4)
    text, vision = tokens(2, 5, 6), tokens(2, 9, 10, seed=1)
    w_t, w_v = head.project["text"].weight, head.project["vision"].weight
    by_hand = torch.stack([
        head.classify.weight
        @ torch.cat([torch.tanh(w_t @ text.pooled[i]), torch.tanh(w_v @ vision.pooled[i])])
        for i in range(2)
    ])  # fmt: skip
    torch.testing.assert_close(head({"text": text, "vision": vision}).logits, by_hand)
    assert {name for name, _ in head.named_parameters()} == {
        "project.text.weight", "project.vision.weight", "classify.weight",
    }  # fmt: skip


def test_concat_reads_a_missing_modality_as_zero():
    head = ConcatHead(WIDTHS, classes=3, width=4)
    text = tokens(2, 5, 6)
    hidden = tokens(2, 9, 10, mask=torch.zeros(2, 9, dtype=torch.bool))
    alone = head({"text": text}).logits
    torch.testing.assert_close(head({"text": text, "vision": hidden}).logits, alone)
    half = head.classify.weight[:, :4] @ torch.tanh(head.project["text"].weight @ text.pooled[0])
    torch.testing.assert_close(alone[0], half)


def test_cross_attention_returns_weights_that_sum_to_one_and_skip_hidden_tokens():
    head = CrossAttentionHead(WIDTHS, 3, width=8, layers=2, heads=2).eval()
    mask = torch.tensor([[True, True, False], [True, False, False]])
    fused = head({"text": tokens(2, 3, 6, mask=mask), "vision": tokens(2, 4, 10)})
    assert fused.spans == {"text": (1, 4), "vision": (4, 8)}
    assert [a.shape for a in fused.attention] == [(2, 2, 8, 8)] * 2
    torch.testing.assert_close(fused.attention[0].sum(-1), torch.ones(2, 2, 8))
    assert fused.attention[0][0, :, :, 3].max() == 0
    assert fused.attention[0][1, :, :, 2:4].max() == 0


def test_hidden_tokens_do_not_change_the_answer():
    head = CrossAttentionHead(WIDTHS, 3, width=8, layers=2, heads=2).eval()
    text, vision = tokens(1, 3, 6), tokens(1, 4, 10)
    gone = vision._replace(mask=torch.zeros(1, 4, dtype=torch.bool))
    torch.testing.assert_close(
        head({"text": text, "vision": gone}).logits, head({"text": text}).logits
    )


def test_attention_is_in_the_graph():
    head = CrossAttentionHead(WIDTHS, 3, width=8, layers=2, heads=2).eval()
    fused = head({"text": tokens(1, 3, 6), "vision": tokens(1, 4, 10)})
    gradients = torch.autograd.grad(fused.logits[0, 1], fused.attention)
    assert all(g.abs().sum() > 0 for g in gradients)


def test_modality_dropout_hides_only_one_of_two_and_only_in_training():
    head = CrossAttentionHead(WIDTHS, 3, width=8, layers=1, heads=2, modality_dropout=1.0)
    masks = [torch.ones(50, 3, dtype=torch.bool), torch.ones(50, 4, dtype=torch.bool)]
    masks[1][0] = False  # the first sample has text only: nothing may be taken from it
    text, vision = head.train()._drop_modality(masks)
    assert text[0].all()
    seen = text.any(1)[1:].int() + vision.any(1)[1:].int()
    assert (seen == 1).all()
    assert 5 < int(text.any(1)[1:].sum()) < 45
    text, vision = head.eval()._drop_modality(masks)
    assert text.all()
    assert vision[1:].all()


def test_a_third_modality_needs_only_its_width():
    head = CrossAttentionHead({**WIDTHS, "voice": 5}, 3, width=8, layers=1, heads=2).eval()
    fused = head({"voice": tokens(1, 2, 5), "text": tokens(1, 3, 6)})
    assert fused.spans == {"text": (1, 4), "voice": (4, 6)}


def test_build_head_knows_its_options_again():
    head = CrossAttentionHead(WIDTHS, 3, width=8, layers=1, heads=2, dropout=0.2)
    again = build_head(head.options, WIDTHS, 3)
    again.load_state_dict(head.state_dict())
    assert again.options == head.options


def test_an_unknown_head_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'sum'.*concat, cross-attention"):
        build_head({"kind": "sum"}, WIDTHS, 3)
