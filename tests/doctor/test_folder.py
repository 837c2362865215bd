"""What is told of the folder: room, whether it is a project, its configuration, MLflow."""

import os
import shutil
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest

from seqpipe.doctor import folder
from seqpipe.project.found import is_project
from seqpipe.project.new import new_project

FOLDER_CHECKS = (folder.project, folder.configuration, folder.mlflow)


@pytest.fixture
def project(tmp_path):
    new_project(tmp_path / "mine")
    return tmp_path / "mine"


def written(place):
    return sorted(str(path) for path in place.rglob("*"))


def test_room_on_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**30))
    assert folder.disk(tmp_path).told.startswith("5.0 GiB are free")
    assert folder.disk(tmp_path).lacks == ()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**29))
    assert "make room" in folder.disk(tmp_path).lacks[0]


def test_no_project_is_no_lack(tmp_path):
    found = [check(tmp_path) for check in FOLDER_CHECKS]
    assert [one.lacks for one in found] == [(), (), ()]
    assert "`seqpipe new my_project` makes one" in found[0].told
    assert written(tmp_path) == []


@pytest.mark.parametrize("text", ["no toml [", "[tool.kedro]\npackage_name = 'another'\n", "[tool]\n"])
def test_what_is_not_ours_is_no_project(text, tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "pyproject.toml").write_text(text)
    assert not is_project(tmp_path)


def test_within_a_project_the_way_to_it_is_told(project):
    assert f"{project} is one: go there" in folder.project(project / "conf").told


def test_a_new_project_lacks_nothing_and_nothing_is_made(project):
    before = written(project)
    found = [check(project) for check in FOLDER_CHECKS]
    assert [(one.lacks, one.hints) for one in found] == [((), ())] * 3
    assert "the first one makes" in found[2].told
    assert written(project) == before


def test_a_folder_that_takes_nothing(project, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written to" in folder.project(project).lacks[0]


def test_a_path_that_kedro_misreads(project):
    moved = project.rename(project.with_name("copy [1]"))
    assert "rename that folder" in folder.project(moved).lacks[0]


def test_a_wrong_parameter_is_told_with_its_sentence(project):
    (project / "conf/local/parameters.yml").write_text("runtime: {sed: 1}\n")
    (lack,) = folder.configuration(project).lacks
    assert "runtime.sed: there is no such parameter; did you mean runtime.seed?" in lack


def test_a_conf_base_of_another_version_is_told(project):
    (project / "conf/base/parameters/svm.yml").unlink()
    with (project / "conf/base/mlflow.yml").open("a") as file:
        file.write("# changed\n")
    found = folder.configuration(project)
    assert "svm." in found.lacks[0]
    assert "(mlflow.yml, parameters/svm.yml)" in found.hints[0]


def test_yaml_that_cannot_be_read_is_a_sentence(project):
    for name in ("parameters.yml", "mlflow.yml"):
        (project / "conf/local" / name).write_text("runtime: [\n")
    assert "parameters.yml, unable to read line" in folder.configuration(project).lacks[0]
    assert "mlflow.yml, unable to read line" in folder.mlflow(project).lacks[0]


def test_the_database_of_a_project_answers(finished_project):
    assert folder.mlflow(finished_project.folder).told == f"{finished_project.folder / 'mlflow.db'} answers."


def test_what_is_no_database_of_mlflow_is_told(project):
    (project / "mlflow.db").write_text("no database, but as long as the head of one" * 10)
    assert "file is not a database" in folder.mlflow(project).lacks[0]
    (project / "mlflow.db").unlink()
    with closing(sqlite3.connect(project / "mlflow.db")) as database:
        database.executescript(
            "create table alembic_version (version_num text); insert into alembic_version values('0')"
        )
    assert "database schema" in folder.mlflow(project).lacks[0]


def test_a_server_that_does_not_answer_is_told(project):
    (project / "conf/local/mlflow.yml").write_text("tracking_uri: http://127.0.0.1:9\n")
    assert "MLflow cannot be used at http://127.0.0.1:9" in folder.mlflow(project).lacks[0]


def test_runs_in_a_folder_are_refused_as_a_run_does(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "file:///runs")
    assert "MLflow keeps runs in a database" in folder.mlflow(project).lacks[0]
