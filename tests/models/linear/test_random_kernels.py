"""Random convolutions: what they give is what they say, whatever lies behind the mask."""

from __future__ import annotations

import numpy as np
import pytest

from seqpipe.models.linear.random_kernels import LENGTH, RandomKernels

RANDOM = np.random.default_rng(0)


@pytest.fixture
def clips():
    """x (6, 40, 3) of several lengths, with its mask."""
    lengths = np.array([40, 40, 40, 33, 20, 9])
    mask = np.arange(40) < lengths[:, None]
    return np.where(mask[..., None], RANDOM.normal(3, 2, (6, 40, 3)), 0).astype(np.float32), mask


def test_each_number_is_that_of_the_convolution_written_out(clips):
    x, mask = clips
    kernels = RandomKernels.fit(x, mask, 12, seed=0)
    steps = (x[4][mask[4]] - kernels.mean) / kernels.scale
    each = kernels.biases.shape[1]
    made = kernels(x[4:5], mask[4:5])[0].reshape(len(kernels.biases), 2, each)
    for place, (weights, biases) in enumerate(zip(kernels.weights, kernels.biases, strict=True)):
        taps = weights.reshape(LENGTH, 3, each)
        for kernel in range(each):
            answers = [
                sum(
                    steps[t + (lag - LENGTH // 2) * 2**place] @ taps[lag, :, kernel]
                    for lag in range(LENGTH)
                    if 0 <= t + (lag - LENGTH // 2) * 2**place < len(steps)
                )
                + biases[kernel]
                for t in range(len(steps))
            ]
            assert made[place, 0, kernel] == pytest.approx(np.mean(np.array(answers) > 0))
            assert made[place, 1, kernel] == pytest.approx(max(answers), abs=1e-4)


def test_dilations_rise_until_a_kernel_spans_the_usual_sequence(clips):
    x, mask = clips
    kernels = RandomKernels.fit(x, mask, 12, seed=0)
    assert len(kernels.weights) == 3  # 9 weights at a dilation of 4 span 33 steps, of 8 they span 65
    assert kernels(x, mask).shape == (6, 2 * kernels.biases.size)
    assert RandomKernels.fit(x[:, :1], mask[:, :1], 12, seed=0).biases.shape == (1, 12)


def test_weights_have_no_level_and_are_drawn_from_the_seed(clips):
    x, mask = clips
    kernels, again, other = (RandomKernels.fit(x, mask, 12, seed) for seed in (0, 0, 1))
    np.testing.assert_allclose(kernels.weights.reshape(3, LENGTH, 3, 4).sum(axis=1), 0, atol=1e-5)
    assert (kernels.weights == again.weights).all()
    assert not (kernels.weights == other.weights).any(where=kernels.weights != 0)


def test_scales_are_those_of_the_steps_that_are_there(clips):
    x, mask = clips
    x[..., 2] = 5
    kernels = RandomKernels.fit(x, mask, 12, seed=0)
    np.testing.assert_allclose(kernels.mean, x[mask].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(kernels.scale[:2], x[mask].std(axis=0)[:2], rtol=1e-4)
    assert kernels.scale[2] == 1.0
    changed = x.copy()
    changed[~mask] = 1e6
    np.testing.assert_array_equal(kernels(changed, mask), kernels(x, mask))
