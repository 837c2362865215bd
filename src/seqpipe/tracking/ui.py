"""``make ui``: the MLflow UI on the runs of this project, for this machine alone."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from kedro.config import OmegaConfigLoader

from seqpipe.tracking.hook import MlflowConfig, connect, tracking_uri

HOST, PORT = "127.0.0.1", "5000"


def main() -> None:
    """Becomes ``mlflow ui``, with the project's tracking URI."""
    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
    project = Path.cwd()
    loader = OmegaConfigLoader(str(project / "conf"), base_env="base", default_run_env="local")
    loader.config_patterns["mlflow"] = ["mlflow*", "mlflow*/**"]
    config = MlflowConfig.model_validate(loader["mlflow"])
    if config.tracking_uri and config.tracking_uri.startswith("http"):
        sys.exit(f"The runs are on {config.tracking_uri}: open it in a browser.")
    experiment_id = connect(config, project)
    port = os.environ.get("PORT", PORT)
    # The UI opens on what it has for language models; the runs are there.
    page = f"http://{HOST}:{port}/#/experiments/{experiment_id}/runs"
    print(f"MLflow UI: {page}  (Ctrl-C ends it; another port: make ui PORT=5001)", flush=True)
    # Its server's notices on libraries of its own.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    uri = tracking_uri(config, project)
    os.execv(
        sys.executable,
        [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri, "--host", HOST, "--port", port],
    )


if __name__ == "__main__":
    main()
