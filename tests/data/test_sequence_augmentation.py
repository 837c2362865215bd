"""Augmentation moves real frames among themselves, in order, and leaves the rest alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpipe.data.sequence_augmentation import time_warped, with_gaussian_noise


def clips(batch, frames, size, seed):
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, frames + 1, (batch,), generator=generator)
    mask = torch.arange(frames)[None] < lengths[:, None]
    return torch.randn(batch, frames, size, generator=generator) * mask[..., None], mask


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5), st.integers(1, 12), st.floats(0.0, 2.0), st.integers(0, 99))
def test_masked_frames_stay_zero_and_shapes_stay(batch, frames, strength, seed):
    x, mask = clips(batch, frames, 3, seed)
    torch.manual_seed(seed)
    for changed in (time_warped(x, mask, strength), with_gaussian_noise(x, mask, strength)):
        assert changed.shape == x.shape
        assert changed.isfinite().all()
        assert (changed[~mask] == 0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 12), st.floats(0.0, 2.0), st.integers(0, 99))
def test_a_warped_clip_never_turns_back_nor_leaves_its_values(frames, strength, seed):
    mask = torch.ones(1, frames, dtype=torch.bool)
    ramp = torch.arange(frames, dtype=torch.float32).view(1, frames, 1)
    torch.manual_seed(seed)
    played = time_warped(ramp, mask, strength)[0, :, 0]
    assert (played.diff() >= -1e-5).all()
    assert played.min() >= 0
    assert played.max() <= frames - 1


def test_an_even_pace_changes_nothing(monkeypatch):
    x, mask = clips(4, 7, 2, 0)
    monkeypatch.setattr(torch, "randn", lambda *shape, **_: torch.zeros(*shape))
    torch.testing.assert_close(time_warped(x, mask, 0.5), x)


@pytest.mark.parametrize("vary", [time_warped, with_gaussian_noise])
def test_strength_zero_is_off(vary):
    x, mask = clips(2, 5, 2, 1)
    assert vary(x, mask, 0.0) is x
