"""``make ui``: the MLflow UI on the runs of this project, for this machine alone."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from pathlib import Path

from kedro.config import OmegaConfigLoader

from seqpipe.core.errors import UserError
from seqpipe.tracking.connect import connect
from seqpipe.tracking.store import mlflow_config, store_of

HOST, PORT = "127.0.0.1", "5000"


def in_use(port: str) -> bool:
    """Whether something on this machine listens there."""
    with socket.socket() as one:
        return port.isdecimal() and int(port) < 2**16 and one.connect_ex((HOST, int(port))) == 0


def main() -> None:
    """Becomes ``mlflow ui``, with the project's tracking URI."""
    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
    project = Path.cwd()
    loader = OmegaConfigLoader(str(project / "conf"), base_env="base", default_run_env="local")
    loader.config_patterns["mlflow"] = ["mlflow*", "mlflow*/**"]
    try:
        store = store_of(mlflow_config(loader["mlflow"]), project)
        if store.uri.startswith("http"):
            sys.exit(f"The runs are on {store}: open it in a browser.")
        experiment_id = connect(store)
    except UserError as error:
        sys.exit(f"Error: {error}")
    port = os.environ.get("PORT", PORT)
    if in_use(port):
        # MLflow would wait for ever, and say nothing.
        sys.exit(f"Error: port {port} is in use, perhaps by another `make ui`; end that, or take PORT=<another>.")
    # The UI opens on what it has for language models; the runs are there.
    page = f"http://{HOST}:{port}/#/experiments/{experiment_id}/runs?workflowType=machine_learning"
    print(f"MLflow UI: {page}  (Ctrl-C ends it; another port: make ui PORT=5001)", flush=True)
    # Its server's notices on libraries of its own.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    # MLflow starts four processes; one is enough for who sits at this machine.
    where = ["--backend-store-uri", store.uri, "--host", HOST, "--port", port, "--workers", "1"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", "ui", *where])


if __name__ == "__main__":
    main()
