"""The squared hinge by Newton steps: the gradient is gone where it stops, whatever the data and C."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.models.linear.newton import products_of, squared_hinge_weights


def problem(seed: int, n: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) * rng.lognormal(0, 2, d)
    y = np.where(rng.random(n) < 0.3, 1.0, -1.0)
    return torch.from_numpy(x), torch.from_numpy(y)


def gradient(w: torch.Tensor, x: torch.Tensor, y: torch.Tensor, C: float) -> torch.Tensor:
    w = w.clone().requires_grad_()
    loss = 0.5 * w.square().sum() + C * (1 - y * (x @ w)).clamp(min=0).square().sum()
    return torch.autograd.grad(loss, w)[0]


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 30), st.sampled_from([1e-4, 1e-2, 1.0, 100.0, 1e4]))
def test_nothing_is_left_of_the_gradient(seed, n, d, C):
    x, y = problem(seed, n, d)
    w = squared_hinge_weights(x, y, C, 1000)
    at_zero = gradient(torch.zeros_like(w), x, y, C).abs().max().clamp(min=1.0)
    assert gradient(w, x, y, C).abs().max() <= 1e-7 * at_zero


@pytest.mark.parametrize("C", [1e-3, 10.0])
def test_steps_are_few_even_where_the_loss_all_but_vanishes(C):
    x, y = problem(1, 200, 150)
    few, many = (squared_hinge_weights(x, y, C, steps) for steps in (30, 1000))
    torch.testing.assert_close(few, many, rtol=1e-9, atol=1e-12)


def test_samples_that_are_all_alike_are_solved_at_a_c_of_a_billion():
    """The penalty is lost in rounding beside the products: no factor of Cholesky's is to be had."""
    x, y = problem(3, 1, 40)
    x, y = x.repeat(30, 1) * 1e3, torch.cat([y.new_ones(20), -y.new_ones(10)])
    w = squared_hinge_weights(x, y, 1e9, 100, products_of(x))
    assert torch.isfinite(w).all()
    torch.testing.assert_close(x @ w, torch.full_like(y, 1 / 3), rtol=1e-4, atol=0)
