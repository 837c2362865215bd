"""Greedy decoding: the likeliest token, each time."""

from __future__ import annotations

from torch import Tensor

from seqpipe.generation.base import GenerationRules, Marks, Sentence, State, Step
from seqpipe.generation.one_by_one import one_by_one


def greedy(step: Step, state: State, rows: int, marks: Marks, rules: GenerationRules) -> list[list[Sentence]]:
    """Of each row the sentence whose every token is the likeliest one behind those before; of equals the lowest."""
    return one_by_one(step, state, rows, marks, rules, _likeliest)


def _likeliest(sums: Tensor, _row: Tensor, _length: int) -> Tensor:
    # By the sums, as beam search compares them: what is equal once it is rounded must be so in both.
    return sums.argmax(dim=1)
