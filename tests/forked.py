"""Kedro commands in processes that are forked off one that has imported what all of them import.

An import of torch, MLflow and Kedro takes longer than most of what these commands do. Of a command that is to be
stopped, killed or looked at while it works, and of the main job's first run, the process is one of its own from the
start: what a fork shares with others (the seed of hashes, threads that a variable would have set on import) it does
not.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

IMPORTED = ["torch", "torchvision", "mlflow", "kedro.framework.session", "kedro.framework.cli.cli", "matplotlib.figure"]
IMPORTED += ["sklearn.linear_model", "sklearn.decomposition", "sklearn.svm", "sklearn.metrics", "scipy.stats", "joblib"]
IMPORTED += ["mlflow.store.tracking.sqlalchemy_store", "mlflow.pyfunc", "lightning_fabric", "IPython", "av", "git"]
"""None of them knows of a project."""
OF_TESTS = {str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src"), ""}
"""Where pytest finds tests, which a command does not."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(IMPORTED)


def run_forked(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str], limit_s: float
) -> tuple[int, str, str]:
    """``python -m kedro`` with these arguments in ``folder``: its exit code and what it said on both channels."""
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = FORKS.Process(target=_become, args=(folder, arguments, dict(environment), out, err))
        process.start()
        process.join(limit_s)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"kedro {' '.join(arguments)}: {out.read_text()}{err.read_text()}")
        return process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _become(folder: Path, arguments: tuple[str, ...], environment: dict[str, str], out: Path, err: Path) -> None:
    """Makes of a forked process what a fresh one would be, and runs the command in it."""
    for path, channel in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), channel)
    from kedro.framework.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    given = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:] = [str(folder), *given, *(path for path in sys.path if path not in OF_TESTS)]
    sys.argv = ["kedro", *arguments]
    try:
        main()
    finally:
        # Forked processes leave without what an interpreter does at its end.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
