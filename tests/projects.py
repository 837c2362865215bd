"""Projects in temporary folders, and kedro commands in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import FileLock
from tests.forked import run_forked

REPOSITORY = Path(__file__).parents[1]
COMMAND_LIMIT_S = 240


@dataclass(frozen=True)
class Finished:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A project folder; ``run`` holds what its first complete run said."""

    folder: Path
    run: Finished = field(default=Finished(0, "", ""))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    @property
    def mlflow_is_untouched(self) -> bool:
        """Whether the database is as ``make_project`` left it: nothing ran far enough to be remembered."""
        return (self.folder / "mlflow.db").read_bytes() == _tables_of_mlflow().read_bytes()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """``kedro run --env test`` with ``arguments``, as a process of its own."""
        return start(self.folder, "run", "--env", "test", *arguments)

    def kedro_run(self, *arguments: str) -> Finished:
        """The same, waited for; its process is forked off one that has imported the libraries."""
        told = run_forked(self.folder, ("run", "--env", "test", *arguments), environment(), COMMAND_LIMIT_S)
        return Finished(*told)


def environment() -> dict[str, str]:
    """The variables of a command that finds the package in the repository."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "KEDRO_"))}
    paths = [str(REPOSITORY / "src"), variables.get("PYTHONPATH", "")]
    return variables | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A kedro command in ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-m", "kedro", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Test runners in the background hand on that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def ended(process: subprocess.Popen[str]) -> Finished:
    """Waits for a process and takes what it said."""
    out, err = process.communicate(timeout=COMMAND_LIMIT_S)
    return Finished(process.returncode, out, err)


def until(process: subprocess.Popen[str], words: str) -> str:
    """Reads a process's output up to the line that holds ``words``, and gives what was read."""
    assert process.stdout is not None
    read = ""
    for line in process.stdout:
        read += line
        if words in line:
            return read
    raise AssertionError(f"{words!r} was never said: {read}{process.communicate()[1]}")


def make_project(folder: Path) -> Project:
    """A folder that Kedro takes for the project; the package itself comes from the repository.

    The tables of MLflow's database are there already, without an entry: it takes more than a second to make them.
    """
    folder.mkdir(parents=True)
    shutil.copytree(REPOSITORY / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry", ".gitignore"):
        shutil.copy(REPOSITORY / name, folder)
    for name in ("src", "conf/local"):
        (folder / name).mkdir()
    return without_runs(folder)


def without_runs(folder: Path) -> Project:
    """A project of which MLflow remembers nothing yet."""
    shutil.copy(_tables_of_mlflow(), folder / "mlflow.db")
    return Project(folder)


@cache
def _tables_of_mlflow() -> Path:
    """A database of the installed MLflow, made once for all test sessions."""
    kept = Path(tempfile.gettempdir()) / f"seqpipe-tests-{os.getuid()}" / f"mlflow-{version('mlflow')}.db"
    kept.parent.mkdir(exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            made = kept.with_suffix(".part")
            made.unlink(missing_ok=True)
            create = "import sys; from mlflow.store.db.utils import _initialize_tables, create_sqlalchemy_engine"
            create += "; _initialize_tables(create_sqlalchemy_engine(sys.argv[1]))"
            subprocess.run([sys.executable, "-c", create, f"sqlite:///{made}"], check=True, capture_output=True)
            made.rename(kept)
    return kept


def made_once(factory: pytest.TempPathFactory, name: str, run: Callable[[Project], Finished]) -> Project:
    """The project that ``run`` leaves behind: of all workers of a test session one makes it, the others wait."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    told = folder / "told.json"
    with FileLock(f"{folder}.lock"):
        if not told.exists():
            shutil.rmtree(folder, ignore_errors=True)
            done = run(make_project(folder / "project"))
            assert done.code == 0, done.out + done.err
            told.write_text(json.dumps(asdict(done)))
    return Project(folder / "project", Finished(**json.loads(told.read_text())))


def git(folder: Path, *arguments: str) -> str:
    """A git command in ``folder``."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()
