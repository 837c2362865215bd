"""The samples of a run against the files of today, and against those of another run."""

import hashlib

import pandas as pd
import pytest
from PIL import Image

from seqpipe.reproduction.samples import changed_samples, data_differences, listed_now


@pytest.fixture
def samples(tmp_path):
    rows = []
    for n in range(5):
        path = tmp_path / f"corpus/x/{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (n, 0, 0)).save(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append((f"x/{n}.png", str(path), "image", sha256, "train", "x", str(n)))
    return pd.DataFrame(rows, columns=["id", "path", "kind", "sha256", "split", "label", "group"])


BESIDE = "corpus/y/other.png"
"""A sample of the other class that a corpus has to have, which the run could not use."""


def now(tmp_path, raw_parameters):
    (tmp_path / BESIDE).parent.mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / BESIDE)
    corpus = {"path": str(tmp_path / "corpus"), "layout": "class_folders", "modality": "pictures"}
    return listed_now(corpus, raw_parameters)


def told(differences):
    return [str(one) for one in differences]


def test_files_as_they_were_are_no_difference(samples, tmp_path, raw_parameters):
    assert data_differences(samples, now(tmp_path, raw_parameters), [str(tmp_path / BESIDE)]) == []
    annotated = {"path": str(tmp_path / "corpus"), "layout": "annotations", "modality": "pictures"}
    assert listed_now(annotated, raw_parameters) == []


def test_files_that_are_gone_changed_or_new_are_named(samples, tmp_path, raw_parameters):
    folder = tmp_path / "corpus/x"
    (folder / "0.png").unlink()
    Image.new("RGB", (8, 8), "white").save(folder / "1.png")
    for name in ("new", "broken"):
        Image.new("RGB", (8, 8), "red").save(folder / f"{name}.png")
    there = now(tmp_path, raw_parameters)
    assert told(data_differences(samples, there, [str(folder / "broken.png"), str(tmp_path / BESIDE)])) == [
        "data gone: there -> x/0.png (1)",
        "data changed: as it was -> x/1.png (1)",
        f"data added: not there -> {folder / 'new.png'} (1)",
    ]


def test_many_are_counted(samples):
    gone = samples.assign(path="/none")
    assert told(data_differences(gone, [], [])) == ["data gone: there -> x/0.png, x/1.png, x/2.png and 2 more (5)"]


def test_samples_of_two_runs_are_compared_by_content_split_label_and_group(samples):
    now = samples.copy()
    now.loc[0, "sha256"] = "other"
    now.loc[1, "split"] = "test"
    now.loc[2, "label"] = "y"
    now = now.drop(index=4)
    assert changed_samples(samples, now) == (
        "gone: x/4.png (1); of other content: x/0.png (1); in another split: x/1.png (1); of another label: x/2.png (1)"
    )
    assert changed_samples(samples, samples) == ""
