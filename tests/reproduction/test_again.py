"""The command that repeats a run, and what lies in its folder."""

import json
from dataclasses import replace

import pytest
import yaml
from tests.reproduction.records import RECORD

from seqpipe.core.errors import UserError
from seqpipe.reproduction.again import bring, check_within, command, placed, shared, variables, write_configuration
from seqpipe.reproduction.record import path_digest

PARAMETERS = {
    "corpus": {"path": "videos"},
    "runtime": {"threads": None, "seed": 0},
    "backbone": {"weights": "w.pth"},
    "transfer": {"backbones": [{"weights": "w.pth"}, {"weights": "DEFAULT"}]},
}


def test_the_command_names_pipelines_and_nodes_where_the_run_did(tmp_path):
    whole = command(RECORD, tmp_path, "", "python")
    assert whole == ["python", "-m", "kedro", "run", "--conf-source", str(tmp_path)]
    part = replace(RECORD, pipelines=("transfer",), nodes=("a", "b"))
    assert command(part, tmp_path, "runtime.seed=1", "python")[6:] == [
        *("--pipelines", "transfer", "--nodes", "a,b", "--params", "runtime.seed=1")
    ]


def test_paths_are_whole_and_threads_are_as_many():
    record = replace(RECORD, weights={"w.pth": "1"})
    own = placed(PARAMETERS, record, cores=8)
    assert own["corpus"]["path"] == "/project/videos"
    assert own["backbone"]["weights"] == "/project/w.pth"
    assert [one["weights"] for one in own["transfer"]["backbones"]] == ["/project/w.pth", "DEFAULT"]
    assert own["runtime"]["threads"] == 2
    assert placed(PARAMETERS, record, cores=2)["runtime"]["threads"] is None
    assert PARAMETERS["corpus"]["path"] == "videos", "what was given stays as it is"


@pytest.mark.parametrize("path", [None, "builtin:moving_digits"])
def test_an_embedded_corpus_is_named_as_it_was(path):
    assert placed({**PARAMETERS, "corpus": {"path": path}}, RECORD, 2)["corpus"]["path"] == path


def test_a_warm_repetition_shares_what_is_known_by_its_content(tmp_path):
    catalog = {name: {"filepath": f"data/{name}"} for name in ("feature_store", "probe_cache", "dataset", "dataset_x")}
    warm = shared(catalog, tmp_path, RECORD, cold=False)
    assert warm["feature_store"]["filepath"] == str(tmp_path / "data/feature_store")
    assert warm["dataset"]["filepath"] == "data/dataset"
    assert shared(catalog, tmp_path, RECORD, cold=True) == catalog
    begun = replace(RECORD, begins_with={"dataset": {"path": "data/dataset", "digest": "1"}})
    assert shared(catalog, tmp_path, begun, cold=True)["dataset_x"]["filepath"] == str(tmp_path / "data/dataset_x")


def test_of_a_dprime_that_the_run_makes_itself_nothing_is_shared(tmp_path):
    catalog = {"dataset_x": {"filepath": "data/dataset_x"}}
    begun = replace(RECORD, begins_with={"samples": {"path": "data/samples", "digest": "1"}})
    assert shared(catalog, tmp_path, begun, cold=False) == catalog


def test_links_to_elsewhere_are_taken_out_and_paths_elsewhere_refused(tmp_path):
    (tmp_path / "big").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/data").symlink_to(tmp_path / "big")
    check_within(tmp_path / "folder", {"svm.model": {"filepath": "data/06_models/svm"}, "x": {"type": "y"}})
    assert not (tmp_path / "folder/data").exists()
    assert (tmp_path / "big").is_dir()
    for path in ("/mnt/models", "../models"):
        with pytest.raises(UserError, match="outside of the project"):
            check_within(tmp_path / "folder", {"svm.model": {"filepath": path}})
    check_within(tmp_path / "folder", {"feature_store": {"filepath": "/mnt/store"}})


def test_what_a_run_began_with_is_brought_unless_it_has_changed(tmp_path):
    project, folder = tmp_path / "project", tmp_path / "folder"
    (project / "data").mkdir(parents=True)
    (project / "data/dataset").write_text("D'")
    entry = {"path": "data/dataset", "digest": path_digest(project / "data/dataset")}
    record = replace(RECORD, begins_with={"dataset": entry})
    bring(record, project, folder)
    assert (folder / "data/dataset").read_text() == "D'"
    (project / "data/dataset").write_text("another D'")
    with pytest.raises(UserError, match=r"began with `dataset`.*another run has written since"):
        bring(record, project, folder)


def test_the_configuration_is_what_was_merged_and_nothing_else(tmp_path):
    folder = write_configuration(tmp_path, PARAMETERS, {"a": {"type": "b"}}, {"tracking_uri": None})
    assert yaml.safe_load((folder / "base/parameters.yml").read_text()) == json.loads(json.dumps(PARAMETERS))
    assert sorted(path.name for path in folder.rglob("*.yml")) == ["catalog.yml", "mlflow.yml", "parameters.yml"]


def test_the_checkouts_code_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/before")
    monkeypatch.setenv("KEDRO_LOGGING_CONFIG", "/x")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "login")
    own = variables(tmp_path, {"TOLD": "1"})
    assert own["PYTHONPATH"] == f"{tmp_path}:/before"
    assert own["TOLD"] == "1"
    assert not {"KEDRO_LOGGING_CONFIG", "MLFLOW_TRACKING_URI"} & set(own)
    assert own["MLFLOW_TRACKING_TOKEN"] == "login"
