"""What a decoder speaks of: vectors, places or tokens, read once."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor, nn

from seqpipe.models.nets.recurrent import turned

NEIGHBOURS = 3
"""Side of the square around a place that is read with it, in places."""
LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU}
State: TypeAlias = tuple[Tensor, ...]
"""What a layer remembers, each (B, H): h first; of an LSTM C as well."""


class Source(NamedTuple):
    """What was read of B samples.

    Attributes:
        summary: (B, E), all of it as one vector.
        places: (B, S, E), its steps, or places, by themselves.
        real: (B, S) bool, those that are there.
    """

    summary: Tensor
    places: Tensor
    real: Tensor


class SourceEncoder(nn.Module):
    """Reads x (B, S, D) with mask (B, S), real steps first; its summary has ``size`` numbers, as each of its places.

    Steps in an order, and tokens, are read by a recurrent layer in both directions: the summary is what each direction
    says once it has read all. Vectors without an order are projected one by one, and the summary is their mean. Where
    they are the places of a map, each is read with its neighbours, for what it shows is seldom in one place, and with a
    bias of its own, by which it is known where it is (as the position embeddings of Gehring et al., ICML 2017).
    """

    def __init__(
        self, size: int, tokens: int, embedding: int, hidden: int, cell: str, ordered: bool, places: int = 1
    ) -> None:
        """``size``: numbers of a step; ``tokens``: how many different ones there are, 0: x are vectors.

        ``places``: how many there are of each sample where they have no order; more than one are a square map's, row
        by row.
        """
        super().__init__()
        self.size = 2 * hidden if ordered else hidden
        self.embedding = nn.Embedding(tokens, embedding) if tokens else None
        size = embedding if tokens else size
        ways = [LAYERS[cell](size, hidden, batch_first=True) for _ in range(2)] if ordered else []
        self.ways = nn.ModuleList(ways)
        self.side = isqrt(places)
        beside = places > 1
        self.project = None if ordered else nn.Conv2d(size, self.size, NEIGHBOURS if beside else 1, padding="same")
        self.where = nn.Parameter(torch.zeros(places, self.size)) if beside and not ordered else None

    def forward(self, x: Tensor, mask: Tensor, dropout: nn.Module) -> Source:
        longest = int(mask.sum(1).max())
        x, mask = x[:, :longest], mask[:, :longest]
        x = dropout(x if self.embedding is None else self.embedding(x[..., 0].long()))
        x = x.masked_fill(~mask[..., None], 0.0)  # nothing that stands behind a sample reaches what is read
        return self._in_order(x, mask) if self.project is None else self._each(x, mask)

    def _each(self, x: Tensor, mask: Tensor) -> Source:
        assert self.project is not None
        seen = x.transpose(1, 2).unflatten(2, (self.side, -1))  # (B, D, side, S / side)
        read = self.project(seen).flatten(2).transpose(1, 2)
        places = torch.tanh(read if self.where is None else read + self.where) * mask[..., None]
        return Source(places.sum(1) / mask.sum(1, keepdim=True), places, mask)

    def _in_order(self, x: Tensor, mask: Tensor) -> Source:
        lengths = mask.sum(1)
        forth, back = self.ways
        read = torch.cat([forth(x)[0], turned(back(turned(x, lengths))[0], lengths)], dim=-1) * mask[..., None]
        hidden = self.size // 2
        last = read[torch.arange(len(x), device=x.device), lengths - 1, :hidden]
        return Source(torch.cat([last, read[:, 0, hidden:]], dim=-1), read, mask)
