"""A mixture, judged as its models are."""

import pytest
from tests.fusion.two_models import answers, changed

from seqpipe.config import EvaluationConfig, FuseConfig
from seqpipe.evaluation.base import evaluation_of
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.fusion.judged import alone, better_on_val, doubt, finding, fixed_mixtures, fused
from seqpipe.fusion.mixture import mixed, weights_table

CONFIG = EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=5, mistakes=2)
FUSE = FuseConfig(first=None, second=None, steps=10, choose_by="log_loss")
OF = evaluation_of("classification")


def mixture(first, second):
    weights = weights_table(first.of("val"), second.of("val"), FUSE.steps)
    return fused(first, second, weights, FUSE, OF, CONFIG, 0)


def test_it_is_judged_on_the_test_with_the_weight_of_val_and_costs_what_both_cost():
    first, second = answers("a", seed=1, sure=0.3), answers("b", seed=2, sure=0.3, reads_order=True, device="cuda")
    result = mixture(first, second)
    weight = result.fit["parameters"]["weight"]
    table = mixed(first.of("test"), second.of("test"), weight)
    assert result.predictions.equals(table)
    assert result.metrics["accuracy"] == table["correct"].mean()
    assert result.metrics["accuracy_low"] <= result.metrics["accuracy"] <= result.metrics["accuracy_high"]
    assert result.fit["val_accuracy"] == mixed(first.of("val"), second.of("val"), weight)["correct"].mean()
    assert (result.fit["fit_seconds"], result.fit["device"], result.fit["reads_order"]) == (4.0, "cpu, cuda", True)


def test_all_three_stand_in_one_leaderboard():
    first, second = answers("a", seed=1, sure=0.3), answers("b", seed=2)
    judged = {of.name: alone(of, OF, CONFIG, 0) for of in (first, second)}
    board = leaderboard({**judged, "fused": mixture(first, second)}, OF)
    assert set(board["model"]) == {"a", "b", "fused"}
    assert board["accuracy"].is_monotonic_decreasing


def test_weights_that_nothing_was_chosen_for_stand_beside_the_chosen_one():
    first, second = answers("a", seed=1, sure=0.3), answers("b", seed=2)
    result = mixture(first, second)
    table = fixed_mixtures(first, second, result)
    assert table["weight"].tolist() == pytest.approx([result.fit["parameters"]["weight"], 0.5, 1 / 3])
    assert table["test_accuracy"].iloc[0] == result.metrics["accuracy"]
    assert table["test_log_loss"].iloc[0] == pytest.approx(result.metrics["log_loss"])
    assert table["val_log_loss"].iloc[0] <= table["val_log_loss"].min() + 0.01


def test_it_is_held_against_the_one_that_val_prefers():
    knows, guesses = answers("knows", sure=0.9), answers("guesses", seed=5)
    assert better_on_val(guesses, knows, "log_loss") is knows
    assert better_on_val(knows, guesses, "accuracy") is knows
    told = finding(guesses, knows, mixture(guesses, knows), CONFIG, 0)
    assert told.startswith("The mixture (knows alone, to which val gives all of the weight) is right on 1.000 of 12")
    assert "knows, the better of the two on val" in told
    assert "which is no difference that can be told" in told


def test_a_val_that_tells_little_is_told_with_the_way_out():
    few = answers("a")
    assert doubt(few).startswith("Val has 9 samples in 5 groups: too few to choose a weight by.")
    assert "corpus.val_share" in doubt(few)
    enough = changed(few, few.table.loc[few.table.index.repeat(3)].reset_index(drop=True))
    assert doubt(enough) == ""
    alone_in = changed(enough, enough.table.assign(group="one"))
    assert doubt(alone_in).startswith("Val has 27 samples in 1 group:")
