"""Scheduled sampling: in training a part of what was said before is the net's own."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def with_own_words(net: nn.Module, x: Tensor, mask: Tensor, given: Tensor, share: float) -> Tensor:
    """The true tokens ``given`` (B, L) with a share of them as the net would have said them behind the true ones.

    In two passes over the whole sentence (Mihaylova and Martins, Scheduled sampling for transformers, ACL 2019), where
    Bengio et al. (NeurIPS 2015) went token by token. No gradient flows through the first; the begin stays.
    """
    if not share:
        return given
    with torch.no_grad():
        own = net(x, mask, given)[:, :-1].argmax(-1)
    replaced = torch.rand(own.shape, device=own.device) < share
    return torch.cat([given[:, :1], torch.where(replaced, own, given[:, 1:])], dim=1)
