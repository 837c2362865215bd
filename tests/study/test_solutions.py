"""A solution becomes a finished cell, which is known again by what decided it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.configs import shipped_values, with_changes
from tests.models.conftest import make_dataset
from tests.models.frame_fixtures import NAME, SIZE, colours, make_backbone

from seqpipe.config import FinetuneConfig, RuntimeConfig
from seqpipe.models.facts import circumstances
from seqpipe.models.persist import read_model
from seqpipe.models.registry import MODELS, kinds_reading
from seqpipe.study.feature_specs import FEATURES, FeatureSpec
from seqpipe.study.run_store import RunStore
from seqpipe.study.solutions import Solution, as_chosen, few_samples_run, fitted_run

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
SPEC = FeatureSpec(0, "resnet18", "last_conv", "relu", "avg", 1.0, FEATURES)


@pytest.mark.parametrize("kind", sorted(kinds_reading("features", "clip")))
def test_every_registered_classifier_becomes_a_cell(kind, tmp_path):
    shipped = shipped_values(kind)
    quick = {name: 2 for name in ("epochs", "ensemble_size") if name in shipped | shipped.get("training", {})}
    config = MODELS[kind].config(**with_changes(shipped, **quick, grid={}, refit=False))
    t = np.arange(48) // 4 % 2
    dataset = make_dataset(np.random.default_rng(0).normal(size=(48, 3, 8)), t, np.full(48, 3), ("left", "right"))
    solution = Solution(kind, kind, config, dataset, "resnet18", spec=SPEC)
    run = fitted_run(solution, RUNTIME, RunStore(tmp_path))
    row = solution.identity()
    assert (row["solution"], row["kind"], row["feature_size"]) == (kind, "features", 8)
    assert run.fit["trainable_parameters"] == run.fit["parameters"] > 0
    assert run.fit["train_gflops"] == 24 * 3  # a GFLOP a frame
    assert sorted(set(run.predictions["split"])) == ["test", "val"]
    assert len(list(tmp_path.iterdir())) == 1
    again = fitted_run(solution, RUNTIME, RunStore(tmp_path))
    assert again.fit == run.fit


@pytest.fixture
def tuning(tmp_path):
    values = shipped_values("finetune")
    config = FinetuneConfig(**with_changes(values, epochs=2, strategy="head", precision="float32"))
    frames = colours(tmp_path / "frames", 24)
    return Solution("head", "finetune", config, frames, "shufflenet", begin=make_backbone(NAME, SIZE))


def test_fine_tuning_becomes_a_cell_and_leaves_no_checkpoint(tuning, tmp_path):
    run = fitted_run(tuning, RUNTIME, RunStore(tmp_path / "runs"))
    row = tuning.identity()
    assert (row["solution"], row["kind"], row["backbone"], row["layer"]) == ("head", "fine-tuning", "shufflenet", "")
    assert 0 < run.fit["trainable_parameters"] < run.fit["parameters"]
    assert run.fit["train_gflops"] > 0
    assert read_model(run.model).class_names == tuning.data.class_names
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_run_is_known_by_what_decides_it(tuning):
    facts, groups = tuning.key(RUNTIME), np.full(len(tuning.data), "one", object)
    assert replace(tuning, name="another name", data=replace(tuning.data, groups=groups)).key(RUNTIME) == facts
    idle = replace(tuning, config=tuning.config.model_copy(update={"freeze": 1}))  # of no use to `head`
    assert idle.key(RUNTIME) == facts
    others = [
        replace(tuning, config=tuning.config.model_copy(update={"mixup": 0.3})),
        replace(tuning, data=tuning.data.part("train", "val")),
        replace(tuning, data=replace(tuning.data, fingerprint="other frames")),
        replace(tuning, begin=make_backbone("squeezenet1_1", 32)),
    ]
    assert all(other.key(RUNTIME) != facts for other in others)


def test_few_samples_are_trained_on_once_and_to_the_end(tuning, tmp_path):
    chosen = as_chosen(tuning, "{}")
    assert (chosen.config.training.patience, chosen.config.training.keep) == (None, "last")
    run_store, rows = RunStore(tmp_path / "runs"), np.arange(6)
    first, again = (few_samples_run(chosen, rows, RUNTIME, run_store) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert set(first["split"]) == {"test"}
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_the_seed_decides_a_training():
    assert circumstances(RUNTIME) != circumstances(RUNTIME.model_copy(update={"seed": 1}))
