"""Whatever a file is, it is answered or there is a reason; nothing hangs, and none takes the others with it."""

import os

import numpy as np
import pandas as pd
import pytest
from tests.use.mutations import write_mutations

from seqpipe.config import RuntimeConfig
from seqpipe.use.bundle import bundle_of_run
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_paths

COUNT = int(os.environ.get("SEQPIPE_MUTATED_FILES", "60"))


@pytest.mark.parametrize("images", [False, True])
def test_each_is_answered_or_told(images, finished_project, raw_parameters, tmp_path):
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet")
    folder = tmp_path / "odd"
    write_mutations(tmp_path / samples["path"][0], folder, COUNT, seed=7)
    bundle = bundle_of_run(finished_project.data, "svm", raw_parameters)
    runtime = RuntimeConfig.model_validate(raw_parameters["runtime"])
    asked = Predictor(bundle, runtime, tmp_path / "store", tmp_path / "probes")
    named = [str(path) for path in sorted(folder.iterdir()) if not path.is_dir()]
    listing = listing_of_paths([str(folder), *named], None, images=images)
    answers = asked.predict(listing)
    told = list(answers.samples["path"]) + list(answers.quarantine["path"])
    assert len(told) == len(set(told)) == len(listing)
    assert set(named) <= {*listing["path"]}
    assert any("whole.mp4" in path for path in answers.samples["path"])
    assert all(np.isfinite(proba).all() for proba in answers.proba)
    assert answers.quarantine["reason"].ne("").all()
    assert answers.quarantine["detail"].str.len().gt(5).all()
    assert len(answers.samples) < len(listing)
