"""A model says the same wherever it is asked: predict, the server, a loaded MLflow model, and MLflow's own server."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import mlflow
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from tests.projects import environment
from tests.serving.running import LIMIT_S, running, until

from seqpipe.command import main

pytestmark = pytest.mark.slow

LAST_DIGITS = 1e-6
"""Of float32, which depend on what is asked at once."""


@pytest.fixture(scope="module")
def evaluated(finished_project):
    """What the evaluation of the LSTM said of each test clip: path, label, and the probabilities by class."""
    table = pd.read_parquet(finished_project.data / "07_model_output/lstm/predictions.parquet")
    samples = pd.read_parquet(finished_project.data / "02_intermediate/samples.parquet").set_index("id")
    classes = [name.removeprefix("p_") for name in table if name.startswith("p_")]
    probabilities = [{name: row[f"p_{name}"] for name in classes} for row in table.to_dict("records")]
    return [
        (Path(samples.loc[id_, "path"]), label, proba)
        for id_, label, proba in zip(table["id"], table["predicted"], probabilities, strict=True)
    ]


@pytest.fixture(scope="module")
def logged(finished_project):
    """Where MLflow keeps the LSTM."""
    client = MlflowClient(finished_project.database)
    experiment = client.get_experiment_by_name("seqpipe").experiment_id
    (model,) = (one for one in client.search_logged_models([experiment]) if one.name == "lstm")
    return model.artifact_location


def check(answers, evaluated):
    """Every label, and every probability to the last digits."""
    assert len(answers) == len(evaluated)
    for answer, (path, label, proba) in zip(answers, evaluated, strict=True):
        assert answer["label"] == label, path
        assert answer["probabilities"] == pytest.approx(proba, abs=LAST_DIGITS), path


def test_predict_says_what_the_evaluation_said(evaluated, finished_project, tmp_path, monkeypatch):
    monkeypatch.chdir(finished_project.folder)
    out = tmp_path / "out.csv"
    paths = [str(path) for path, *_ in evaluated]
    done = CliRunner().invoke(main, ["predict", *paths, "--model", "lstm", "--env", "test", "--out", str(out)])
    assert done.exit_code == 0, done.output
    told = pd.read_csv(out).set_index("path")
    for path, label, proba in evaluated:
        assert told.loc[str(path), "label"] == label
        assert told.loc[str(path), "probability"] == proba[label], "asked at once, they are the same bits"


def test_the_server_says_what_the_evaluation_said(evaluated, finished_project, tmp_path):
    with running(finished_project, tmp_path / "t", "--model", "lstm") as server, server.client() as client:
        check([client.post("/predict", content=path.read_bytes()).json() for path, *_ in evaluated], evaluated)


def test_a_loaded_model_says_what_the_evaluation_said(evaluated, logged):
    model = mlflow.pyfunc.load_model(logged)
    for asked in ([str(path) for path, *_ in evaluated], [path.read_bytes() for path, *_ in evaluated]):
        check(model.predict(asked).to_dict("records"), evaluated)


@pytest.fixture(scope="module")
def mlflow_server(logged, tmp_path_factory):
    """``mlflow models serve --env-manager local`` on the LSTM; it is not told where this package is."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    folder = tmp_path_factory.mktemp("served")
    path = logged.removeprefix("file://")
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", path, "--env-manager", "local", "-p", port]
    variables = {k: v for k, v in environment().items() if k != "PYTHONPATH"}
    # As in an active environment: MLflow calls uvicorn by its name.
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=LIMIT_S) as client:
            until(lambda: process.poll() is not None or _answers(client))
            assert process.poll() is None, (folder / "log").read_text()[-3000:]
            yield client
        subprocess.run(["pkill", "-TERM", "-s", str(process.pid)], check=False)
        process.wait(LIMIT_S)


def _answers(client):
    try:
        return client.get("/ping").status_code == 200
    except httpx.TransportError:
        return False


def test_mlflows_server_says_what_the_evaluation_said(evaluated, mlflow_server):
    contents = [base64.b64encode(path.read_bytes()).decode() for path, *_ in evaluated]
    bodies = {
        "bytes": {"dataframe_records": [{"content": content} for content in contents]},
        "paths": {"inputs": [str(path) for path, *_ in evaluated]},
    }
    for how, body in bodies.items():
        answer = mlflow_server.post("/invocations", json=body)
        assert answer.status_code == 200, (how, answer.text)
        check(answer.json()["predictions"], evaluated)


def test_mlflows_server_takes_raw_bytes_in_parquet(evaluated, mlflow_server, tmp_path):
    pd.DataFrame({"content": [path.read_bytes() for path, *_ in evaluated]}).to_parquet(tmp_path / "asked")
    body = (tmp_path / "asked").read_bytes()
    kind = {"Content-Type": "application/vnd.apache.parquet"}
    answer = mlflow_server.post("/invocations", content=body, headers=kind)
    assert answer.status_code == 200, answer.text
    check(json.loads(answer.text)["predictions"], evaluated)
