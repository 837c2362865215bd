"""Nets whose answers are known, and decoding of one row in plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seqpipe.generation.base import GenerationRules, Marks, Stepped

BEGIN, END = 0, 1
MARKS = Marks(BEGIN, END, (BEGIN,))
RULES = GenerationRules(
    sampling="beam", beam=3, length_normalisation=0.7, no_repeat=0, max_length=4, temperature=1.0
)  # fmt: skip
STATES = 211


@dataclass(frozen=True)
class TableNet:
    """p of a token by a table, at a place that follows from all tokens before: equal to the bit however it is asked."""

    table: Tensor
    looked: Tensor

    @classmethod
    def drawn(cls, seed: int, vocabulary: int, *, ties: bool = False) -> TableNet:
        """With ``ties`` log-probabilities are whole, so that many sums are equal, and some tokens impossible."""
        generator = torch.Generator().manual_seed(seed)
        table = (2 * torch.randn(STATES, vocabulary, dtype=torch.float64, generator=generator)).log_softmax(-1)
        if ties:
            table = table.round().clamp(min=-3.0)
            table[(table == -3.0) & (torch.rand(table.shape, generator=generator) < 0.3)] = -torch.inf
            table[:, END] = table[:, END].clamp(min=-3.0)
        return cls(table, torch.rand(STATES, 5, generator=generator))

    def start(self, rows: int, seed: int) -> Tensor:
        return torch.randint(STATES, (rows,), generator=torch.Generator().manual_seed(seed))

    def __call__(self, tokens: Tensor, state: Tensor) -> Stepped:
        state = (state * 31 + tokens * 7 + 1) % STATES
        return Stepped(self.table[state], state, self.looked[state])


@dataclass(frozen=True)
class SmallNet:
    """h' = tanh(W h + e), p = softmax(U h'), with all the containers that a state may have."""

    w: Tensor
    e: Tensor
    u: Tensor

    @classmethod
    def drawn(cls, seed: int, vocabulary: int) -> SmallNet:
        generator = torch.Generator().manual_seed(seed)
        sizes = ((6, 6), (vocabulary, 6), (6, vocabulary))
        return cls(*(1.5 * torch.randn(size, dtype=torch.float64, generator=generator) for size in sizes))

    def start(self, rows: int, seed: int) -> dict[str, object]:
        h = torch.randn(rows, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        return {"h": (h,), "shown": [h.cos(), None]}

    def __call__(self, tokens: Tensor, state: dict) -> Stepped:
        h = torch.tanh(state["h"][0] @ self.w + self.e[tokens] + state["shown"][0])
        return Stepped((h @ self.u).log_softmax(-1), {**state, "h": (h,)}, h.softmax(-1))


Ask = Callable[[tuple[int, ...]], list[float]]


def asker(net: Callable[..., Stepped], state: object) -> Ask:
    """log p of each token behind a prefix, of the one row of a state, asked anew from its beginning."""

    def ask(prefix: tuple[int, ...]) -> list[float]:
        stepped, now = None, state
        for token in (BEGIN, *prefix):
            stepped = net(torch.tensor([token]), now)
            now = stepped.state
        return stepped.log_p[0].tolist()

    return ask


def possible(ask: Ask, prefix: tuple[int, ...], rules: GenerationRules, marks: Marks = MARKS) -> dict[int, float]:
    """log p of each token that may follow a prefix."""
    n = rules.no_repeat
    runs = {prefix[i : i + n] for i in range(len(prefix) - n + 1)} if n else set()
    tail = prefix[len(prefix) - n + 1 :] if n > 1 else ()
    told = {v: p for v, p in enumerate(ask(prefix)) if v not in marks.forbidden and p > -float("inf")}
    return {v: p for v, p in told.items() if not n or len(prefix) < n - 1 or (*tail, v) not in runs}


@dataclass(frozen=True)
class Plain:
    tokens: tuple[int, ...]
    log_p: float
    ended: bool = False

    def score(self, rules: GenerationRules) -> float:
        return self.log_p / (len(self.tokens) + self.ended) ** rules.length_normalisation


def closed(ask: Ask, sentence: Plain, rules: GenerationRules) -> Plain:
    """A sentence of the most tokens: ended where the end is the likeliest that may come, else cut."""
    told = possible(ask, sentence.tokens, rules)
    best = max(told, key=lambda v: (sentence.log_p + told[v], -v))
    return replace(sentence, log_p=sentence.log_p + told[END], ended=True) if best == END else sentence


def plain_beam_search(ask: Ask, rules: GenerationRules) -> list[Plain]:
    """What `beam_search` promises, of one row, without an early stop."""
    live, over = [Plain((), 0.0)], []
    for _ in range(rules.max_length):
        told = [
            (sentence.log_p + p, sentence, v)
            for sentence in live
            for v, p in possible(ask, sentence.tokens, rules).items()
        ]
        told = sorted(told, key=lambda one: -one[0])[: rules.beam]
        over += [Plain(sentence.tokens, p, True) for p, sentence, v in told if v == END]
        live = [Plain((*sentence.tokens, v), p) for p, sentence, v in told if v != END]
    last = [closed(ask, sentence, rules) for sentence in live]
    over += [one for one in last if one.ended] + [one for one in last if not one.ended]
    return sorted(over, key=lambda one: -one.score(rules))[: rules.beam]


def every_sentence(ask: Ask, rules: GenerationRules) -> Iterator[Plain]:
    """All that may be said within the most tokens."""

    def behind(sentence: Plain) -> Iterator[Plain]:
        if len(sentence.tokens) == rules.max_length:
            yield closed(ask, sentence, rules)
            return
        for v, p in possible(ask, sentence.tokens, rules).items():
            if v == END:
                yield Plain(sentence.tokens, sentence.log_p + p, True)
            else:
                yield from behind(Plain((*sentence.tokens, v), sentence.log_p + p))

    return behind(Plain((), 0.0))


def told(sentences: list) -> list[tuple]:
    """What can be compared of sentences: all but what was looked at."""
    return [(one.tokens, one.log_p, one.ended) for one in sentences]


def runs_of(tokens: tuple[int, ...], n: int) -> list[tuple[int, ...]]:
    return list(itertools.pairwise(tokens)) if n == 2 else [tokens[i : i + n] for i in range(len(tokens) - n + 1)]
