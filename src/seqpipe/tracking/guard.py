"""MLflow may fail in the middle of a run; the run may not."""

from __future__ import annotations

import logging
from collections.abc import Callable

from seqpipe.tracking.connect import reason
from seqpipe.tracking.patience import in_seconds
from seqpipe.tracking.store import Store

logger = logging.getLogger(__name__)

INCOMPLETE_TAG = "seqpipe.incomplete"


class Guard:
    """Sends records to MLflow as long as it takes them; where it takes no more, that is told once.

    Attributes:
        lost: Why MLflow takes no more records; None: it takes them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.lost: str | None = None

    def __call__(self, send: Callable[[], None]) -> None:
        """Sends, unless MLflow is lost already."""
        if self.lost is None:
            self.lost = failure(send)
            if self.lost is not None:
                logger.warning(
                    "MLflow at %s takes no more records (%s): the run goes on without it; its results lie in %s.",
                    *(self._store, self.lost, self._store.project / "data"),
                )

    def at_last(self, send: Callable[[], None]) -> None:
        """Tries within seconds, whatever was before, and says nothing where it fails."""
        with in_seconds():
            failure(send)


def failure(send: Callable[[], None]) -> str | None:
    """Why MLflow, its database or the system did not take it; None: it was taken."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        send()
    except (MlflowException, SQLAlchemyError, OSError) as error:
        logger.debug("MLflow took no more records", exc_info=True)
        return reason(error)
    return None
