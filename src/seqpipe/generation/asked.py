"""The next token as it may be said: the step's log-probabilities without the tokens that the rules exclude."""

from __future__ import annotations

import torch
from torch import Tensor

from seqpipe.core.errors import UserError
from seqpipe.generation.base import Marks, State, Step, Stepped


def ask(step: Step, last: Tensor, state: State, said: Tensor, marks: Marks, no_repeat: int) -> Stepped:
    """One step of B sentences; -inf wherever a token may not be said.

    Args:
        last: (B,) the tokens that were said last.
        said: (B, L) all that were said, without the begin.
        no_repeat: Runs of so many tokens are not said twice; 0: they may be.

    Returns:
        The step's answer, its log-probabilities of at least single precision; each sentence has a possible token.

    Raises:
        UserError: The net's answers are no numbers.
        ValueError: The step does not answer each sentence.
    """
    stepped = step(last, state)
    if stepped.log_p.shape[:-1] != last.shape:
        raise ValueError(f"a step answers (B, V), for {len(last)} sentences it gave {tuple(stepped.log_p.shape)}")
    return stepped._replace(log_p=_possible(stepped.log_p, said, marks, no_repeat))


def _possible(log_p: Tensor, said: Tensor, marks: Marks, no_repeat: int) -> Tensor:
    possible = log_p.to(torch.promote_types(log_p.dtype, torch.float32), copy=True)
    possible[:, list(marks.forbidden)] = -torch.inf
    if no_repeat:
        possible[repetitions(said, no_repeat)] = -torch.inf
    highest = possible.amax(dim=1)
    if highest.isnan().any():
        raise UserError(
            "What the model says of the next token are no numbers (nan), so that no sentence can be made of it: its "
            "weights or what it is shown are not finite. Train it again, with a lower learning rate."
        )
    # The end is no part of what has been said; only a step that excludes it itself leaves nothing.
    least = torch.finfo(possible.dtype).min
    possible[:, marks.end] = torch.where(highest == -torch.inf, least, possible[:, marks.end])
    return possible


def repetitions(said: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Sentences and tokens, as two index vectors: each token that would repeat a run of ``n`` of ``said`` (B, L)."""
    if said.shape[1] < n:
        none = said.new_zeros(0)
        return none, none
    runs = said.unfold(1, n, 1)
    again = (runs[..., :-1] == said[:, None, said.shape[1] - n + 1 :]).all(dim=-1)
    sentence, place = again.nonzero(as_tuple=True)
    return sentence, runs[sentence, place, -1]
