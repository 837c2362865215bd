"""What annotated videos are read by: chosen on train and val, whatever lies in test."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.backbone_fixtures import backbone, own_cache

from seqpipe.config import check_parameters
from seqpipe.extraction.engine import extract_layers
from seqpipe.models import view_choice
from seqpipe.pipelines.backbone.nodes import choose_view
from seqpipe.pipelines.task.nodes import list_annotated, probe_annotated

__all__ = ["backbone", "own_cache"]
STEPS = 12


@pytest.fixture
def corpus(tmp_path):
    """Folders of frames of 4 : 3 with a class a frame in their outermost eighth: train, val and test."""
    random, lines = np.random.default_rng(0), []
    (tmp_path / "corpus").mkdir()
    for n, split in enumerate(["train", "train", "train", "val", "test"]):
        (tmp_path / f"corpus/video{n}").mkdir()
        for i in range(STEPS):
            bright = (i + n) // 4 % 2
            picture = random.integers(0, 60, (48, 64, 3), np.uint8)
            picture[:, :6] += np.uint8(150 * bright)
            Image.fromarray(picture).save(tmp_path / f"corpus/video{n}/{i:03}.png")
            lines.append((f"video{n}", i, "ab"[bright], split))
    table = pd.DataFrame(lines, columns=["path", "frame", "label", "split"])
    table.to_csv(tmp_path / "corpus/labels.csv", index=False)
    return tmp_path / "corpus"


@pytest.fixture
def choose(corpus, backbone, raw_parameters, tmp_path):
    """Runs the nodes up to the choice; ``spoil`` is given samples and annotations before it."""
    raw_parameters["corpus"]["path"] = str(corpus)
    parameters = check_parameters(raw_parameters)
    stages = {name: parameters[name] for name in ("backbone", "clip", "features", "dataset", "runtime")}
    task = {"task": "frame_labels", "frame_labels": parameters["frame_labels"]}
    (tmp_path / "x").mkdir()

    def run(spoil):
        corpus, runtime = parameters["corpus"], parameters["runtime"]
        groups = task | {"action_sequences": parameters["action_sequences"]}
        listing, marks = list_annotated(corpus, runtime, tmp_path, **groups)
        samples, annotations, quarantine = probe_annotated(listing, marks, corpus, runtime, tmp_path / "probe", **task)
        assert not len(quarantine)
        folders = {"feature_store": tmp_path / "store", "dataset_x": tmp_path / "x"}
        return choose_view(backbone, samples, **stages, **folders, annotations=spoil(samples, annotations), **task)

    return run


def as_it_is(samples, annotations):
    return annotations


def test_where_the_ratio_does_not_decide_val_does_and_says_so(choose, caplog):
    caplog.set_level("INFO")
    chosen = choose(as_it_is)
    assert chosen.transforms.view == "whole"
    assert "chosen on val (macro F1 of a linear classifier: centre 0." in chosen.view_reason
    assert f"View of a frame: {chosen.view_told}." in caplog.text


def test_the_test_split_is_never_read(choose, monkeypatch):
    read = []

    def watched(samples, *arguments):
        read.append(set(samples["split"]))
        return extract_layers(samples, *arguments)

    def without_test(samples, annotations):
        of_test = samples["split"] == "test"
        shutil.rmtree(samples.loc[of_test, "path"].item())
        theirs = annotations["id"].isin(samples.loc[of_test, "id"])
        return annotations.assign(label=annotations["label"].mask(theirs, "only in test"))

    told = choose(as_it_is).view_told
    monkeypatch.setattr(view_choice, "extract_layers", watched)
    assert choose(without_test).view_told == told
    assert read == [{"train", "val"}] * 2
