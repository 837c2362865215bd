"""The code of a run: what was not committed, and a folder of its own in which it lies as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from seqpipe.core.errors import UserError

LARGEST_PATCH_BYTES = 2**20
GIT_LIMIT_S = 60
PROJECT_FILES = ("pyproject.toml", ".telemetry")
"""What makes a folder a project, beside its configuration."""


class Uncommitted(NamedTuple):
    """What a project's folder has that its commit has not.

    Attributes:
        patch: As ``git apply`` takes it; empty: nothing, or it is too large.
        untold: Why it is not told; empty: it is.
    """

    patch: bytes
    untold: str


def uncommitted(project: Path) -> Uncommitted:
    """All of the repository that is not committed, new files among it, but for what git ignores.

    The user's index is not touched: the files are noted in one aside.
    """
    with tempfile.TemporaryDirectory() as aside:
        index = {**os.environ, "GIT_INDEX_FILE": str(Path(aside) / "index")}
        root = top_folder(project)
        try:
            git(root, "read-tree", "HEAD", env=index)
            git(root, "add", "--all", "--", ".", env=index)
            patch = git(root, "diff", "--cached", "--binary", "--no-color", "--no-ext-diff", "HEAD", env=index)
        except subprocess.SubprocessError as error:
            return Uncommitted(b"", f"git does not tell it ({error})")
    if len(patch) > LARGEST_PATCH_BYTES:
        return Uncommitted(b"", f"it is larger than {LARGEST_PATCH_BYTES // 2**20} MiB ({len(patch) / 2**20:.1f})")
    return Uncommitted(patch, "")


def git(folder: Path, *arguments: str, env: dict[str, str] | None = None, given: bytes | None = None) -> bytes:
    """What a git command says in a folder.

    Raises:
        subprocess.SubprocessError: It fails, or takes longer than a minute.
    """
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        input=given,
        env=env,
        timeout=GIT_LIMIT_S,
        check=True,
    )
    return done.stdout


def top_folder(project: Path) -> Path:
    """The folder of the repository that a project lies in."""
    return Path(os.fsdecode(git(project, "rev-parse", "--show-toplevel")).rstrip("\n"))


def check_commit(project: Path, commit: str) -> None:
    """Raises a UserError where the repository has no such commit."""
    try:
        git(project, "cat-file", "-e", f"{commit}^{{commit}}")
    except (OSError, subprocess.SubprocessError):
        raise UserError(
            f"The commit {commit[:12]} of that run is not in the repository at {project}: fetch it "
            "(`git fetch --all`), or go to a clone that has it."
        ) from None


@contextmanager
def as_it_was(project: Path, commit: str, patch: bytes, folder: Path, keep: bool) -> Iterator[Path]:
    """A checkout of the commit in the new ``folder``, with the patch; it goes away at the end, unless it is to be kept.

    The user's own files and index are not touched.

    Yields:
        The folder of the project in it.

    Raises:
        UserError: The patch does not apply.
    """
    root = top_folder(project)
    git(root, "worktree", "add", "--detach", "--force", str(folder), commit)
    try:
        if patch:
            try:
                git(folder, "apply", "--binary", "--whitespace=nowarn", "-", given=patch)
            except subprocess.CalledProcessError as error:
                raise UserError(f"What was not committed does not apply any more: {error.stderr.decode()}.") from None
        yield folder / project.resolve().relative_to(root.resolve())
    finally:
        # It may hold what the run has written; git would keep a worktree that has more files than the commit.
        if not keep:
            git(root, "worktree", "remove", "--force", "--force", str(folder))


@contextmanager
def without_repository(project: Path, folder: Path, keep: bool) -> Iterator[Path]:
    """A project like ``project``, which lies in no repository, in the new ``folder``; as above."""
    folder.mkdir(parents=True)
    try:
        for name in PROJECT_FILES:
            if (project / name).exists():
                shutil.copy(project / name, folder)
        (folder / "src").mkdir()
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
