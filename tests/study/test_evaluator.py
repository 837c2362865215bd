"""A solution is judged by what is on disk and by the samples of today."""

import math

import pandas as pd
import pytest

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.evaluation.predictions import predictions_table
from seqpipe.study.evaluator import Evaluator

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
EVALUATION = EvaluationConfig(bootstrap=500, confidence=0.95, calibration_bins=10, mistakes=2)
N = 40


@pytest.fixture
def predictions():
    """Right but for the last ten of test; val right but for one."""
    ids = [f"{n:03d}" for n in range(N)]
    splits = ["val"] * 8 + ["test"] * 32
    t = [n % 2 for n in range(N)]
    sure = [[0.9, 0.1], [0.1, 0.9]]
    proba = [sure[k if 0 < n < N - 10 else 1 - k] for n, k in enumerate(t)]
    return predictions_table(ids, splits, ids, t, proba, ["left", "right"])


def samples(predictions, groups):
    return pd.DataFrame({"id": predictions["id"], "group": groups})


def test_the_groups_are_those_of_today(predictions):
    evaluator = Evaluator(EVALUATION, RUNTIME)
    alone = evaluator.scores(predictions, samples(predictions, predictions["id"]))
    # The mistakes are all of one camera: what is known of other cameras is less.
    camera = evaluator.scores(predictions, samples(predictions, [n // 10 for n in range(N)]))
    assert alone["accuracy"] == camera["accuracy"] == pytest.approx(22 / 32)
    assert camera["accuracy_high"] - camera["accuracy_low"] > 1.5 * (alone["accuracy_high"] - alone["accuracy_low"])


def test_val_is_scored_apart(predictions):
    scores = Evaluator(EVALUATION, RUNTIME).scores(predictions, samples(predictions, predictions["id"]))
    assert scores["val_accuracy"] == pytest.approx(7 / 8)
    assert scores["val_log_loss"] == pytest.approx(-(7 * math.log(0.9) + math.log(0.1)) / 8)
    assert scores["n_test"] == 32


def test_the_gain_is_of_the_same_samples(predictions):
    better = predictions.copy()
    better.loc[better.index[-10:-4], "correct"] = True  # six of the ten mistakes are gone, and no new ones made
    evaluator, alone = Evaluator(EVALUATION, RUNTIME), samples(predictions, predictions["id"])
    gain = evaluator.gain(better.sample(frac=1, random_state=0), predictions, alone)
    assert gain["gain"] == pytest.approx(6 / 32)
    assert 0 < gain["gain_low"] < 6 / 32 < gain["gain_high"] < 0.4
    assert evaluator.gain(predictions, predictions, alone) == {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0}
