"""The reference of a D' is made once, of all that lies in its file."""

import numpy as np
import pytest

from seqpipe.core.errors import UserError
from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.dataset_file import write_dataset
from seqpipe.targets.classes import ClassTargets
from seqpipe.use import reference_file
from seqpipe.use.novelty import distances, reference_of, vectors
from seqpipe.use.reference_file import read_reference, reference_beside


def dataset(n=200, splits=("train", "val", "test"), seed=0):
    rng = np.random.default_rng(seed)
    names = np.array([f"{i:03d}" for i in range(n)], object)
    return FeatureDataset(
        x=rng.random((n, 3, 8), dtype=np.float32),
        mask=np.arange(3)[None] < rng.integers(1, 4, (n, 1)),
        times_s=np.zeros((n, 3), np.float32),
        targets=ClassTargets(np.zeros(n, np.int64), ("a",)),
        ids=names,
        groups=names,
        splits=np.array([splits[i % len(splits)] for i in range(n)], object),
        fingerprint="f",
    )


def test_it_is_that_of_the_samples_of_train_and_val_though_the_file_is_read_by_parts(tmp_path):
    data = dataset()
    write_dataset(data, tmp_path / "dataset.parquet")
    read = read_reference(reference_beside(tmp_path / "dataset.parquet"))
    of = {split: vectors(data.part(split).x[:], data.part(split).mask) for split in ("train", "val", "test")}
    made = reference_of(of["train"], of["val"])
    assert read.threshold == pytest.approx(made.threshold)
    np.testing.assert_allclose(distances(read, of["test"]), distances(made, of["test"]), atol=1e-5)


def test_of_many_samples_some_are_taken_from_all_over(tmp_path, monkeypatch):
    monkeypatch.setattr(reference_file, "MOST_SAMPLES", 10)
    write_dataset(dataset(), tmp_path / "dataset.parquet")
    assert len(read_reference(reference_beside(tmp_path / "dataset.parquet")).points) == 10
    np.testing.assert_array_equal(reference_file._spread(np.arange(100))[[0, -1]], [0, 99])


def test_it_is_made_once_and_again_for_another_dataset(tmp_path, monkeypatch):
    file = tmp_path / "dataset.parquet"
    write_dataset(dataset(), file)
    first = reference_beside(file)
    stamp = first.stat().st_mtime_ns
    assert reference_beside(file).stat().st_mtime_ns == stamp
    write_dataset(dataset(seed=1), file)
    assert reference_beside(file) != first
    assert not first.exists()


def test_without_val_there_is_none(tmp_path):
    write_dataset(dataset(splits=("train", "test")), tmp_path / "dataset.parquet")
    assert reference_beside(tmp_path / "dataset.parquet") is None
    (tmp_path / "broken.parquet").write_bytes(b"none")
    with pytest.raises(UserError, match="is no D'"):
        reference_beside(tmp_path / "broken.parquet")
