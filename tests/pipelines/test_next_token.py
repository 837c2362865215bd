"""Samples for language modelling need no labels, and its models say what comes next."""

import numpy as np
import pandas as pd
import pytest
from tests.configs import shipped_values

from seqpipe.config import PARAMETERS, RuntimeConfig
from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples
from seqpipe.use.bundle import bundle_of_run
from seqpipe.use.predictor import Predictor
from seqpipe.use.promotion import answered_as
from seqpipe.use.sources import listing_of_paths
from seqpipe.use.tables import clips_table


@pytest.fixture
def ingested(tmp_path):
    groups = {name: PARAMETERS[name].model_validate(shipped_values(name)) for name in ("text", "next_token")}
    runtime = PARAMETERS["runtime"].model_validate(shipped_values("runtime"))

    def run(path):
        corpus = PARAMETERS["corpus"].model_validate(shipped_values("corpus") | {"path": path, "modality": "text"})
        given = {"task": "next_token", **groups}
        listing = list_samples(corpus, runtime, tmp_path / "embedded", default="whole_sentences", **given)
        return probe_samples(listing, corpus, runtime, tmp_path / "probes", **given)

    return run


def test_loose_texts_are_samples_without_labels(tmp_path, ingested):
    root = tmp_path / "texts"
    root.mkdir()
    for n in range(12):
        (root / f"{n}.txt").write_text(f"This is the text number {n}.", encoding="utf-8")
    samples, quarantine = ingested(root)
    assert len(samples) == 12
    assert quarantine.empty
    assert set(samples["label"]) == {""}
    assert set(samples["split"]) == {"train", "val", "test"}


def test_equal_texts_are_kept_whatever_their_labels_and_lie_on_one_side(tmp_path, ingested):
    texts = [f"Sentence {n // 2}." for n in range(24)]
    table = pd.DataFrame({"text": texts, "label": ["a", "b"] * 12})
    table.to_csv(tmp_path / "texts.csv", index=False)
    samples, quarantine = ingested(tmp_path / "texts.csv")
    assert quarantine.empty
    assert len(samples) == 24
    assert (samples.groupby("sha256")["split"].nunique() == 1).all()


def test_a_language_model_says_what_comes_next_as_it_was_judged(project, raw_parameters, tmp_path):
    done = project.kedro_run("--pipeline", "next_token", "--to-nodes", "next_token.gru.evaluate")
    assert done.code == 0, done.err
    bundle = bundle_of_run(project.data, "gru", raw_parameters, task="next_token")
    asked = Predictor(bundle, RuntimeConfig.model_validate(raw_parameters["runtime"]), tmp_path / "s", tmp_path / "p")
    samples = pd.read_parquet(project.data / "02_intermediate/next_token/samples.parquet")
    judged = pd.read_parquet(project.data / "07_model_output/next_token/gru/predictions.parquet")
    judged = judged[judged["split"] == "test"].merge(samples[["id", "path"]], on="id")
    listing = listing_of_paths(sorted(judged["path"].unique()), asked.files, images=False)
    table = clips_table(asked.predict(listing), asked.model.class_names).set_index("path")
    last = judged.sort_values("step").groupby("path").last()
    assert table["label"].to_dict() == last["predicted"].to_dict()
    np.testing.assert_allclose(table["probability"].loc[last.index], last["confidence"], atol=1e-6)
    whole = asked.answers(listing)
    answered = answered_as(judged, whole, asked.model.class_names, judged.drop_duplicates("id").set_index("id")["path"])
    assert answered.sort_values(["id", "step"])["predicted"].tolist() == (
        judged.sort_values(["id", "step"])["predicted"].tolist()
    )
