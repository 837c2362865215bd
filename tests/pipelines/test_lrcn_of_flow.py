"""LRCN of optical flow from the files to the answers: what is judged is what a bundle of it says."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.projects import make_project

from seqpipe.config import RuntimeConfig
from seqpipe.core.lineage import parquet_lineage
from seqpipe.evaluation.predictions import PROBABILITY
from seqpipe.use.bundle import bundle_of_run, read_bundle, write_bundle
from seqpipe.use.predictor import Predictor
from seqpipe.use.sources import listing_of_paths

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def of_flow(tmp_path_factory):
    project = make_project(tmp_path_factory.mktemp("lrcn") / "project")
    told = "clip.stream=flow,clip.flow_side=48"
    done = project.kedro_run("--pipeline", "lrcn", "--to-nodes", "lrcn.evaluate", "--params", told)
    assert done.code == 0, done.out + done.err
    assert "lrcn.cnn.color_jitter is left out" in " ".join(done.out.split())
    return project


def test_its_frames_are_pictures_of_flow_and_say_so(of_flow):
    facts = parquet_lineage(of_flow.data / "05_model_input/lrcn/frames.parquet")["features"]
    assert (facts["stream"], facts["flow_side"], facts["sampling"]) == ("flow", 48, "uniform")


def test_its_bundle_answers_as_it_was_judged(of_flow, raw_parameters, tmp_path):
    assert raw_parameters["clip"]["stream"] == "rgb"
    write_bundle(bundle_of_run(of_flow.data, "lrcn", raw_parameters), tmp_path / "bundle")
    runtime = RuntimeConfig.model_validate(raw_parameters["runtime"])
    predictor = Predictor(read_bundle(tmp_path / "bundle"), runtime, tmp_path / "features", tmp_path / "probes")
    judged = pd.read_parquet(of_flow.data / "07_model_output/lrcn/predictions.parquet")
    samples = pd.read_parquet(of_flow.data / "02_intermediate/samples.parquet").set_index("id").loc[judged["id"]]
    answers = predictor.predict(listing_of_paths(list(samples["path"]), None, images=False))
    columns = [f"{PROBABILITY}{name}" for name in predictor.model.class_names]
    wanted = dict(zip(samples["path"], judged[columns].to_numpy(), strict=True))
    assert len(answers.proba) == len(judged) > 0
    for path, proba in zip(answers.samples["path"], answers.proba, strict=True):
        assert proba == pytest.approx(wanted[path], abs=1e-6)
