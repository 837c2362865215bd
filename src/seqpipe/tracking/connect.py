"""The way to MLflow: there within seconds or refused in a sentence, its experiment made on first use."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

from filelock import FileLock

from seqpipe.core.errors import UserError
from seqpipe.tracking.compat import ARTIFACT_ROOT, is_database, verify_schema
from seqpipe.tracking.moved import follow_the_database
from seqpipe.tracking.patience import in_seconds, set_defaults, variables
from seqpipe.tracking.store import DATABASE, TRACKING_URI, Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

DATABASE_ANSWERS_IN_S = 10
SERVER_ANSWERS_IN_S = 5
# The system's word, a driver's, or that of whoever waited.
HEARTS = (r"\[Errno [^]]*\] ([\w ]+)", r"\(\w+\.\w*Error\) ([^\n]+)", r"\b(timed out)\b")
TOLD_BY_MLFLOW: dict[str, str | None] = {"MLFLOW_TRACKING_URI": None, "MLFLOW_EXPERIMENT_ID": None}
# They set levels of their own when they are imported; how they lay out tables and try again is not the user's, and
# what they cannot do they raise.
NOISY = ("mlflow", "alembic", "urllib3")


def connect(store: Store) -> str:
    """Sets MLflow's tracking URI and experiment, both made on first use; returns the experiment's id.

    Raises:
        UserError: no MLflow answers there.
    """
    set_defaults()
    with refused_in_a_sentence(store):
        import mlflow

        for library in NOISY:
            logging.getLogger(library).setLevel(logging.CRITICAL)
        for named in store.named_by:
            logger.info("MLflow: %s is taken, as mlflow.yml says nothing else.", named)
        if store.database is not None:
            store.database.parent.mkdir(parents=True, exist_ok=True)
        _check_database(store.uri)
        # MLflow would leave what it is told to the variables, where the next project of this process would take it for
        # the user's.
        with in_seconds(), variables(TOLD_BY_MLFLOW | {ARTIFACT_ROOT: store.artifacts}):
            mlflow.set_tracking_uri(store.uri)
            # Two runs at once must not both create the tables or the experiment.
            with FileLock(_set_up_lock(store)):
                experiment_id = _experiment(mlflow.MlflowClient(), store)
            # Logged models go to the experiment that is set, whatever their run's is.
            mlflow.set_experiment(experiment_id=experiment_id)
    return experiment_id


def look(store: Store) -> None:
    """Asks whether runs can be remembered there; nothing is made. A database must be there.

    Raises:
        UserError: no MLflow answers there, or the database is of another version of it.
    """
    with refused_in_a_sentence(store):
        if is_database(store.uri):
            _check_database(store.uri)
            verify_schema(store.uri)
        elif store.uri.startswith("http"):
            _check_server(store.uri)


def _check_server(uri: str) -> None:
    """Raises what the system says where nothing answers; that a server has no such page is an answer."""
    with suppress(HTTPError), urlopen(f"{uri.rstrip('/')}/health", timeout=SERVER_ANSWERS_IN_S):
        pass


def _set_up_lock(store: Store) -> Path:
    """What runs that may both set up a database hold in turn: beside it, where other projects find it too."""
    database = store.database or store.project / DATABASE
    return database.with_name(f"{database.name}.lock")


def _experiment(client: MlflowClient, store: Store) -> str:
    experiment = client.get_experiment_by_name(store.experiment)
    if experiment is None:
        created: str = client.create_experiment(store.experiment, store.artifacts)
        return created
    if experiment.lifecycle_stage == "deleted":
        logger.info("The MLflow experiment %r had been deleted; it is restored.", store.experiment)
        client.restore_experiment(experiment.experiment_id)
    follow_the_database(store, experiment.artifact_location)
    return str(experiment.experiment_id)


@contextmanager
def refused_in_a_sentence(store: Store) -> Iterator[None]:
    """Tells what MLflow, its database or the system says against a run, before the run."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError, ImportError) as error:
        raise UserError(
            f"MLflow cannot be used at {store} ({reason(error)}): see that it is there and may be written to, or "
            f"{_way_to_another(store)}."
        ) from error


def _way_to_another(store: Store) -> str:
    """What a user changes so that runs are remembered elsewhere: that which decides now."""
    if any(named.startswith(f"{TRACKING_URI}=") for named in store.named_by):
        return (
            f"change the variable {TRACKING_URI}, which says so, unset it (then: a database in the project), or name a "
            "tracking_uri in conf/local/mlflow.yml, which counts before it"
        )
    return f"name another tracking_uri in conf/local/mlflow.yml (null: {TRACKING_URI}, else a database in the project)"


def reason(error: BaseException) -> str:
    """The heart of a long message."""
    text = str(error)
    match = next(filter(None, (re.search(pattern, text) for pattern in HEARTS)), None)
    first = text.strip().partition("\n")[0]
    return match[1].strip() if match else first[:200].rstrip(".") or type(error).__name__


def _check_database(uri: str) -> None:
    """Raises what a database's driver says where it does not let one in; MLflow itself asks for minutes."""
    from sqlalchemy import create_engine

    if not is_database(uri):
        return
    errors: list[Exception] = [TimeoutError(f"no answer in {DATABASE_ANSWERS_IN_S} s: timed out")]

    def ask() -> None:
        try:
            create_engine(uri).connect().close()
            errors.clear()
        except Exception as error:
            errors[:] = [error]

    # A driver's own patience differs from one to the next: a thread is left behind where none answers.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(DATABASE_ANSWERS_IN_S)
    if errors:
        raise errors[0]
