"""A solution is judged by what is on disk and by the samples of today; a row is of the place that was asked for."""

import math

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.configs import with_changes
from tests.models.conftest import make_dprime
from tests.projects import REPOSITORY

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.evaluation.predictions import predictions_table
from seqpipe.models.registry import KINDS
from seqpipe.study.cells import Cells
from seqpipe.study.places import FEATURES, Place
from seqpipe.study.solutions import Judge, circumstances, classifier_cell, classifier_row, finetune_row

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
EVALUATION = EvaluationConfig(bootstrap=500, confidence=0.95, calibration_bins=10, mistakes=2)
PLACE = Place(0, "resnet18", "last_conv", "relu", "avg", 1.0, FEATURES)
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


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_registered_classifier_becomes_a_row(kind, tmp_path):
    shipped = yaml.safe_load((REPOSITORY / f"conf/base/parameters/{kind}.yml").read_text())[kind]
    quick = {name: 2 for name in ("epochs", "members") if name in shipped | shipped.get("training", {})}
    config = KINDS[kind].config(**with_changes(shipped, **quick, grid={}, refit=False))
    t = np.arange(48) // 4 % 2
    dprime = make_dprime(np.random.default_rng(0).normal(size=(48, 3, 8)), t, np.full(48, 3), ("left", "right"))
    cells = Cells(tmp_path)
    row = classifier_row(kind, PLACE, dprime, classifier_cell(kind, config, dprime, RUNTIME, cells))
    assert (row["solution"], row["kind"], row["feature_size"]) == (kind, "features", 8)
    assert row["trainable_parameters"] > 0
    assert len(list(tmp_path.iterdir())) == 1


def samples(predictions, groups):
    return pd.DataFrame({"id": predictions["id"], "group": groups})


def test_the_groups_are_those_of_today(predictions):
    judge = Judge(EVALUATION, RUNTIME)
    alone = judge.scores(predictions, samples(predictions, predictions["id"]))
    # The mistakes are all of one camera: what is known of other cameras is less.
    camera = judge.scores(predictions, samples(predictions, [n // 10 for n in range(N)]))
    assert alone["accuracy"] == camera["accuracy"] == pytest.approx(22 / 32)
    assert camera["accuracy_high"] - camera["accuracy_low"] > 1.5 * (alone["accuracy_high"] - alone["accuracy_low"])


def test_val_is_scored_apart(predictions):
    scores = Judge(EVALUATION, RUNTIME).scores(predictions, samples(predictions, predictions["id"]))
    assert scores["val_accuracy"] == pytest.approx(7 / 8)
    assert scores["val_log_loss"] == pytest.approx(-(7 * math.log(0.9) + math.log(0.1)) / 8)
    assert scores["n_test"] == 32


def test_the_seed_decides_a_training():
    assert circumstances(RUNTIME) != circumstances(RUNTIME.model_copy(update={"seed": 1}))


def test_a_row_of_fine_tuning_has_no_place(tmp_path):
    cell = Cells(tmp_path).put({"kind": "x"}, {"fit_seconds": 2.0}, pd.DataFrame({"id": ["a"]}))
    row = finetune_row("all", "resnet18 (DEFAULT)", cell)
    assert (row["solution"], row["backbone"], row["layer"], row["fit_seconds"]) == (
        "all",
        "resnet18 (DEFAULT)",
        "",
        2.0,
    )


def test_the_gain_is_of_the_same_samples(predictions):
    better = predictions.copy()
    better.loc[better.index[-10:-4], "correct"] = True  # six of the ten mistakes are gone, and no new ones made
    judge, alone = Judge(EVALUATION, RUNTIME), samples(predictions, predictions["id"])
    gain = judge.gain(better.sample(frac=1, random_state=0), predictions, alone)
    assert gain["gain"] == pytest.approx(6 / 32)
    assert 0 < gain["gain_low"] < 6 / 32 < gain["gain_high"] < 0.4
    assert judge.gain(predictions, predictions, alone) == {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0}
