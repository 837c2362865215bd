"""A project that was copied or renamed keeps its artifacts in itself."""

import shutil

import mlflow
import pytest
from mlflow import MlflowClient

from seqpipe.tracking.compat import log_pyfunc
from seqpipe.tracking.connect import connect
from seqpipe.tracking.store import MlflowConfig, store_of

pytestmark = pytest.mark.usefixtures("mlflow_as_it_was")


def store(project, uri=None):
    return store_of(MlflowConfig(tracking_uri=uri, experiment=None), project, {})


def log(where, text):
    client = MlflowClient(where.uri)
    run_id = client.create_run(connect(where)).info.run_id
    client.log_text(run_id, text, "note.txt")
    return run_id


def note(where, run_id):
    return mlflow.artifacts.load_text(f"{MlflowClient(where.uri).get_run(run_id).info.artifact_uri}/note.txt")


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def project(new_project, tmp_path):
    return new_project(tmp_path / "old 100%")


def test_a_copy_writes_into_itself_and_opens_what_was_copied_along(project, tmp_path):
    run_id = log(store(project), "before")
    copy = shutil.copytree(project, tmp_path / "new #2")
    there = files(project)
    new_id = log(store(copy), "after")
    assert files(project) == there
    assert {note(store(copy), run_id), note(store(copy), new_id)} == {"before", "after"}
    shutil.rmtree(project)
    assert note(store(copy), run_id) == "before"


def test_a_renamed_project_does_not_make_the_old_folder_anew(project, tmp_path):
    run_id = log(store(project), "before")
    renamed = project.rename(tmp_path / "new")
    log(store(renamed), "after")
    assert not project.exists()
    assert note(store(renamed), run_id) == "before"


def test_what_was_not_copied_along_is_found_where_it_lies(project, tmp_path):
    run_id = log(store(project), "before")
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(project / "mlflow.db", copy)
    new_id = log(store(copy), "after")
    assert note(store(copy), run_id) == "before"
    assert files(copy / "mlartifacts") == [path for path in files(copy) if path.name == "note.txt"]
    assert note(store(copy), new_id) == "after"


def test_models_and_other_experiments_follow(project, tmp_path):
    where = store(project)
    run_id = log(where, "before")
    code = tmp_path / "served.py"
    code.write_text(
        "import mlflow\nclass M(mlflow.pyfunc.PythonModel):\n    def predict(self, model_input: list[str]):\n"
        "        return model_input\nmlflow.models.set_model(M())\n"
    )
    log_pyfunc(run_id, "m", python_model=str(code), pip_requirements=[])
    client = MlflowClient(where.uri)
    (model,) = client.get_run(run_id).outputs.model_outputs
    other = client.create_experiment("other", where.artifacts)
    renamed = project.rename(tmp_path / "new")
    log(store(renamed), "after")
    client = MlflowClient(store(renamed).uri)
    assert client.get_experiment(other).artifact_location == store(renamed).artifacts
    location = client.get_logged_model(model.model_id).artifact_location
    assert mlflow.pyfunc.load_model(location).predict(["x"]) == ["x"]


def test_two_projects_of_one_database_keep_its_artifacts_beside_it(new_project, tmp_path):
    shared = f"sqlite:///{new_project(tmp_path / 'shared')}/mlflow.db"
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        log(store(tmp_path / name, shared), name)
    assert len(files(tmp_path / "shared/mlartifacts")) == 2
    assert not files(tmp_path / "one")


def test_artifacts_that_someone_has_put_elsewhere_stay_there(project, tmp_path):
    where = store(project)
    experiment_id = connect(where)
    client = MlflowClient(where.uri)
    client.rename_experiment(experiment_id, "renamed")
    client.create_experiment("seqpipe", (tmp_path / "archive").as_uri())
    log(where, "kept")
    assert len(files(tmp_path / "archive")) == 1
