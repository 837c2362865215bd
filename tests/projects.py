"""Projects in temporary folders, and kedro commands in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
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
    """A folder that Kedro takes for the project; the package itself comes from the repository."""
    folder.mkdir(parents=True)
    shutil.copytree(REPOSITORY / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry", ".gitignore"):
        shutil.copy(REPOSITORY / name, folder)
    for name in ("src", "conf/local"):
        (folder / name).mkdir()
    return Project(folder)


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
