"""A study says on disk what is compared, and is the same when it is read again."""

import json

import pandas as pd
import pytest
from tests.configs import shipped_values

from seqpipe.config import PARAMETERS, RuntimeConfig
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.transforms import Transforms
from seqpipe.models.registry import kinds_reading
from seqpipe.study.study import Settings, StudySpec, read_study, write_study

KINDS = kinds_reading("features", "clip")
RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
TRANSFORMS = Transforms(resize=32, crop=32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
SAMPLES = pd.DataFrame({"id": ["a", "b"], "label": ["x", "y"], "split": ["train", "test"], "group": ["a", "b"]})


@pytest.fixture
def settings():
    """Every registered classifier, as it is shipped."""
    stages = ("transfer", "clip", "dataset", "finetune", *KINDS)
    given = {name: PARAMETERS[name].model_validate(shipped_values(name)) for name in stages}
    transfer = given["transfer"].model_copy(update={"classifiers": list(KINDS)})
    classifiers = {kind: given[kind] for kind in KINDS}
    return Settings.of(transfer, given["clip"], given["dataset"], classifiers, given["finetune"])


def test_it_is_read_as_it_was_written(settings, tmp_path):
    write_study(StudySpec(settings, SAMPLES, []), tmp_path / "study")
    again = read_study(tmp_path / "study")
    assert again.settings == settings
    assert {name: type(of) for name, of in again.settings.classifiers.items()} == {
        name: kind.config for name, kind in KINDS.items()
    }
    # To the letter: finished runs are known by it.
    assert json.dumps(again.settings.model_dump()) == json.dumps(settings.model_dump())
    pd.testing.assert_frame_equal(again.samples, SAMPLES, check_dtype=False)


def test_no_solution_sees_val_in_its_last_fit_and_every_strategy_has_its_name(settings):
    assert not any(config.refit for config in settings.classifiers.values())
    assert {name: of.strategy for name, of in settings.strategies.items()} == {
        name: name for name in settings.transfer.strategies
    }


def test_a_backbone_is_found_by_what_it_is_called(settings, tmp_path):
    backbones = [Backbone("resnet18", weights, "nothing", 10, TRANSFORMS, {}) for weights in ("V1", "V2")]
    folders = {name: tmp_path / name for name in ("feature_store", "transfer_x", "frame_cache")}
    study = StudySpec(settings, SAMPLES, []).opened(backbones, RUNTIME, **folders)
    assert study.backbones["resnet18 (V2)"] is backbones[1]
