"""The scores are what their papers define, and stand what real features bring."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import ortho_group

from seqpipe.metrics import transferability
from seqpipe.metrics.transferability import leep, logme, rank_correlation


def informative(n: int, d: int, k: int, strength: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of unequal sizes, some of which carry the class, and the classes."""
    rng = np.random.default_rng(seed)
    t = rng.integers(k, size=n)
    x = rng.normal(size=(n, d)) * rng.uniform(0.2, 3.0, size=d)
    shared = min(d, k)
    x[:, :shared] += strength * np.eye(k)[t][:, :shared]
    return x, t


def direct_logme(x: np.ndarray, t: np.ndarray) -> float:
    """The mean of max log N(y | 0, I / beta + X X^T / alpha) / N over the classes, by a general optimiser."""
    return float(np.mean([_direct_evidence(x @ x.T, (t == k).astype(float)) for k in np.unique(t)]))


def _direct_evidence(gram: np.ndarray, y: np.ndarray) -> float:
    def negative(log_variances: np.ndarray) -> float:
        noise, weight = np.exp(np.clip(log_variances, -60, 60))
        covariance = noise * np.eye(len(y)) + weight * gram
        log_det = np.linalg.slogdet(covariance)[1]
        return 0.5 * (log_det + y @ np.linalg.solve(covariance, y) + len(y) * math.log(2 * math.pi)) / len(y)

    options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}
    starts = [(-2.0, -4.0), (-2.0, 0.0), (-5.0, 0.0), (-1.0, -12.0)]
    return -min(minimize(negative, start, method="Nelder-Mead", options=options).fun for start in starts)


@pytest.mark.parametrize(("n", "d", "k"), [(30, 6, 2), (25, 25, 3), (18, 40, 3), (40, 1, 2)])
@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_logme_is_the_maximum_of_the_evidence(n, d, k, strength):
    x, t = informative(n, d, k, strength, seed=n + d)
    assert logme(x, t, k) == pytest.approx(direct_logme(x, t), abs=1e-6)


