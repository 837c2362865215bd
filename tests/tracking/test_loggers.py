"""Names and numbers that MLflow would refuse do not break a run."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.utils.validation import _validate_metric_name

from seqpipe.tracking.loggers import Record, log_metrics, metric_names

AWKWARD = ["a+b", "a*b", "100 %", "é, ü", "..", ".", "a/../b", "/etc", "a//b", "x" * 400, "C#", "tab\there", "日本"]


def test_names_in_order_stay_as_they_are():
    names = ["accuracy", "recall/walk", "f1/Horse Riding", "recall/v_1.2-b:c", "lstm/macro_f1"]
    assert metric_names(names) == {name: name for name in names}


@given(st.lists(st.text(max_size=300) | st.sampled_from(AWKWARD), unique=True, max_size=8))
def test_every_class_gets_a_name_of_its_own_that_mlflow_takes(classes):
    names = metric_names([f"{metric}/{name}" for metric in ("recall", "f1") for name in classes])
    assert len(set(names.values())) == 2 * len(classes)
    for name in names.values():
        assert name.startswith(("recall/", "f1/"))
        _validate_metric_name(name)


def test_awkward_classes_and_missing_numbers_are_logged(finished_project, tmp_path, monkeypatch):
    (tmp_path / "mlflow.db").write_bytes((finished_project.folder / "mlflow.db").read_bytes())
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setattr("mlflow.tracking._tracking_service.utils._tracking_uri", uri)
    client = MlflowClient(uri)
    run_id = client.create_run("0").info.run_id
    data = {f"recall/{name}": i / 10 for i, name in enumerate(AWKWARD)}
    log_metrics(Record(run_id, "m", {**data, "ece": math.nan, "log_loss": math.inf, "note": "x"}, Path(), None))
    logged = client.get_run(run_id).data.metrics
    assert sorted(logged.values()) == sorted(data.values())
    assert logged["recall/a_b"] == 0.0
    assert logged["recall/a_b_2"] == 0.1


@pytest.mark.parametrize("length", [249, 250, 251])
def test_names_are_cut_to_what_mlflow_takes(length):
    names = metric_names([f"recall/{'y' * length}a", f"recall/{'y' * length}b"])
    assert len(set(names.values())) == 2
    assert max(map(len, names.values())) <= 250
