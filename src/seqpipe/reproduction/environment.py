"""An environment with the packages of a run."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import seqpipe
from seqpipe.core.errors import UserError
from seqpipe.reproduction.record import requirements_text


def new_environment(folder: Path, packages: Mapping[str, str]) -> Path:
    """Makes an environment in ``folder`` with these packages; returns its interpreter. seqpipe itself is this one.

    Args:
        folder: Which is not there yet.
        packages: By name; ``python`` has to be the one that runs.

    Raises:
        UserError: Another Python is asked for, or a package of that version cannot be had.
    """
    check_python(packages)
    lock = folder.with_suffix(".txt")
    lock.write_text(requirements_text(packages), encoding="utf-8")
    python = folder / "bin/python"
    for step in install_commands(folder, lock):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise UserError(f"The packages of the run cannot be installed: {last}")
    where = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    # The package alone, and none that is installed beside it here; a checkout's own code comes before it.
    (Path(where.stdout.strip()) / "seqpipe").symlink_to(Path(seqpipe.__file__).parent)
    return python


def check_python(packages: Mapping[str, str]) -> None:
    """Raises a UserError where the run was of another minor version of Python."""
    before, now = (version.rsplit(".", 1)[0] for version in (packages["python"], platform.python_version()))
    if before != now:
        raise UserError(f"The run was of Python {before}, and this is {now}: call seqpipe by that Python.")


def install_commands(folder: Path, lock: Path) -> list[list[str]]:
    """What makes the environment: the interpreter, then the packages, each at its version and none beside."""
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    return [[sys.executable, "-m", "venv", str(folder)], [*pip, "--requirement", str(lock)]]
