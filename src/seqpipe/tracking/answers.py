"""What a run that MLflow remembers has answered: its tables of predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqpipe.core.errors import UserError
from seqpipe.evaluation.results import PREDICTIONS, VAL_PREDICTIONS
from seqpipe.tracking.remembered import RUN_ID
from seqpipe.tracking.whole_runs import and_children

if TYPE_CHECKING:
    from mlflow import MlflowClient


def is_run(name: str) -> bool:
    """Whether a text is a run's id."""
    return RUN_ID.fullmatch(name) is not None


def fetch_answers(run_id: str, folder: Path) -> None:
    """Brings the answers to val and test into ``folder``: of a model's run, or of the best on val of a whole one.

    MLflow is asked where the run that is going on is remembered.

    Raises:
        UserError: There is no such run, it has left no answers to val, or does not say which of its models is the best.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    try:
        run = client.get_run(run_id)
        for one in and_children(client, run):
            if _has_answers(client, one.info.run_id):
                for name in (PREDICTIONS, VAL_PREDICTIONS):
                    client.download_artifacts(one.info.run_id, name, str(folder))
                return
    except MlflowException as error:
        raise UserError(f"The run {run_id} cannot be read from MLflow: {error.message}") from error
    raise UserError(
        f"The run {run_id} has left no answers to val and to the test: name that of a model (svm, lstm), or of a whole "
        "`kedro run`, of this version."
    )


def _has_answers(client: MlflowClient, run_id: str) -> bool:
    return {PREDICTIONS, VAL_PREDICTIONS} <= {file.path for file in client.list_artifacts(run_id)}
