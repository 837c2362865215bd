"""Samples with sentences, from the corpus to the table of samples, by the nodes of ingest."""

from __future__ import annotations

import pandas as pd
import pytest
from tests.configs import shipped_values

from seqpipe.config import PARAMETERS
from seqpipe.core.lineage import lineage_of
from seqpipe.media.embedded.registry import parameter_models
from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples
from seqpipe.pipelines.ingest.pipeline import create_pipeline
from seqpipe.tasks.registry import TASKS, TaskEntry

TOLD = TaskEntry(
    "seqpipe.tasks.next_token:NextToken",
    "seqpipe.evaluation.by_task:NEXT_TOKEN",
    per="frame",
    reads="references",
    corpus="spoken_numbers",
    takes_clip=False,
)
TINY = {
    "captioned_digits": {"size": 32, "train_pictures": 6, "val_pictures": 2, "test_pictures": 2},
    "spoken_numbers": {"train_pairs": 6, "val_pairs": 2, "test_pairs": 2},
}


@pytest.fixture
def ingested(tmp_path, monkeypatch):
    monkeypatch.setitem(TASKS, "told", TOLD)
    runtime = PARAMETERS["runtime"].model_validate(shipped_values("runtime"))
    groups = {name: PARAMETERS[name].model_validate(values) for name, values in TINY.items()}
    groups["text"] = PARAMETERS["text"].model_validate(shipped_values("text"))

    def run(**changed):
        corpus = PARAMETERS["corpus"].model_validate(shipped_values("corpus") | changed)
        listing = list_samples(corpus, runtime, tmp_path / "e", default="spoken_numbers", task="told", **groups)
        of_text = {"text": groups["text"]}
        return probe_samples(listing, corpus, runtime, tmp_path / "probes", task="told", **of_text)

    return run


def test_pairs_become_samples_with_their_targets(ingested):
    samples, quarantine = ingested(modality="text")
    assert quarantine.empty
    assert samples["split"].value_counts().to_dict() == {"train": 6, "val": 2, "test": 2}
    assert samples["references"].map(len).eq(1).all()
    assert set(samples["column:order"]) <= {"before", "after"}
    assert lineage_of(samples)["corpus"]["layout"] == "pairs"


def test_pictures_become_samples_with_their_captions(ingested, tmp_path):
    samples, quarantine = ingested(path="builtin:captioned_digits", modality="pictures")
    assert quarantine.empty
    assert samples["references"].map(len).eq(3).all()
    assert set(samples["label"]) == {""}
    samples.to_parquet(tmp_path / "samples.parquet")
    assert [*pd.read_parquet(tmp_path / "samples.parquet")["references"][0]] == samples["references"][0]


def test_a_source_in_train_and_test_stays_in_the_test(ingested, tmp_path):
    rows = ["a b,x,train", "c d,y,train", "e f,z,val", "a b,w,test", "g h,v,test"]
    (tmp_path / "pairs.csv").write_text("source,target,split\n" + "\n".join(rows) + "\n")
    samples, quarantine = ingested(path=tmp_path / "pairs.csv", modality="text")
    assert samples["id"].tolist() == [f"pairs.csv::source/{line}" for line in (3, 4, 5, 6)]
    assert quarantine["reason"].tolist() == ["duplicate"]


def test_without_a_split_what_recurs_stays_on_one_side(ingested, tmp_path):
    rows = [f"source {n},target {n // 3}" for n in range(60)]
    (tmp_path / "pairs.csv").write_text("source,target\n" + "\n".join(rows) + "\n")
    samples, _ = ingested(path=tmp_path / "pairs.csv", modality="text")
    sides = samples.groupby(samples["references"].map(tuple))["split"].nunique()
    assert len(sides) == 20
    assert sides.eq(1).all()
    assert set(samples["split"]) == {"train", "val", "test"}


def test_a_task_of_sentences_takes_the_parameters_of_their_corpora(monkeypatch):
    monkeypatch.setitem(TASKS, "told", TOLD)
    inputs = create_pipeline("spoken_numbers", "told").inputs()
    assert {f"params:{name}" for name in parameter_models("references")} <= inputs
    assert "params:moving_digits" not in inputs
