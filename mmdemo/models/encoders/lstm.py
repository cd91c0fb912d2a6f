"""A bidirectional LSTM over words, trained from random weights with a vocabulary of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .base import TextBatch, Tokens, masked_mean

PAD, UNKNOWN = 0, 1  # ids before those of the words
MOST_WORDS = 20_000
# A word, a sign of a script written without blanks, or a punctuation mark.
_PIECE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|\w+(?:['’]\w+)*|[^\w\s]")


def pieces(text: str) -> list[tuple[str, int, int]]:
    """(lower-cased word, start, end) of every word and mark of a text."""
    return [(m.group().casefold(), *m.span()) for m in _PIECE.finditer(text)]


def build_vocabulary(texts: Iterable[str], most: int = MOST_WORDS) -> list[str]:
    """Words of the training texts, the most frequent first, ties in alphabetical order."""
    counts = Counter(word for text in texts for word, _, _ in pieces(text))
    return [w for w, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]]


class BiLstmEncoder(nn.Module):
    """Word embeddings, one bidirectional LSTM layer; H_t is the mean over the words' states."""

    def __init__(
        self,
        vocabulary: Sequence[str],
        width: int = 256,
        embedding: int = 128,
        max_tokens: int = 128,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        if width % 2:
            raise ValueError(f"width {width} must be even: half for each direction")
        self.name, self.carried = "bilstm", True
        self.width, self.max_tokens = width, max_tokens
        self.mask_id = UNKNOWN
        self.numbers = {word: i for i, word in enumerate(vocabulary, start=UNKNOWN + 1)}
        if len(self.numbers) != len(vocabulary):
            raise ValueError("the vocabulary names a word twice")
        self.embed = nn.Embedding(len(vocabulary) + 2, embedding, padding_idx=PAD)
        self.lstm = nn.LSTM(embedding, width // 2, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.recipe = {
            "name": "bilstm", "vocabulary": list(vocabulary), "width": width,
            "embedding": embedding, "max_tokens": max_tokens, "dropout": dropout,
        }  # fmt: skip

    def tokenize(self, texts: list[str]) -> TextBatch:
        """Cut sentences into words, at most ``max_tokens`` each; unknown ones share one id."""
        cut = [pieces(text) for text in texts]
        length = max(1, min(self.max_tokens, max((len(row) for row in cut), default=1)))
        ids = torch.full((len(texts), length), PAD)
        for i, row in enumerate(cut):
            numbers = [self.numbers.get(word, UNKNOWN) for word, _, _ in row[:length]]
            ids[i, : len(numbers)] = torch.tensor(numbers, dtype=torch.long)
        real = (ids != PAD).sum(1)
        unknown = (ids == UNKNOWN).sum(1) / real.clamp(min=1)
        spare = ((0, 0),) * length
        return TextBatch(
            ids=ids,
            mask=ids != PAD,
            offsets=tuple((tuple((a, b) for _, a, b in row) + spare)[:length] for row in cut),
            truncated=tuple(len(row) > self.max_tokens for row in cut),
            unknown=tuple(unknown.tolist()),
        )

    def forward(self, ids: Tensor, mask: Tensor, attention: bool = False) -> Tokens:
        """(n, t) ids -> Tokens. With ``attention`` the embeddings ask for gradients, so that the
        states carry one where every weight is frozen; there is no attention to return."""
        embedded = self.embed(ids)
        if attention:
            embedded = embedded.detach().requires_grad_(True)
        # a row without words still takes one step, and is masked out
        lengths = mask.sum(1).clamp(min=1).cpu()
        packed = pack_padded_sequence(
            self.dropout(embedded), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = self.lstm(packed)
        features, _ = pad_packed_sequence(states, batch_first=True, total_length=ids.shape[1])
        features = self.dropout(features)
        return Tokens(features, mask, masked_mean(features, mask))