@given(n=st.integers(4, 30), d=st.integers(2, 40), seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_logme_sees_neither_rotation_nor_scale_nor_order(n, d, seed):
    x, t = informative(n, d, 3, 1.0, seed)
    rng = np.random.default_rng(seed)
    score = logme(x, t, 3)
    assert logme(x @ ortho_group.rvs(d, random_state=rng), t, 3) == pytest.approx(score, abs=1e-6)
    assert logme(x[:, rng.permutation(d)], t, 3) == pytest.approx(score, abs=1e-6)
    assert logme(37.0 * x, t, 3) == pytest.approx(score, abs=1e-6)
    order = rng.permutation(n)
    assert logme(x[order], t[order], 3) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(("n", "d"), [(200, 20), (40, 100)])
def test_logme_puts_informative_features_above_noise(n, d):
    scores = [logme(*informative(n, d, 4, strength, seed=1), n_classes=4) for strength in (0.0, 2.0, 5.0)]
    assert scores[0] < scores[1] - 0.005 < scores[2] - 0.01


def test_logme_of_features_without_information_is_that_of_no_features():
    t = np.repeat([0, 1], [30, 10])
    nothing = logme(np.zeros((40, 3)), t, 2)
    by_hand = [-0.5 * (math.log(2 * math.pi * share) + 1) for share in (0.75, 0.25)]
    assert nothing == pytest.approx(np.mean(by_hand))
    blind = np.array([1.0, -1.0] * 20)[:, None]  # orthogonal to both classes
    assert logme(blind, t, 2) == pytest.approx(nothing)


def test_logme_of_constant_features_knows_the_shares_of_the_classes():
    t = np.repeat([0, 1], [36, 4])
    assert logme(np.full((40, 5), 3.0), t, 2) > logme(np.zeros((40, 5)), t, 2)


def test_logme_is_finite_where_the_features_are_the_classes():
    t = np.arange(30) % 3
    perfect = logme(np.eye(3)[t], t, 3)
    assert math.isfinite(perfect)
    assert perfect > logme(np.eye(3)[t] + 0.01 * np.random.default_rng(0).normal(size=(30, 3)), t, 3) > 0


def test_logme_of_a_class_with_one_sample_or_none():
    x, t = informative(20, 5, 2, 2.0, seed=3)
    t[0] = 2
    assert math.isfinite(logme(x, t, 3))
    assert logme(x, t, 9) == logme(x, t, 3), "a class that no sample has says nothing"
    assert math.isfinite(logme(x[:1], t[:1], 3))
    assert math.isfinite(logme(x, np.zeros(20, int), 1))


@pytest.mark.parametrize(("n", "d"), [(50, 7), (7, 50)])
def test_logme_in_blocks_is_the_same_and_leaves_the_features_alone(n, d, monkeypatch):
    x, t = informative(n, d, 2, 1.0, seed=5)
    x = x.astype(np.float32)
    kept, whole = x.copy(), logme(x, t, 2)
    monkeypatch.setattr(transferability, "NUMBERS_AT_ONCE", 100)
    assert logme(x, t, 2) == pytest.approx(whole, abs=1e-9)
    assert (x == kept).all()


@pytest.mark.parametrize(
    ("x", "t"),
    [
        (np.zeros((3, 2)), [0, 1]),
        (np.zeros((0, 2)), []),
        (np.zeros((2, 2)), [0, 5]),
        (np.full((2, 2), np.nan), [0, 1]),
        (np.zeros(2), [0, 1]),
    ],
)
def test_logme_refuses_what_is_no_feature_table(x, t):
    with pytest.raises(ValueError, match="expected"):
        logme(x, t, 2)


def test_leep_worked_out_by_hand():
    theta = [[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]]
    # P(t=0|z) = (0.8 + 0.6) / 1.5 and (0.2 + 0.4) / 1.5; P(t=1|z) = 0.1 / 1.5 and 0.9 / 1.5
    expected = np.mean(
        [
            math.log((0.8 * 1.4 + 0.2 * 0.6) / 1.5),
            math.log((0.6 * 1.4 + 0.4 * 0.6) / 1.5),
            math.log((0.1 * 0.1 + 0.9 * 0.9) / 1.5),
        ]
    )
    assert leep(theta, [0, 0, 1]) == pytest.approx(expected)


def test_leep_is_zero_where_the_source_foretells_the_target():
    theta = np.eye(4)[[0, 1, 2, 3, 0, 1]]
    assert leep(theta, [0, 0, 1, 1, 0, 0]) == 0.0, "several source classes may mean one"
    assert leep(np.eye(5)[[0, 1, 2, 3]], [0, 0, 1, 1]) == 0.0, "a source class that nobody has does no harm"


@given(n=st.integers(1, 30), z=st.integers(1, 8), k=st.integers(1, 5), seed=st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_leep_lies_between_the_entropy_of_the_classes_and_zero(n, z, k, seed):
    rng = np.random.default_rng(seed)
    theta, t = rng.dirichlet(np.full(z, 0.3), size=n), rng.integers(k, size=n)
    share = np.bincount(t) / n
    entropy = -(share[share > 0] * np.log(share[share > 0])).sum()
    score = leep(theta, t)
    assert score <= 0.0
    if z == 1:
        assert score == pytest.approx(-entropy), "one source class: nothing but the shares is known"
    assert leep(theta[:, rng.permutation(z)], t) == pytest.approx(score)


def test_leep_refuses_what_is_no_probability():
    for theta in ([[0.5, 0.6]], [[-0.5, 1.5]], [[np.nan, 1.0]], [0.5, 0.5]):
        with pytest.raises(ValueError, match="expected"):
            leep(theta, [0])


def test_rank_correlation_of_orders_known_beforehand():
    same = rank_correlation([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.9])
    assert same == pytest.approx({"kendall_tau": 1, "kendall_p": 2 / 24, "spearman": 1, "weighted_tau": 1, "n": 4})
    assert rank_correlation([4, 3, 2, 1], [0.1, 0.2, 0.3, 0.9])["kendall_tau"] == pytest.approx(-1)
    one_swap = rank_correlation([1, 2, 4, 3], [0.1, 0.2, 0.3, 0.9])
    assert one_swap["kendall_tau"] == pytest.approx((5 - 1) / 6)
    assert one_swap["weighted_tau"] < one_swap["kendall_tau"], "the best two are swapped, which counts more"


@pytest.mark.parametrize(
    ("scores", "accuracies", "n"),
    [([], [], 0), ([1, 2], [0.5, 0.6], 2), ([1, 1, 1], [0.1, 0.2, 0.3], 3), ([1, 2, np.nan, np.inf], [1, 2, 3, 4], 2)],
)
def test_rank_correlation_of_too_little_is_unknown_and_silent(scores, accuracies, n, recwarn):
    found = rank_correlation(scores, accuracies)
    assert found.pop("n") == n
    assert all(math.isnan(value) for value in found.values())
    assert not recwarn


def test_rank_correlation_leaves_pairs_without_a_value_out():
    assert rank_correlation([1, 2, 3, np.nan], [0.1, 0.2, 0.3, 0.0])["kendall_tau"] == pytest.approx(1)
    tied = rank_correlation([1, 1, 2, 3], [0.1, 0.2, 0.3, 0.3])
    assert 0 < tied["kendall_tau"] < 1
