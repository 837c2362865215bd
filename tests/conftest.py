"""A real project in a temporary folder: most tests share one finished run of the real, tiny pipelines."""

from __future__ import annotations

import gc
import json
import os
import sys

# Two workers share the cores: a pool of threads in each would make them wait for one another. Torch asks on import.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A hundred processes would each compile the package where a machine's setting has Python keep nothing of it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from kedro.config import OmegaConfigLoader
from tests.plugins import install
from tests.projects import REPOSITORY, Finished, Project, ended, git, made_once, make_project, without_runs

from seqpipe.config import with_inherited
from seqpipe.settings import CONFIG_LOADER_ARGS

__all__ = ["install"]  # a fixture of all tests

sys.dont_write_bytecode = False

# How long an example takes says nothing on a machine that others compute on as well.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


def pytest_collection_finish() -> None:
    """Takes all that has been imported and collected out of sight of the garbage collector.

    What measures memory collects garbage first, which of a million objects takes longer than most tests do.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return make_project(tmp_path / "project")


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One complete run, in a git checkout without changes. Only look: all tests share it."""

    def run(project: Project) -> Finished:
        git(project.folder, "init", "--quiet")
        git(project.folder, "add", ".")
        git(project.folder, "commit", "--quiet", "-m", "start")
        return ended(project.start())

    return made_once(tmp_path_factory, "finished", run)


@pytest.fixture(scope="session")
def transferred_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One run of ``transfer`` and one of ``finetune``. Only look: all tests share it."""

    def run(project: Project) -> Finished:
        done = project.kedro_run("--pipeline", "transfer")
        assert done.code == 0, done.out + done.err
        tuned = project.kedro_run("--pipeline", "finetune")
        assert tuned.code == 0, tuned.out + tuned.err
        return done

    return made_once(tmp_path_factory, "transferred", run)


@pytest.fixture(scope="session")
def remembering_project(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """``memory`` on a finished run of which one model is of another D'. Only look."""

    def run(project: Project) -> Finished:
        left = shutil.ignore_patterns("mlartifacts", ".git", "mlflow.db*")
        shutil.copytree(finished_project.folder, project.folder, ignore=left, dirs_exist_ok=True)
        models, outputs = project.data / "06_models", project.data / "07_model_output"
        shutil.rmtree(models / "gru")
        shutil.copytree(models / "lstm", models / "gru")
        fit = json.loads((outputs / "lstm/fit.json").read_text())
        (outputs / "gru/fit.json").write_text(json.dumps(fit | {"dataset": "another"}))
        return project.kedro_run("--pipeline", "memory")

    return made_once(tmp_path_factory, "remembering", run)


@pytest.fixture(scope="session")
def labelled_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One run of ``frame_labels`` on the embedded corpus. Only look: all tests share it."""

    def run(project: Project) -> Finished:
        return project.kedro_run("--pipeline", "frame_labels")

    return made_once(tmp_path_factory, "labelled", run)


@pytest.fixture(scope="session")
def speaking_project(finished_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run with one of each pipeline beside it whose models read or say otherwise. Only look."""

    def run(project: Project) -> Finished:
        left = shutil.ignore_patterns("mlartifacts", ".git", "mlflow.db*")
        shutil.copytree(finished_project.folder, project.folder, ignore=left, dirs_exist_ok=True)
        for name in ("finetune", "image_captioning", "video_captioning", "translation", "frame_labels"):
            done = project.kedro_run("--pipeline", name)
            assert done.code == 0, done.out + done.err
        return done

    return made_once(tmp_path_factory, "speaking", run)


@pytest.fixture
def copy_of_finished(finished_project: Project, tmp_path: Path) -> Callable[[str], Project]:
    """Makes a copy of the finished project that a test may change; MLflow's artifacts stay behind."""

    def copy(name: str = "copy") -> Project:
        left = shutil.ignore_patterns("mlartifacts", ".git", "mlflow.db*")
        shutil.copytree(finished_project.folder, tmp_path / name, ignore=left)
        return without_runs(tmp_path / name)

    return copy


@pytest.fixture
def raw_parameters() -> dict[str, Any]:
    """The parameters of the environment ``test``, every block whole, to be changed at will."""
    loader = OmegaConfigLoader(str(REPOSITORY / "conf"), env="test", **CONFIG_LOADER_ARGS)
    return deepcopy(with_inherited(loader["parameters"]))


@pytest.fixture
def mlflow_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test tells MLflow stays in the test, and what the variables say outside it."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    import mlflow

    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_tracking_uri(before)
    # MLflow tells it the processes that follow, which would take it for the user's.
    os.environ.pop("MLFLOW_TRACKING_URI", None)
