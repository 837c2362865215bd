"""The recurrent net: layers of one cell in one direction or both, a read-out, a linear head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from seqpipe.config import FrameRecurrentConfig, RecurrentConfig
from seqpipe.models.nets.bptt import WAYS, unrolled
from seqpipe.models.nets.cells import CELLS, CellName, State, first_state, gate_weights, unfolded
from seqpipe.models.nets.fused import at_once
from seqpipe.models.nets.truncation import TRUNCATIONS


class RecurrentLayer(nn.Module):
    """One layer that reads x (B, T, D) from first to last and gives h (B, T, H).

    Attributes:
        weights: torch's layer, which holds the parameters whatever computes with them.
        recorded: Where it is a list, the layer is unfolded and leaves the states of its steps there, to be asked for
            their gradients.
    """

    def __init__(self, size: int, cell: CellName, config: FrameRecurrentConfig) -> None:
        super().__init__()
        self.cell = CELLS[cell]
        self.weights = self.cell.fused(size, config.hidden, batch_first=True)
        self.recorded: list[State] | None = None
        self._fused = config.implementation == "fused"
        self._truncate, self._truncated = config.truncate, TRUNCATIONS[config.truncate_by]

    @property
    def plain(self) -> bool:
        """Whether it reads by torch's layer, the whole clip at once."""
        return self._fused and self._truncate is None and self.recorded is None

    def forward(self, x: Tensor) -> Tensor:
        state = first_state(self.cell, x, self.weights.hidden_size)
        run = self._fused_run if self._fused and self.recorded is None else self._unfolded_run
        # What is recorded is asked for all of its gradient.
        if self._truncate is None or self.recorded is not None:
            return run(x, state)[0]
        return self._truncated(run, x, state, self._truncate)

    def _fused_run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        # torch keeps an axis for layers and directions; an LSTM's state is a pair, another's a single tensor.
        given = tuple(part[None] for part in state)
        h, after = self.weights(x, given if len(given) > 1 else given[0])
        return h, tuple(part[0] for part in (after if len(given) > 1 else (after,)))

    def _unfolded_run(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        states = unfolded(self.cell, x, state, gate_weights(self.cell, self.weights))
        if self.recorded is not None:
            self.recorded += states
        return torch.stack([of[0] for of in states], dim=1), states[-1]


class RecurrentNet(nn.Module):
    """Reads x (B, T, D) with mask (B, T) and gives logits (B, K), or (B, T, K) where each step is answered or read out.

    Its read-out is settled: ``auto`` asks for the data (`seqpipe.models.recurrent.settled`). Real frames come first;
    what lies behind them is never read, in either direction. With layers on top of each other each reads what all
    directions of the one below it say. Of V ``tokens`` x (B, T, 1) has the numbers, 0 to V - 1; each is read as a
    vector that is learned.
    """

    def __init__(self, size: int, classes: int, cell: CellName, config: FrameRecurrentConfig, tokens: int = 0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, config.embedding) if tokens else None
        self.size = size = config.embedding if tokens else size
        if isinstance(config, RecurrentConfig) and config.readout == "auto":
            raise ValueError("the read-out is auto; expected what it was settled to")
        # Without a read-out each step is answered.
        self._readout = config.readout if isinstance(config, RecurrentConfig) else "every"
        directions = 2 if config.bidirectional else 1
        width = directions * config.hidden
        sizes = [size, *[width] * (config.layers - 1)]
        self.layers = nn.ModuleList(
            nn.ModuleList(RecurrentLayer(below, cell, config) for _ in range(directions)) for below in sizes
        )
        self.attention = nn.Linear(width, 1) if self._readout == "attention" else None
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(width, classes)
        if cell == "lstm":
            self._open_forget_gates(config.hidden)

    @property
    def directions(self) -> list[list[RecurrentLayer]]:
        """The layers by direction, each from the bottom up."""
        return [list(stack) for stack in zip(*self.layers, strict=True)]

    def _open_forget_gates(self, hidden: int) -> None:
        """Begins with gates that keep (Jozefowicz et al., ICML 2015): long clips are learned from the first epoch."""
        for name, bias in self.layers.named_parameters():
            if "bias_ih" in name:
                nn.init.ones_(bias[hidden : 2 * hidden])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(1)
        longest = int(lengths.max())  # the rest of the batch is behind all clips
        frames = self._frames(self._read(x[:, :longest]), lengths)  # (B, T, width)
        if self._readout == "every":
            by_step: Tensor = self.head(self.dropout(frames))
            return pad(by_step, (0, 0, 0, x.shape[1] - longest))
        read = self._last(frames, lengths) if self._readout == "last" else self._mean(frames, mask[:, :longest])
        logits: Tensor = self.head(self.dropout(read))
        return logits

    def _read(self, x: Tensor) -> Tensor:
        """The steps as vectors."""
        return x if self.embedding is None else self.embedding(x[..., 0].long())

    def _frames(self, x: Tensor, lengths: Tensor) -> Tensor:
        """What the topmost layer says of each frame, its directions side by side."""
        for number, ways in enumerate(zip(*self.directions, strict=True)):
            x = _frames_of(ways, self.dropout(x) if number else x, lengths)
        return x

    def _last(self, frames: Tensor, lengths: Tensor) -> Tensor:
        """What each direction says once it has read all: of the frame that it reads last."""
        hidden = frames.shape[-1] // len(self.directions)
        first, last = (
            frames[:, 0, hidden:],
            frames[torch.arange(len(frames), device=frames.device), lengths - 1, :hidden],
        )
        return torch.cat([last, first], dim=-1)

    def _mean(self, frames: Tensor, mask: Tensor) -> Tensor:
        """The mean over the real frames, weighted where there is attention."""
        return (self._weights(frames, mask)[..., None] * frames).sum(1)

    def _weights(self, frames: Tensor, mask: Tensor) -> Tensor:
        """How much each real frame counts, (B, T), one in all."""
        if self.attention is None:
            return mask / mask.sum(1, keepdim=True)
        scores = self.attention(frames)[..., 0].masked_fill(~mask, float("-inf"))
        return scores.softmax(dim=1)


def _frames_of(ways: Sequence[RecurrentLayer], x: Tensor, lengths: Tensor) -> Tensor:
    """What the directions of a layer say of each frame, side by side.

    On the CPU they are computed together, by one call of torch's; but in training an RNN and a GRU by `bptt`, and an
    LSTM of clips of several lengths a direction at a time: packed, torch computes and records it step by step, a third
    as quick. cuDNN asks for the weights of a call in one piece, which they are by direction alone.
    """
    layers = [way.weights for way in ways]
    together = all(way.plain for way in ways) and not x.is_cuda
    learning = together and torch.is_grad_enabled()
    by_bptt = learning and layers[0].mode in WAYS
    if together and not by_bptt and not (learning and bool((lengths < x.shape[1]).any())):
        return at_once(layers, x, lengths)
    # Nothing that stands behind a clip reaches a state, whatever it is.
    x = x.masked_fill((torch.arange(x.shape[1], device=x.device) >= lengths[:, None])[..., None], 0.0)
    read = [x, turned(x, lengths)] if len(ways) > 1 else [x]
    said = unrolled(layers, read) if by_bptt else [way(of) for way, of in zip(ways, read, strict=True)]
    return torch.cat([said[0], *(turned(of, lengths) for of in said[1:])], dim=-1)


def turned(x: Tensor, lengths: Tensor) -> Tensor:
    """The real frames of x (B, T, D) from last to first; what lies behind them stays behind them."""
    order = (lengths[:, None] - 1 - torch.arange(x.shape[1], device=x.device)).clamp(min=0)  # (B, T)
    return x.gather(1, order[..., None].expand_as(x))
