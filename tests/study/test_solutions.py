"""A solution is judged by what is on disk and by the samples of today; a row is of the place that was asked for."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.configs import with_changes
from tests.models.conftest import make_dprime
from tests.models.frame_fixtures import NAME, SIZE, colours, make_backbone
from tests.projects import REPOSITORY

from seqpipe.config import EvaluationConfig, FinetuneConfig, RuntimeConfig
from seqpipe.evaluation.predictions import predictions_table
from seqpipe.models.facts import circumstances
from seqpipe.models.persist import read_model
from seqpipe.models.registry import KINDS, kinds_reading
from seqpipe.study.cells import Cells
from seqpipe.study.places import FEATURES, Place
from seqpipe.study.solutions import Judge, Solution, as_chosen, few_samples_run, fitted_run

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


@pytest.mark.parametrize("kind", sorted(kinds_reading("features")))
def test_every_registered_classifier_becomes_a_cell(kind, tmp_path):
    shipped = yaml.safe_load((REPOSITORY / f"conf/base/parameters/{kind}.yml").read_text())[kind]
    quick = {name: 2 for name in ("epochs", "members") if name in shipped | shipped.get("training", {})}
    config = KINDS[kind].config(**with_changes(shipped, **quick, grid={}, refit=False))
    t = np.arange(48) // 4 % 2
    dprime = make_dprime(np.random.default_rng(0).normal(size=(48, 3, 8)), t, np.full(48, 3), ("left", "right"))
    solution = Solution(kind, kind, config, dprime, "resnet18", place=PLACE)
    cell = fitted_run(solution, RUNTIME, Cells(tmp_path))
    row = solution.identity()
    assert (row["solution"], row["kind"], row["feature_size"]) == (kind, "features", 8)
    assert cell.fit["trainable_parameters"] == cell.fit["parameters"] > 0
    assert cell.fit["train_gflops"] == 24 * 3  # a GFLOP a frame
    assert sorted(set(cell.predictions["split"])) == ["test", "val"]
    assert len(list(tmp_path.iterdir())) == 1
    again = fitted_run(solution, RUNTIME, Cells(tmp_path))
    assert again.fit == cell.fit


@pytest.fixture
def tuning(tmp_path):
    values = yaml.safe_load((REPOSITORY / "conf/base/parameters/finetune.yml").read_text())["finetune"]
    config = FinetuneConfig(**values | {"epochs": 2, "strategy": "head", "precision": "float32"})
    frames = colours(tmp_path / "frames", 24)
    return Solution("head", "finetune", config, frames, "shufflenet", begin=make_backbone(NAME, SIZE))


def test_fine_tuning_becomes_a_cell_and_leaves_no_checkpoint(tuning, tmp_path):
    cell = fitted_run(tuning, RUNTIME, Cells(tmp_path / "cells"))
    row = tuning.identity()
    assert (row["solution"], row["kind"], row["backbone"], row["layer"]) == ("head", "fine-tuning", "shufflenet", "")
    assert 0 < cell.fit["trainable_parameters"] < cell.fit["parameters"]
    assert cell.fit["train_gflops"] > 0
    assert read_model(cell.model).class_names == tuning.data.class_names
    assert len(list((tmp_path / "cells").iterdir())) == 1


def test_a_cell_is_known_by_what_decides_it(tuning):
    facts, groups = tuning.facts(RUNTIME), np.full(len(tuning.data), "one", object)
    assert replace(tuning, name="another name", data=replace(tuning.data, groups=groups)).facts(RUNTIME) == facts
    idle = replace(tuning, config=tuning.config.model_copy(update={"freeze": 1}))  # of no use to `head`
    assert idle.facts(RUNTIME) == facts
    others = [
        replace(tuning, config=tuning.config.model_copy(update={"mixup": 0.3})),
        replace(tuning, data=tuning.data.part("train", "val")),
        replace(tuning, data=replace(tuning.data, fingerprint="other frames")),
        replace(tuning, begin=make_backbone("squeezenet1_1", 32)),
    ]
    assert all(other.facts(RUNTIME) != facts for other in others)


def test_few_samples_are_trained_on_once_and_to_the_end(tuning, tmp_path):
    chosen = as_chosen(tuning, "{}")
    assert (chosen.config.patience, chosen.config.keep) == (None, "last")
    cells, rows = Cells(tmp_path / "cells"), np.arange(6)
    first, again = (few_samples_run(chosen, rows, RUNTIME, cells) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert set(first["split"]) == {"test"}
    assert len(list((tmp_path / "cells").iterdir())) == 1


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


def test_the_gain_is_of_the_same_samples(predictions):
    better = predictions.copy()
    better.loc[better.index[-10:-4], "correct"] = True  # six of the ten mistakes are gone, and no new ones made
    judge, alone = Judge(EVALUATION, RUNTIME), samples(predictions, predictions["id"])
    gain = judge.gain(better.sample(frac=1, random_state=0), predictions, alone)
    assert gain["gain"] == pytest.approx(6 / 32)
    assert 0 < gain["gain_low"] < 6 / 32 < gain["gain_high"] < 0.4
    assert judge.gain(predictions, predictions, alone) == {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0}
