"""One sentence a row, token by token: what greedy decoding and sampling have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from seqpipe.generation.asked import ask
from seqpipe.generation.base import GenerationRules, Marks, Sentence, State, Step
from seqpipe.generation.finished import Finished, Said
from seqpipe.generation.rows import device_of, of_rows

Choose: TypeAlias = Callable[[Tensor, Tensor, int], Tensor]
"""The tokens (B,) by the sums (B, V) of log p with each token, the rows (B,) and how many tokens are said before."""


def one_by_one(
    step: Step, state: State, rows: int, marks: Marks, rules: GenerationRules, choose: Choose
) -> list[list[Sentence]]:
    """Of each row the sentence that ``choose`` makes; rows that have ended are not asked any more.

    Behind the last token that is allowed one more is asked for: the end is still taken then, anything else is cut.
    """
    device = device_of(state)
    finished = Finished(rules)
    row, log_p = torch.arange(rows, device=device), torch.zeros(rows, device=device)
    last, said = torch.full_like(row, marks.begin), Said.nothing(rows, device=device)
    for length in range(rules.max_length + 1):
        stepped = ask(step, last, state, said.tokens, marks, rules.no_repeat)
        finished.looked(stepped.attention)
        sums = log_p[:, None] + stepped.log_p
        last = choose(sums, row, length)
        with_last = sums.gather(1, last[:, None])[:, 0]
        over = last == marks.end
        finished.add(row[over], with_last[over], said.at(over), ended=True)
        (on,) = torch.nonzero(~over, as_tuple=True)
        if length == rules.max_length:
            finished.add(row[on], log_p[on], said.at(on), ended=False)
        if not len(on):
            break
        state = of_rows(stepped.state, on, among=len(row))
        row, log_p, last, said = row[on], with_last[on], last[on], said.at(on).then(last[on], on)
    return finished.sentences(rows)
