"""A video backbone from the files to the answers: what `kedro run` judges is what `seqpipe predict` says."""

from __future__ import annotations

import pandas as pd
import pytest

from seqpipe.config import RuntimeConfig
from seqpipe.core.lineage import parquet_lineage
from seqpipe.data.dataset_file import read_dataset
from seqpipe.use.bundle import bundle_of_run
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_paths

PARAMETERS = {
    "backbone.name": "r3d_18",
    "backbone.weights": "random",
    "backbone.snippet.frames": 2,
    "backbone.snippet.stride": 3,
    "clip.frames": 2,
    "features.layer": "penultimate",
    "moving_digits.train_per_action": 2,
    "moving_digits.val_per_action": 1,
    "moving_digits.test_per_action": 1,
}


@pytest.mark.slow
def test_from_files_to_answers(project, raw_parameters, tmp_path):
    told = ",".join(f"{name}={value}" for name, value in PARAMETERS.items())
    done = project.kedro_run("--to-nodes", "gru.evaluate,linear.evaluate", "--params", told)
    assert done.code == 0, done.out + done.err
    assert "r3d_18 has random weights (seed 0)" in " ".join(done.out.split())
    dataset = read_dataset(project.data / "05_model_input/dataset.parquet")
    assert (dataset.x.shape[1:], bool(dataset.mask.all())) == ((2, 512), True)
    assert dataset.times_s[0] == pytest.approx([2 / 12, 6 / 12])  # the quarters of 8 frames at 12 a second
    features = parquet_lineage(project.data / "04_feature/index.parquet")
    assert features["features"]["snippet"] == {"frames": 2, "stride": 3}
    assert features["backbone"]["source"].startswith("nothing (random weights of seed 0)")
    for kind in ("linear", "gru"):
        runtime = RuntimeConfig.model_validate(raw_parameters["runtime"])
        predictor = Predictor(bundle_of_run(project.data, kind, raw_parameters), runtime, tmp_path / kind, tmp_path)
        evaluated = pd.read_parquet(project.data / f"07_model_output/{kind}/predictions.parquet").set_index("id")
        samples = pd.read_parquet(project.data / "02_intermediate/samples.parquet").set_index("path")
        paths = [path for path, split in samples["split"].items() if split == "test"]
        answers = predictor.predict(listing_of_paths(paths, None, images=False))
        assert len(answers.proba) == len(evaluated) > 0
        for path, proba in zip(answers.samples["path"], answers.proba, strict=True):
            row = evaluated.loc[samples.loc[path, "id"]]
            assert proba.tolist() == [row[f"p_{name}"] for name in predictor.model.class_names]
