"""Where a run comes from: commit, command, versions."""

from __future__ import annotations

import platform
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqpipe.config import RuntimeConfig

from seqpipe.core.plugins import packages

PACKAGES = ("seqpipe", "torch", "torchvision", "scikit-learn", "lightning-fabric", "av", "kedro", "mlflow", "numpy")

NAME = re.compile(r"[\w.-]+")
"""What a requirement begins with."""
FOR_TRAINING = {"jinja2", "kedro", "manimgx-fonts", "matplotlib", "noto-cjk-sans-otc", "pympi-ling"}
"""Packages that pipelines, figures and reports need, and no answer does."""


def command() -> str:
    """The exact command of this process, as it can be typed again."""
    program = Path(sys.argv[0]).name if sys.argv else ""
    return shlex.join([program, *sys.argv[1:]])


def device(runtime: RuntimeConfig) -> str:
    """Where a run of these parameters computes, and what that is: ``cpu (8 threads)``.

    Of the parameters: torch's own number of threads is the process's until the first node runs.
    """
    import torch

    from seqpipe.runtime.devices import resolve_device, usable_cores

    place = resolve_device(runtime)
    name = torch.cuda.get_device_name(place) if place.type == "cuda" else f"{usable_cores(runtime)} threads"
    return f"{place} ({name})"


def git_state(project: Path) -> dict[str, str]:
    """``git.commit`` and ``git.dirty`` ("true"/"false"); empty where the project is no git checkout.

    Where git does not say in time whether something has changed, something may have.
    """
    commit = _git(project, "rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git(project, "status", "--porcelain", "--untracked-files=normal")
    return {"git.commit": commit, "git.dirty": str(changes != "").lower()}


def _git(project: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@cache
def versions() -> dict[str, str]:
    """``version.<package>`` of what decides the result, what adds to the project among it, and Python's."""
    versions_by_name = {"version.python": platform.python_version()}
    for package in (*PACKAGES, *packages()):
        try:
            versions_by_name[f"version.{package}"] = version(package)
        except PackageNotFoundError:
            continue
    return versions_by_name


@cache
def requirements() -> list[str]:
    """What another environment installs so that a model answers there, as pip takes it; seqpipe's code goes with it."""
    named = [match[0] for need in requires("seqpipe") or [] if "extra ==" not in need and (match := NAME.match(need))]
    installed = {name: version(name) for name in [*named, *packages()] if name not in FOR_TRAINING}
    # Which build it is (+cu130) says where it came from; the index of another machine may not have that one.
    return [f"{name}=={number.partition('+')[0]}" for name, number in sorted(installed.items())]


def summary(project: Path) -> dict[str, Any]:
    """What a report says of where it comes from: command, git_commit and versions."""
    state = git_state(project)
    dirty = " (with uncommitted changes)" if state.get("git.dirty") == "true" else ""
    return {
        "command": command(),
        "git_commit": state.get("git.commit", "") + dirty,
        "versions": {name.removeprefix("version."): number for name, number in versions().items()},
    }
