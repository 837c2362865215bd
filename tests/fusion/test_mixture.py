"""The weighted mean of two models' probabilities, and the weight that val chooses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fusion.two_models import NAMES, answers

from seqpipe.evaluation.predictions import probabilities
from seqpipe.fusion.mixture import LRCN, chosen_weight, mixed, weights_table


@given(st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_a_mixture_is_the_weighted_mean_and_answers_by_it(weight, seed):
    first, second = answers("a", seed=seed).of("val"), answers("b", seed=seed + 1).of("val")
    table = mixed(first, second, weight)
    p = weight * probabilities(first) + (1 - weight) * probabilities(second)
    np.testing.assert_array_equal(probabilities(table), p)
    np.testing.assert_allclose(probabilities(table).sum(axis=1), 1.0)
    assert table["predicted"].tolist() == [NAMES[k] for k in p.argmax(axis=1)]
    assert table["correct"].tolist() == (table["predicted"] == table["label"]).tolist()
    np.testing.assert_array_equal(table["confidence"], p.max(axis=1))


def test_at_the_ends_a_mixture_is_one_of_the_two():
    first, second = answers("a", seed=1).of("test"), answers("b", seed=2).of("test")
    for weight, alone in ((1.0, first), (0.0, second)):
        np.testing.assert_array_equal(probabilities(mixed(first, second, weight)), probabilities(alone))
        assert mixed(first, second, weight)["predicted"].tolist() == alone["predicted"].tolist()


def test_a_model_that_knows_the_truth_gets_all_of_the_weight():
    knows, guesses = answers("a", sure=1.0).of("val"), answers("b", seed=3).of("val")
    table = weights_table(knows, guesses, 10)
    assert table["weight"].tolist() == pytest.approx([k / 10 for k in range(11)])
    assert chosen_weight(table, "log_loss") == 1.0
    assert table["log_loss"].iloc[-1] < 1e-6


def test_swapping_the_two_swaps_the_weights():
    first, second = answers("a", seed=1).of("val"), answers("b", seed=2).of("val")
    there, back = weights_table(first, second, 8), weights_table(second, first, 8)
    np.testing.assert_allclose(there["log_loss"], back["log_loss"][::-1])
    assert chosen_weight(there, "log_loss") == 1 - chosen_weight(back, "log_loss")


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [
        ([1, 1, 1, 1, 1], 0.5),
        ([0, 1, 1, 1, 1], 0.5),
        ([1, 1, 0, 0, 0], 0.25),
        ([1, 0, 0, 1, 1], 0.75),
        ([0, 1, 0, 1, 0], 0.25),
    ],
)
def test_of_equals_the_weight_nearest_to_a_half_is_taken(scores, chosen):
    weights = pd.DataFrame({"weight": [0, 0.25, 0.5, 0.75, 1], "accuracy": scores, "log_loss": [-s for s in scores]})
    assert chosen_weight(weights, "accuracy") == chosen_weight(weights, "log_loss") == chosen


def test_lrcn_gives_the_frames_a_third():
    assert pytest.approx(1 / 3) == LRCN
