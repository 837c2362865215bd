"""The encoder-decoder: what is read becomes a sentence, token by token."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from seqpipe.config import DecoderConfig
from seqpipe.generation.base import OfRow, Stepped
from seqpipe.models.nets.attention import AdditiveAttention
from seqpipe.models.nets.source import LAYERS, SourceEncoder, State

Where = Literal["init", "par", "merge", "attention"]


class Speaking(NamedTuple):
    """Where a decoder is in its sentences: all that the next token depends on, rows first.

    Attributes:
        lower, upper: What its layers remember; of the upper one nothing where there is none.
        seen: What it speaks of (`Source`), and ``keys`` (B, S, A) of the places that it may look at; (B, 0) where it
            does not look.
    """

    lower: State
    upper: State
    seen: OfRow


class EncoderDecoder(nn.Module):
    """Says of x (B, S, D) with mask (B, S), real steps first, a sentence of V different tokens.

    ``where`` the decoder is told what it speaks of:

    - ``init``: it begins with it (Sutskever et al., NeurIPS 2014).
    - ``par``: it reads it at each step, beside the token (LRCN, Donahue et al., CVPR 2015); ``factored``, a first layer
      reads the tokens alone.
    - ``merge``: behind the recurrent layer, which reads tokens alone (Tanti et al., NLE 2018).
    - ``attention``: at each step it looks at the places that matter now (Bahdanau et al., ICLR 2015). As in a
      conditional recurrent layer (Sennrich et al., Nematus, EACL 2017) what asks is the state of a first layer, which
      has read the token, and a second one reads that with what was seen; but the first one is not told what the second
      remembers, so that in training no step waits for the one before it.
    """

    def __init__(
        self,
        size: int,
        vocabulary: int,
        where: Where,
        config: DecoderConfig,
        ordered: bool,
        tokens: int = 0,
        places: int = 1,
    ) -> None:
        """``size``: numbers of a step of x; ``ordered``: whether steps follow each other; ``tokens``: their kinds.

        ``places``: how many there are of each sample, where they are looked at and do not follow each other.
        """
        super().__init__()
        self.where = where
        self.encoder = SourceEncoder(size, tokens, config.embedding, config.hidden, config.cell, ordered, places)
        told, hidden = self.encoder.size, config.hidden
        self.embedding = nn.Embedding(vocabulary, config.embedding)
        self.dropout = nn.Dropout(config.dropout)
        reads_told = where == "par" and not config.factored
        self.lower = _layer(config, config.embedding + (told if reads_told else 0))
        two = where == "attention" or (where == "par" and config.factored)
        self.upper = _layer(config, hidden + told) if two else None
        begins = where in ("init", "attention")
        self.begin = nn.Linear(told, hidden) if begins else None
        self.attention = AdditiveAttention(hidden, told, config.attention) if where == "attention" else None
        self.readout = nn.Linear(hidden + (told if where in ("merge", "attention") else 0), config.embedding)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        self.scores = None if config.tied else nn.Linear(config.embedding, vocabulary, bias=False)
        nn.init.normal_(self.embedding.weight, std=config.embedding**-0.5)  # tied, it also scores

    def forward(self, x: Tensor, mask: Tensor, said: Tensor) -> Tensor:
        """Logits (B, L, V) of what comes behind each of the tokens ``said`` (B, L), the true ones."""
        logits, _, _ = self._say(said, self.begun(x, mask))
        return logits

    def begun(self, x: Tensor, mask: Tensor) -> Speaking:
        """Where it is before the first token."""
        source = self.encoder(x, mask, self.dropout)
        empty = source.summary.new_zeros(len(x), self.lower.hidden_size)
        h = empty if self.begin is None else torch.tanh(self.begin(source.summary))
        cells = 2 if isinstance(self.lower, nn.LSTM) else 1
        upper = (empty,) * cells if self.upper is not None else ()
        keys = empty[:, :0] if self.attention is None else self.attention.keys(source.places)
        return Speaking((h, *(empty,) * (cells - 1)), upper, OfRow((source, keys)))

    def step(self, said: Tensor, speaking: Speaking) -> Stepped:
        """What comes behind the tokens (B,) that were said last."""
        logits, after, weights = self._say(said[:, None], speaking)
        return Stepped(logits[:, 0].log_softmax(-1), after, None if weights is None else weights[:, 0])

    def _say(self, said: Tensor, speaking: Speaking) -> tuple[Tensor, Speaking, Tensor | None]:
        """Logits (B, L, V), where it is then, and what it looked at (B, L, S)."""
        (source, keys), weights, upper = speaking.seen.value, None, speaking.upper
        words = self.dropout(self.embedding(said))
        told = self.dropout(source.summary)[:, None].expand(-1, said.shape[1], -1)
        reads = torch.cat([words, told], -1) if self.where == "par" and self.upper is None else words
        top, lower = _read(self.lower, reads, speaking.lower)
        if self.attention is not None:
            told, weights = self.attention(top, source.places, keys, source.real)
        if self.upper is not None:
            top, upper = _read(self.upper, torch.cat([top, told], -1), upper)
        behind = torch.cat([top, told], -1) if self.where in ("merge", "attention") else top
        read = torch.tanh(self.readout(self.dropout(behind)))
        by = self.embedding.weight if self.scores is None else self.scores.weight
        logits = linear(self.dropout(read), by, self.bias)
        return logits, speaking._replace(lower=lower, upper=upper), weights


def _layer(config: DecoderConfig, size: int) -> nn.RNNBase:
    return LAYERS[config.cell](size, config.hidden, batch_first=True)


def _read(layer: nn.RNNBase, x: Tensor, state: State) -> tuple[Tensor, State]:
    """What a layer says of x (B, L, D) behind this state, and its state then; torch keeps an axis for layers."""
    given = tuple(part[None].contiguous() for part in state)
    h, after = layer(x, given if len(given) > 1 else given[0])
    return h, tuple(part[0] for part in (after if len(given) > 1 else (after,)))
