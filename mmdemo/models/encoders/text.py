"""Text encoders: any BERT-like transformers model, MiniLM by default."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

from ..one_thread import one_thread
from .base import TextBatch, Tokens, masked_mean
from .pretrained import UNREAD, load_tokenizer, load_whole

SMALL = 32 * 384  # word pieces times width up to which one thread is sooner done than several

# A bar for a load of half a second is noise, and `--json` callers read our streams.
transformers_logging.disable_progress_bar()


class BertTextEncoder(nn.Module):
    """A transformers encoder with mean pooling over real tokens, as all-MiniLM-L6-v2 was trained.

    Attention is computed the eager way: under the default scaled-dot-product path transformers 5
    returns no weights, and at sentence length the two are equally fast.
    ``recipe`` is how a checkpoint names the encoder; ``carried`` says that it holds every weight.
    """

    padding: bool | str = True  # to the longest sentence of a batch
    carried = False
    recipe: dict

    def __init__(self, model: nn.Module, tokenizer, name: str, max_tokens: int = 128) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.name = name
        self.width: int = model.config.hidden_size
        self.max_tokens = min(max_tokens, model.config.max_position_embeddings)
        self.mask_id: int | None = tokenizer.mask_token_id
        self.recipe = {"name": name, "max_tokens": self.max_tokens}

    @classmethod
    def from_folder(cls, folder: Path | str, name: str, max_tokens: int = 128) -> BertTextEncoder:
        """Load weights (safetensors only) and tokenizer from a local folder."""
        model = load_whole(folder, UNREAD, "eager")
        return cls(model.eval(), load_tokenizer(folder), name, max_tokens)

    @classmethod
    def from_config(cls, folder: Path | str, name: str, max_tokens: int = 128) -> BertTextEncoder:
        """The same architecture with random weights (tests and benchmarks)."""
        config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
        model = AutoModel.from_config(config, attn_implementation="eager")
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        return cls(model.eval(), tokenizer, name, max_tokens)

    def tokenize(self, texts: list[str]) -> TextBatch:
        """Cut sentences into word pieces, at most ``max_tokens`` each with the special tokens."""
        out = self.tokenizer(
            texts,
            padding=self.padding,
            truncation=True,
            max_length=self.max_tokens,
            return_offsets_mapping=True,
            return_overflowing_tokens=False,
            return_tensors="pt",
        )
        mask = out["attention_mask"].bool()
        offsets = tuple(tuple((int(a), int(b)) for a, b in row) for row in out["offset_mapping"])
        ends = [max((b for _, b in row), default=0) for row in offsets]
        unknown_id = self.tokenizer.unk_token_id
        real = mask & (out["offset_mapping"][..., 1] > 0)
        unknown = ((out["input_ids"] == unknown_id) & real).sum(1) / real.sum(1).clamp(min=1)
        return TextBatch(
            ids=out["input_ids"],
            mask=mask,
            offsets=offsets,
            truncated=tuple(
                end < len(text.rstrip()) and int(m.sum()) >= self.max_tokens
                for end, text, m in zip(ends, texts, mask, strict=True)
            ),
            unknown=tuple(float(u) for u in unknown),
        )

    def forward(self, ids: Tensor, mask: Tensor, attention: bool = False) -> Tokens:
        """(n, t) ids -> Tokens; with ``attention`` one (n, heads, t, t) tensor per layer.

        With ``attention`` the input embeddings ask for gradients, so that the weights carry one
        even where every parameter is frozen.
        """
        embeds = self.model.get_input_embeddings()(ids)
        if attention:
            embeds = embeds.detach().requires_grad_(True)
        with one_thread(ids.numel() * self.width <= SMALL):
            out = self.model(
                inputs_embeds=embeds, attention_mask=mask.long(), output_attentions=attention
            )
        features = out.last_hidden_state
        maps = tuple(out.attentions) if attention else ()
        return Tokens(features, mask, masked_mean(features, mask), maps)
