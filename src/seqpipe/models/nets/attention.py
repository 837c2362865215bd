"""Looking back at what was read: additive attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class AdditiveAttention(nn.Module):
    """What of S places matters to each of L questions (Bahdanau et al., ICLR 2015).

    e_ls = v^T tanh(W q_l + U p_s),  alpha_l = softmax(e_l),  c_l = sum_s alpha_ls p_s
    """

    def __init__(self, asked_by: int, places: int, size: int) -> None:
        """``asked_by``, ``places``: the numbers of a question and of a place; ``size``: those that they meet in."""
        super().__init__()
        self.question = nn.Linear(asked_by, size, bias=False)  # W
        self.key = nn.Linear(places, size)  # U
        self.score = nn.Linear(size, 1, bias=False)  # v

    def keys(self, places: Tensor) -> Tensor:
        """U p of places (B, S, P), (B, S, A): the same for every question."""
        keys: Tensor = self.key(places)
        return keys

    def forward(self, questions: Tensor, places: Tensor, keys: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """The contexts (B, L, P) of questions (B, L, Q), and the weights (B, L, S), which sum to one.

        Args:
            questions: What is asked.
            places, keys: (B, S, P), and (B, S, A) of them.
            real: (B, S) bool: the places that are there; at least one.
        """
        met = torch.tanh(self.question(questions)[:, :, None] + keys[:, None])  # (B, L, S, A)
        scores = self.score(met)[..., 0].masked_fill(~real[:, None], float("-inf"))
        weights = scores.softmax(dim=-1)
        return weights @ places, weights
