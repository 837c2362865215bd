"""Beam search: the likeliest sentences of those that a few at a time lead to."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seqpipe.generation.asked import ask
from seqpipe.generation.base import GenerationRules, Marks, Sentence, State, Step
from seqpipe.generation.finished import Finished, Said
from seqpipe.generation.highest import highest
from seqpipe.generation.rows import device_of, of_rows


class _Beams(NamedTuple):
    """W sentences of each of R rows that are not over; -inf is the log p of one that is not there.

    Attributes:
        row: (R,) the rows.
        log_p: (R, W) sums.
        last: (R, W) tokens said last.
        said: (R, W, L) all of them.
        state: Of R * W sentences.
        best: (R, beam) the highest scores of the sentences that are over; -inf where there are fewer.
    """

    row: Tensor
    log_p: Tensor
    last: Tensor
    said: Said
    state: State
    best: Tensor


def beam_search(step: Step, state: State, rows: int, marks: Marks, rules: GenerationRules) -> list[list[Sentence]]:
    """Of each row at most `beam` sentences, the best score (`Finished`) first.

    Of all that continue the sentences of a row by one token, the `beam` likeliest are kept (Graves 2012; Sutskever et
    al. 2014); those that end leave the beam, the others are continued. A row goes on until none of its sentences can
    come among the `beam` best of those that are over, so that stopping changes nothing. Of equals the earlier sentence
    of the beam comes first, then the lower token. As long as is allowed, a sentence ends where the end is the likeliest
    that may come, otherwise it is cut.
    """
    finished = Finished(rules)
    beams = _begun(state, rows, marks, rules)
    for _ in range(rules.max_length):
        beams = _continued(step, beams, marks, rules, finished)
        if not len(beams.row):
            return finished.sentences(rows)
    _close(step, beams, marks, rules, finished)
    return finished.sentences(rows)


def _begun(state: State, rows: int, marks: Marks, rules: GenerationRules) -> _Beams:
    device = device_of(state)
    row, log_p = torch.arange(rows, device=device), torch.zeros(rows, 1, device=device)
    best = torch.full((rows, rules.beam), -torch.inf, dtype=torch.float64, device=device)
    begin = torch.full_like(row, marks.begin)[:, None]
    return _Beams(row, log_p, begin, Said.nothing(rows, 1, device=device), state, best)


def _sums(step: Step, beams: _Beams, marks: Marks, rules: GenerationRules, finished: Finished) -> tuple[Tensor, State]:
    """(R, W, V) sums with each token that may come, and the state behind those said last."""
    said = beams.said.tokens.flatten(0, 1)
    stepped = ask(step, beams.last.flatten(), beams.state, said, marks, rules.no_repeat)
    finished.looked(stepped.attention)
    return beams.log_p[:, :, None] + stepped.log_p.view(*beams.log_p.shape, -1), stepped.state


def _continued(step: Step, beams: _Beams, marks: Marks, rules: GenerationRules, finished: Finished) -> _Beams:
    """The beams a token on; what has ended is in ``finished``, rows that nothing can change any more are left out."""
    sums, state = _sums(step, beams, marks, rules, finished)
    log_p, place = highest(sums.flatten(1), rules.beam)
    parent, token = place // sums.shape[2], place % sums.shape[2]
    best = _ended(beams, log_p.masked_fill(token != marks.end, -torch.inf), parent, finished)
    on = log_p.masked_fill(token == marks.end, -torch.inf)
    rows, slots = _kept(on, best, finished.score(on.amax(dim=1), rules.max_length + 1))
    r = rows[:, None]
    parent, token = parent[r, slots], token[r, slots]
    asked = r * sums.shape[1] + parent
    alike = parent.shape == beams.log_p.shape
    return _Beams(
        beams.row[rows],
        on[r, slots],
        token,
        beams.said.at(r, parent).then(token, asked),
        of_rows(state, asked.flatten(), among=beams.log_p.numel(), alike=alike),
        best[rows],
    )


def _ended(beams: _Beams, log_p: Tensor, parent: Tensor, finished: Finished) -> Tensor:
    """Hands over what has just ended, (R, W) behind the ``parent`` each; returns the best scores (R, beam) with it."""
    r, slot = (log_p > -torch.inf).nonzero(as_tuple=True)
    finished.add(beams.row[r], log_p[r, slot], beams.said.at(r, parent[r, slot]), ended=True)
    score = finished.score(log_p, beams.said.length + 1)
    return torch.cat([beams.best, score], dim=1).topk(beams.best.shape[1], dim=1).values


def _kept(on: Tensor, best: Tensor, bound: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (R',) of ``on`` (R, W) that are continued, and the places (R', W') of their sentences.

    A row is kept while its likeliest sentence may still be better than the last of the ``best``. Log-probabilities are
    at most 0: ``bound`` (R,), reached where all that is missing up to the longest length is certain, is never exceeded.
    """
    (rows,) = torch.nonzero(bound > best[:, -1], as_tuple=True)
    there = on[rows] > -torch.inf
    width = int(there.sum(dim=1).max()) if len(rows) else 0
    slots = there.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :width]
    return rows, slots


def _close(step: Step, beams: _Beams, marks: Marks, rules: GenerationRules, finished: Finished) -> None:
    """Ends or cuts sentences that are as long as is allowed."""
    sums, _ = _sums(step, beams, marks, rules, finished)
    there = beams.log_p > -torch.inf
    ends = sums.argmax(dim=2) == marks.end
    for over, log_p, ended in ((there & ends, sums[..., marks.end], True), (there & ~ends, beams.log_p, False)):
        r, slot = over.nonzero(as_tuple=True)
        finished.add(beams.row[r], log_p[over], beams.said.at(r, slot), ended=ended)
