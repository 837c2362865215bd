"""Sentences that are over, kept as tensors until all are; then the best of each row as `Sentence`."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from seqpipe.generation.base import GenerationRules, Sentence


class Said(NamedTuple):
    """What sentences have said so far.

    Attributes:
        tokens: (..., L) int64.
        asked: (..., L) int64, the place that the sentence had in each call of the step, for what was looked at then.
    """

    tokens: Tensor
    asked: Tensor

    @classmethod
    def nothing(cls, *shape: int, device: torch.device) -> Said:
        none = torch.zeros(*shape, 0, dtype=torch.int64, device=device)
        return cls(none, none)

    @property
    def length(self) -> int:
        return self.tokens.shape[-1]

    def at(self, *index: Tensor) -> Said:
        return Said(self.tokens[index], self.asked[index])

    def then(self, token: Tensor, asked: Tensor) -> Said:
        """The same with a token more: both (...)."""
        said, places = (
            torch.cat(both, -1) for both in ((self.tokens, token[..., None]), (self.asked, asked[..., None]))
        )
        return Said(said, places)


class _Over(NamedTuple):
    """n sentences that are over: a row of each tensor is one."""

    row: Tensor
    log_p: Tensor
    score: Tensor
    length: Tensor
    ended: Tensor
    tokens: Tensor
    asked: Tensor


class Finished:
    """Collects sentences that are over, and what was looked at on the way.

    Their score is log p / length**alpha, the end counted as part of the length, so that alpha = 1 is the mean (Wu et
    al., Google's Neural Machine Translation System, 2016, eq. 14, without the constants).
    """

    def __init__(self, rules: GenerationRules) -> None:
        self._rules = rules
        self._over: list[_Over] = []
        self._looked: list[Tensor] = []

    def looked(self, attention: Tensor | None) -> None:
        """Keeps what one call of the step looked at (B, S)."""
        if attention is not None:
            self._looked.append(attention)

    def score(self, log_p: Tensor, terms: int) -> Tensor:
        """Of sums of ``terms`` log-probabilities each; in double precision, in which few of them are equal."""
        return log_p.double() / float(terms) ** self._rules.length_normalisation

    def add(self, row: Tensor, log_p: Tensor, said: Said, *, ended: bool) -> None:
        """Keeps n sentences of ``row`` (n,) that have ended, or are as long as is allowed.

        Args:
            log_p: (n,) sums of log-probabilities, that of the end included where they have ended.
            said: (n, L) each, without the end.
        """
        if not len(row):
            return
        length = torch.full_like(row, said.length)
        over = torch.full_like(row, ended, dtype=torch.bool)
        self._over.append(_Over(row, log_p, self.score(log_p, said.length + ended), length, over, *said))

    def sentences(self, rows: int) -> list[list[Sentence]]:
        """Of each of ``rows`` rows the `beam` best, the best first; of equals the one that was over first."""
        longest = max(over.tokens.shape[1] for over in self._over)
        all_over = _Over(
            *(torch.cat([_as_long(part, longest) for part in parts]) for parts in zip(*self._over, strict=True))
        )
        row, score = all_over.row.cpu().numpy(), all_over.score.cpu().numpy()
        by_score = np.lexsort((-score, row))
        bounds = np.searchsorted(row[by_score], np.arange(rows + 1))
        best = [by_score[start:stop][: self._rules.beam] for start, stop in pairwise(bounds)]
        chosen = torch.from_numpy(np.concatenate(best)).to(all_over.row.device)
        sentences = iter(self._sentences(_Over(*(part[chosen] for part in all_over))))
        return [[next(sentences) for _ in of_row] for of_row in best]

    def _sentences(self, over: _Over) -> list[Sentence]:
        log_p = over.log_p.masked_fill(over.log_p <= torch.finfo(over.log_p.dtype).min, -torch.inf)
        looked = self._looked_at(over.asked)
        told = zip(over.tokens.tolist(), log_p.tolist(), over.length.tolist(), over.ended.tolist(), strict=True)
        return [
            Sentence(tuple(tokens[:length]), p, ended, None if looked is None else looked[i, :length])
            for i, (tokens, p, length, ended) in enumerate(told)
        ]

    def _looked_at(self, asked: Tensor) -> np.ndarray | None:
        """(n, L, S) of the places (n, L) that sentences had in each call; None where nothing is looked at."""
        if not self._looked:
            return None
        n, longest = asked.shape
        at_each = [attention[places] for attention, places in zip(self._looked, asked.T, strict=False)]
        looked = torch.stack(at_each, dim=1) if longest else self._looked[0].new_zeros(n, 0, self._looked[0].shape[1])
        kind = torch.promote_types(looked.dtype, torch.float32)
        array: np.ndarray = looked.to("cpu", kind).numpy()
        return array


def _as_long(part: Tensor, longest: int) -> Tensor:
    """A tensor (n,) as it is, one of (n, L) with zeros behind, up to ``longest``."""
    return part if part.dim() == 1 else pad(part, (0, longest - part.shape[1]))
