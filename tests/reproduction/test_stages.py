"""Stages are known by what decides a result, and by nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.evaluation.results import Results
from seqpipe.reproduction.stages import features_table, read_stages, stages_of, table_digest, write_stages


def test_of_a_table_costs_decide_nothing():
    table = pd.DataFrame({"id": ["a", "b"], "p_x": [0.1, 0.9], "fit_seconds": [1.0, 2.0], "peak_mib": [3, 4]})
    other = table.assign(fit_seconds=[9.0, 9.0], peak_mib=[1, 1])
    assert table_digest(table) == table_digest(other)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=5), st.data())
def test_one_bit_is_another_table(values, data):
    table = pd.DataFrame({"x": np.array(values, np.float64), "times_s": [np.array([v], np.float64) for v in values]})
    n = data.draw(st.integers(0, len(values) - 1))
    moved = np.array(values, np.float64)
    moved[n] = np.nextafter(moved[n], np.inf)
    assert table_digest(table.assign(x=moved)) != table_digest(table)
    assert table_digest(table.assign(times_s=[np.array([v]) for v in moved])) != table_digest(table)
    assert table_digest(table.copy()) == table_digest(table)


def test_results_are_their_metrics_but_for_costs(tmp_path):
    def results(**metrics):
        return Results({}, metrics, pd.DataFrame(), {})

    (one,) = stages_of("svm.results", results(accuracy=0.5, fit_seconds=1.0), tmp_path)
    (two,) = stages_of("svm.results", results(accuracy=0.5, fit_seconds=2.0), tmp_path)
    (other,) = stages_of("svm.results", results(accuracy=np.nextafter(0.5, 1), fit_seconds=1.0), tmp_path)
    assert one.kind == "metrics"
    assert one.digest == two.digest != other.digest
    assert one.numbers == {"accuracy": 0.5}


@pytest.mark.parametrize("entry", ["report", "svm.fit", "svm.figures"])
def test_what_no_result_rests_on_is_no_stage(entry, tmp_path):
    assert stages_of(entry, {"a": b"png"}, tmp_path) == []


@pytest.mark.parametrize("entry", ["listing", "quarantine", "frame_labels.annotations", "svm.history", "svm.trials"])
def test_tables_that_say_where_things_lie_are_no_stage(entry, tmp_path):
    assert stages_of(entry, pd.DataFrame({"path": ["/tmp/a"]}), tmp_path) == []


def test_stages_are_read_as_they_were_written(tmp_path):
    stages = stages_of("transfer.grid", pd.DataFrame({"accuracy": [0.5]}), tmp_path)
    write_stages(stages, tmp_path)
    assert read_stages(tmp_path) == stages
    assert stages[0].kind == "table"


def test_features_are_told_apart_by_sample(small_dataset):
    table = features_table(small_dataset)
    assert list(table["id"]) == list(small_dataset.ids)
    x = np.array(small_dataset.x[:])
    x[1, 0, 0] += 1
    moved = features_table(small_dataset.__class__(**{**vars_of(small_dataset), "x": x}))
    assert list(moved["digest"] != table["digest"]) == [n == 1 for n in range(len(table))]


def vars_of(dataset):
    names = ("mask", "times_s", "targets", "ids", "groups", "splits", "fingerprint", "lineage")
    return {name: getattr(dataset, name) for name in names}


@pytest.fixture
def small_dataset():
    from seqpipe.data.dataset import FeatureDataset
    from seqpipe.targets.classes import ClassTargets

    rng = np.random.default_rng(0)
    names = np.array(["a", "b", "c"], object)
    return FeatureDataset(
        x=rng.normal(size=(3, 2, 4)).astype(np.float32),
        mask=np.array([[True, True], [True, False], [True, True]]),
        times_s=np.zeros((3, 2), np.float32),
        targets=ClassTargets(np.array([0, 1, 0]), ("x", "y")),
        ids=names,
        groups=names,
        splits=np.array(["train"] * 3, object),
        fingerprint="f",
    )
