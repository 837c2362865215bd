"""``seqpipe ui``: the MLflow UI on the runs of this project, for this machine alone."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError
from seqpipe.tracking.connect import connect
from seqpipe.tracking.project import project_store

HOST, PORT = "127.0.0.1", 5000


class Ui(NamedTuple):
    """A UI that can be opened.

    Attributes:
        page: The address of the project's runs in it.
        arguments: Of the process that serves it; empty: a server does already.
    """

    page: str
    arguments: tuple[str, ...]


def ui_of(project: Path, port: int) -> Ui:
    """The UI on the runs of a project, served at ``port`` of this machine where no server has its own.

    Raises:
        UserError: It is no project, its runs cannot be read, or the port is in use.
    """
    store = project_store(project)
    if store.uri.startswith("http"):
        return Ui(str(store), ())
    experiment_id = connect(store)
    if in_use(port):
        # MLflow would wait for ever, and say nothing.
        raise UserError(f"Port {port} is in use, perhaps by another UI: end that, or take another by --port.")
    # MLflow starts four processes; one is enough for who sits at this machine.
    where = ("--backend-store-uri", store.uri, "--host", HOST, "--port", str(port), "--workers", "1")
    # The UI opens on what it has for language models; the runs are there.
    page = f"http://{HOST}:{port}/#/experiments/{experiment_id}/runs?workflowType=machine_learning"
    return Ui(page, (sys.executable, "-m", "mlflow", "ui", *where))


def in_use(port: int) -> bool:
    """Whether something on this machine listens there."""
    with socket.socket() as one:
        return one.connect_ex((HOST, port)) == 0


def become(ui: Ui) -> None:
    """Turns this process into the one that serves it; it ends with Ctrl-C."""
    # Its server's notices on libraries of its own.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    os.execv(ui.arguments[0], ui.arguments)
