"""How long MLflow is waited for: its own variables, where the user has not set them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

DEFAULTS = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # Nothing of a run leaves the machine unasked.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A server that is started anew is waited for, half a minute in all; one that is gone does not hold up a training.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
# How a server is asked whether it is there.
IN_SECONDS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}


def set_defaults() -> None:
    """Sets what the user has not."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


@contextmanager
def in_seconds() -> Iterator[None]:
    """MLflow's requests inside the block are answered within seconds or fail."""
    with variables({name: value for name, value in IN_SECONDS.items() if os.environ.get(name) == DEFAULTS[name]}):
        yield


@contextmanager
def variables(values: dict[str, str | None]) -> Iterator[None]:
    """Environment variables inside the block (None: as they are); what they were comes back behind it."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
