"""Ground that Kedro or MLflow does not promise: whatever rests on it goes through here.

Private, internal or without an interface, so that a new version may change it without a word. Each entry has a test
of its own in tests/tracking/test_compat.py, which says what breaks then. Both libraries are imported where they are
used: this file is read at every command's start.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from kedro.pipeline import Pipeline
    from mlflow.entities import Dataset

# Where MLflow's own experiment `Default` keeps artifacts: else in the working directory, whose name it cannot quote.
ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
# How the names of those begin that tell MLflow of a notebook.
ASK_IPYTHON = ("Jupyter", "Databricks")
# Every table of MLflow's that names a folder of artifacts, but for the experiments: its key and the columns.
ARTIFACT_COLUMNS = {
    "runs": ("run_uuid", ["artifact_uri"]),
    "logged_models": ("model_id", ["artifact_location"]),
    "model_versions": ("rowid", ["source", "storage_location"]),
}


def given_parameters(context: Any) -> dict[str, Any]:
    """What ``--params`` gave, nested. Kedro keeps it in a private attribute alone."""
    return context._runtime_params or {}


def nodes_with_missing_outputs(pipeline: Pipeline, catalog: Any) -> Pipeline:
    """What Kedro's runner leaves of a pipeline with ``--only-missing-outputs``: it says so after the hooks alone."""
    from kedro.runner import SequentialRunner

    return SequentialRunner()._filter_pipeline_for_missing_outputs(pipeline, catalog)


class WithoutTypeHints:
    """Before ``PythonModel``: its ``predict`` has a signature, which says it better than annotations.

    MLflow would take them for a schema of its own, and warns where there are none.
    """

    _skip_type_hint_validation = True


def verify_schema(uri: str) -> None:
    """Raises an ``MlflowException`` where a database's tables are of another version of MLflow; changes nothing."""
    from mlflow.store.db.utils import _verify_schema
    from sqlalchemy import create_engine

    engine = create_engine(uri)
    try:
        _verify_schema(engine)
    finally:
        engine.dispose()


def log_pyfunc(run_id: str, name: str, **how: Any) -> None:
    """Logs a model with a run. ``mlflow.pyfunc.log_model`` takes the run that is active in this thread instead.

    Args:
        how: As ``mlflow.pyfunc.log_model`` takes it.
    """
    import mlflow
    from mlflow.models import Model

    with _unchecked_requirements():
        Model.log(artifact_path=None, flavor=mlflow.pyfunc, run_id=run_id, name=name, **how)


@contextmanager
def _unchecked_requirements() -> Iterator[None]:
    """MLflow does not hold the model's requirements against what is installed, for which it reads all packages' files.

    They are the versions of this very process: there is nothing to find.
    """
    # As it is saved, and as it is loaded to try its example. By name: ``mlflow.pyfunc`` may be a stand-in for itself.
    places = [import_module(name) for name in ("mlflow.utils.environment", "mlflow.pyfunc")]
    checks = [place.warn_dependency_requirement_mismatches for place in places]
    for place in places:
        place.warn_dependency_requirement_mismatches = lambda model_requirements: None  # type: ignore[attr-defined]  # noqa: ARG005
    try:
        yield
    finally:
        for place, check in zip(places, checks, strict=True):
            place.warn_dependency_requirement_mismatches = check  # type: ignore[attr-defined]


def dataset_entity(dataset: Any) -> Dataset:
    """One of ``mlflow.data`` as ``MlflowClient.log_inputs`` takes it, which has no way of its own."""
    return dataset._to_mlflow_entity()


def with_context_tags(tags: dict[str, str]) -> dict[str, str]:
    """These tags, and those of who runs it and from where, which only MLflow's calls on an active run add.

    Without IPython in this process there is no notebook, Jupyter's or Databricks'; they would import it to ask.
    """
    from mlflow.tracking.context.abstract_context import RunContextProvider
    from mlflow.tracking.context.registry import resolve_tags

    asking: list[Any] = [one for one in RunContextProvider.__subclasses__() if one.__name__.startswith(ASK_IPYTHON)]
    resolved: dict[str, str] = resolve_tags(tags, ignore=[] if "IPython" in sys.modules else asking)
    return resolved


def is_database(uri: str) -> bool:
    """Whether a tracking URI is a database's, by MLflow's own list of them."""
    from mlflow.store.db.db_types import DATABASE_ENGINES

    return uri.partition(":")[0].partition("+")[0] in DATABASE_ENGINES


class ArtifactLocation(NamedTuple):
    """A cell of MLflow's database that names a folder of artifacts."""

    table: str
    column: str
    key: Any
    location: str


def artifact_locations(database: sqlite3.Connection, folder: str) -> Iterator[ArtifactLocation]:
    """Those of runs and models that lie below ``folder``. MLflow has no call that tells or changes them."""
    for table, (key, columns) in ARTIFACT_COLUMNS.items():
        for column in columns:
            rows = database.execute(
                f"SELECT {key}, {column} FROM {table} WHERE substr({column}, 1, ?) = ?",
                (len(folder) + 1, f"{folder}/"),
            ).fetchall()
            yield from (ArtifactLocation(table, column, *row) for row in rows)


def set_artifact_location(database: sqlite3.Connection, cell: ArtifactLocation, location: str) -> None:
    """Writes another folder into the cell."""
    key, _ = ARTIFACT_COLUMNS[cell.table]
    database.execute(f"UPDATE {cell.table} SET {cell.column} = ? WHERE {key} = ?", (location, cell.key))


def has_alias(database: Path, name: str, alias: str) -> bool:
    """Whether a version of the registered model has the alias, by the database: MLflow takes seconds to import."""
    import sqlite3

    if not database.exists():
        return False
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        try:
            query = "SELECT 1 FROM registered_model_aliases WHERE name = ? AND alias = ?"
            return opened.execute(query, (name, alias)).fetchone() is not None
        except sqlite3.Error:
            return True  # MLflow itself is asked


def move_experiments(database: sqlite3.Connection, before: str, home: str) -> None:
    """Has every experiment whose artifacts lie at or below ``before`` keep them at or below ``home``."""
    database.execute(
        "UPDATE experiments SET artifact_location = ? || substr(artifact_location, ?) "
        "WHERE artifact_location = ? OR substr(artifact_location, 1, ?) = ?",
        (home, len(before) + 1, before, len(before) + 1, f"{before}/"),
    )


def replace_tag(database: sqlite3.Connection, key: str, before: str, after: str) -> None:
    """Gives every run that has this tag with one value another; MLflow's client would do it run by run."""
    database.execute("UPDATE tags SET value = ? WHERE key = ? AND value = ?", (after, key, before))
