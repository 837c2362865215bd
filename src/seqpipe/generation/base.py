"""What sentences are made by, and what they are: a step of any net, the rules, the sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from torch import Tensor

from seqpipe.config import GenerationConfig

State: TypeAlias = Any
"""What a net knows while it speaks: tensors whose first axis is the rows, in tuples, lists, dictionaries or named
tuples, or None. What is looked at belongs in it as well, for rows are reordered, repeated and left out."""


class OfRow(NamedTuple):
    """A part of a state that is the same for all sentences of a row and that no step changes: what is looked at.

    A step gets and gives it as any other part; it is copied only where rows are left out or have more or fewer
    sentences.
    """

    value: State


class Stepped(NamedTuple):
    """What a net says of the next token of B sentences.

    Attributes:
        log_p: (B, V) log-probabilities; -inf where a token cannot come.
        state: The state behind the tokens that were given.
        attention: (B, S) what was looked at, of any S that stays the same; None where nothing is.
    """

    log_p: Tensor
    state: State
    attention: Tensor | None


Step: TypeAlias = Callable[[Tensor, State], Stepped]
"""Reads the tokens (B,) int64 that were said last, in a state. What it says of a row follows from that row alone."""


class Marks(NamedTuple):
    """Tokens that are not words.

    Attributes:
        begin: What a sentence begins behind.
        end: What it ends with.
        forbidden: Tokens that are never said: the unknown one, padding, `begin`.
    """

    begin: int
    end: int
    forbidden: tuple[int, ...]


@dataclass(frozen=True)
class GenerationRules:
    """How sentences are made; see `GenerationConfig` for what each attribute decides."""

    sampling: Literal["beam", "sample"]
    beam: int
    length_normalisation: float
    no_repeat: int
    max_length: int
    temperature: float

    @classmethod
    def of(cls, config: GenerationConfig) -> GenerationRules:
        return cls(**config.model_dump())


class Sentence(NamedTuple):
    """One sentence.

    Attributes:
        tokens: What is said, without begin and end; empty where the end came first.
        log_p: The sum of the log-probabilities of its tokens, that of the end included where it has ended.
        ended: Whether it has come to its end; false: it was cut at the most tokens that are allowed.
        attention: (L, S) what was looked at for each token that is said; None where nothing is.
    """

    tokens: tuple[int, ...]
    log_p: float
    ended: bool
    attention: np.ndarray | None
