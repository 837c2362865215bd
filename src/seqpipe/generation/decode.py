"""Sentences of rows, in the way that the rules ask for."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from seqpipe.generation.base import GenerationRules, Marks, Sentence, State, Step
from seqpipe.generation.beam_search import beam_search
from seqpipe.generation.greedy import greedy
from seqpipe.generation.sample import sample


@torch.no_grad()
def decode(
    step: Step,
    state: State,
    rows: int,
    *,
    begin: int,
    end: int,
    forbidden: Sequence[int],
    rules: GenerationRules,
    seed: int | Sequence[int | Sequence[int]] | None = None,
) -> list[list[Sentence]]:
    """What a net says of each of ``rows`` rows: the best sentences, the best first; one where they are drawn.

    Args:
        step: Asked of all sentences that are followed, at once.
        state: Of the rows, before anything is said; on whose device all is computed.
        begin: The token that sentences begin behind.
        end: The token that they end with.
        forbidden: Tokens that are never said.
        seed: Where sentences are drawn: of all rows, or one of each row (`sample`).

    Raises:
        UserError: The net's answers are no numbers.
        ValueError: The end is forbidden; sentences are to be drawn without a seed.
    """
    if end in forbidden:
        raise ValueError(f"the end, token {end}, is forbidden: no sentence could end")
    if not rows:
        return []
    marks = Marks(begin, end, tuple(forbidden))
    if rules.sampling == "sample":
        if seed is None:
            raise ValueError("sampling takes a seed: what is drawn must be drawn again")
        return sample(step, state, rows, marks, rules, seed)
    search = greedy if rules.beam == 1 else beam_search
    return search(step, state, rows, marks, rules)
