"""Variations of a clip for training: another pace, noise, or unknown tokens. Labels stay what they are."""

from __future__ import annotations

import torch
from torch import Tensor


def time_warped(x: Tensor, mask: Tensor, strength: float) -> Tensor:
    """Plays each clip x (B, T, D) at a pace that varies, without turning back: order is kept.

    The steps between frames are exp(strength * N(0, 1)), normalised to the length of the clip; frames in
    between are interpolated. Only the real frames (mask (B, T), real ones first) are moved among themselves.
    """
    if strength == 0.0:
        return x
    length = mask.sum(1, keepdim=True)  # (B, 1)
    steps = torch.arange(x.shape[1] + 1, device=x.device)  # one before each frame, one behind the last
    pace = torch.exp(strength * torch.randn(len(x), len(steps), device=x.device)) * (steps <= length)
    passed = pace.cumsum(1)
    position = passed[:, :-1] / passed[:, -1:] * (length + 1) - 1
    return _at(x, position.clamp(min=0).minimum(length - 1.0)) * mask[..., None]


def _at(x: Tensor, position: Tensor) -> Tensor:
    """x (B, T, D) at fractional positions (B, T), linearly interpolated."""
    before = position.floor().long()
    after = (before + 1).clamp(max=x.shape[1] - 1)
    share = (position - before)[..., None]
    return _frames(x, before) * (1 - share) + _frames(x, after) * share


def _frames(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index[..., None].expand(-1, -1, x.shape[2]))


def with_gaussian_noise(x: Tensor, mask: Tensor, strength: float) -> Tensor:
    """Adds strength * N(0, 1) to every feature of every real frame."""
    if strength == 0.0:
        return x
    return x + strength * torch.randn_like(x) * mask[..., None]


def with_unknown_tokens(x: Tensor, share: float) -> Tensor:
    """Tokens x (B, T, ...), each of which is the unknown one, 0, with this probability (Iyyer et al., ACL 2015)."""
    return x if share == 0.0 else x * (torch.rand(x.shape, device=x.device) >= share)
