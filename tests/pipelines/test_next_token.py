"""Samples for language modelling need no labels."""

import pandas as pd
import pytest
from tests.configs import shipped_values

from seqpipe.config import PARAMETERS
from seqpipe.pipelines.ingest.nodes import list_samples, probe_samples


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
