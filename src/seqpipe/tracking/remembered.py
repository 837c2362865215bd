"""Trained models that MLflow remembers, as bundles: by registered name, or by run."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import complete, parquet_lineage
from seqpipe.tasks.registry import DEFAULT_TASK
from seqpipe.tracking.compat import has_alias
from seqpipe.tracking.connect import connect, refused_in_a_sentence
from seqpipe.tracking.project import project_store
from seqpipe.tracking.store import Store
from seqpipe.tracking.tags import CHAMPION
from seqpipe.tracking.whole_runs import and_children

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from seqpipe.use.bundle import Bundle

logger = logging.getLogger(__name__)

RUN_ID = re.compile(r"[0-9a-f]{32}")
VERSION = re.compile(r"(?P<name>[^@/]+)[@/](?P<which>[^@/]+)")


class Name(NamedTuple):
    """How MLflow knows a model: ``name`` and ``which`` version or alias of the registry, or a ``run``."""

    name: str = ""
    which: str = ""
    run: str = ""


class Opened(NamedTuple):
    """MLflow, as a project's configuration names it."""

    client: MlflowClient
    store: Store
    experiment_id: str


def remembered_name(text: str) -> Name | None:
    """What a text names in MLflow: ``boats@champion``, ``boats@3``, a run's id; None: it names nothing there."""
    if RUN_ID.fullmatch(text):
        return Name(run=text)
    found = VERSION.fullmatch(text)
    return Name(found["name"], found["which"]) if found else None


def opened(project: Path, env: str) -> Opened:
    """MLflow of a project, which has runs there.

    Raises:
        UserError: It has none yet, or MLflow does not answer.
    """
    store = project_store(project, env)
    if store.database is not None and not store.database.exists():
        raise UserError(f"{store} is not there yet: `kedro run` writes it.")
    experiment_id = connect(store)
    from mlflow import MlflowClient

    return Opened(MlflowClient(), store, experiment_id)


class Remembered(NamedTuple):
    """A model that MLflow remembers, and what it is called there."""

    bundle: Bundle
    named: str


def remembered(name: Name, project: Path, env: str) -> Remembered:
    """A model that MLflow remembers; from a server it is fetched.

    Raises:
        UserError: MLflow has none of that name.
    """
    from seqpipe.tracking.registry import version_named

    place = opened(project, env)
    with refused_in_a_sentence(place.store):
        if name.run:
            return Remembered(fetched(_of_run(place, name.run)), f"run {name.run}")
        return _version(version_named(place.client, name.name, name.which))


def name_here(project: Path, store: Store, task: str | None) -> str:
    """What the models of the corpus are registered as that the project's D' is of.

    Raises:
        UserError: It has no D'.
    """
    from seqpipe.tracking.registry import registered_name

    return registered_name(store.experiment, _corpus(project, task)["name"], task or DEFAULT_TASK)


def _corpus(project: Path, task: str | None) -> dict[str, Any]:
    """What the project's D' says of its corpus."""
    dataset = project / "data/05_model_input" / (task or "") / "dataset.parquet"
    if not dataset.exists():
        raise UserError(f"{dataset} is not there: name a registered model (`seqpipe models` lists them).")
    return complete(parquet_lineage(dataset), "corpus")["corpus"]


def champion_here(project: Path, env: str, task: str | None) -> Remembered | None:
    """The champion of the corpus that the project's D' is of; None: there is none."""
    store = project_store(project, env)
    try:
        name = name_here(project, store, task)
    except UserError:
        return None  # nothing is trained here: whoever asks is told so where the models lie
    if store.database is not None and not has_alias(store.database, name, CHAMPION):
        return None  # and MLflow need not be imported to say so
    from seqpipe.tracking.registry import version_at

    place = opened(project, env)
    with refused_in_a_sentence(place.store):
        version = version_at(place.client, name, CHAMPION)
    if version is None:
        return None
    there, here = version.tags.get("corpus.path", ""), str(_corpus(project, task).get("path") or "")
    if there != here:
        logger.warning(
            "%s@%s is not asked: it was trained on %s, and what lies here is of %s. Name it by --model to ask it.",
            *(name, CHAMPION, there or "an embedded corpus", here or "an embedded corpus"),
        )
        return None
    return _version(version)


def _version(version: ModelVersion) -> Remembered:
    return Remembered(fetched(str(version.source)), f"{version.name} version {version.version}")


def _of_run(place: Opened, run_id: str) -> str:
    run = run_of(place, run_id)
    for one in and_children(place.client, run):
        for model in one.outputs.model_outputs if one.outputs else ():
            return f"models:/{model.model_id}"
    raise UserError(
        f"The run {run_id} has logged no model: name that of a model (svm, lstm), or of a whole `kedro run`."
    )


def run_of(place: Opened, run_id: str) -> Run:
    """The run of this id.

    Raises:
        UserError: There is none.
    """
    from mlflow.exceptions import MlflowException

    try:
        return place.client.get_run(run_id)
    except MlflowException:
        raise UserError(f"There is no run {run_id} in MLflow at {place.store}: its page shows the ids.") from None


def fetched(uri: str) -> Bundle:
    """The bundle within a logged model; from a server it is fetched.

    Raises:
        UserError: It holds none: another program, or an earlier version, has logged it.
    """
    from mlflow.artifacts import download_artifacts

    from seqpipe.use.bundle import RECORD, read_bundle

    folder = Path(download_artifacts(uri)) / "artifacts/bundle"
    if not (folder / RECORD).exists():
        raise UserError(f"{uri} is no model that answers to files: an earlier version logged it; train it again.")
    return read_bundle(folder)
