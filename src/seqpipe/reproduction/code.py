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
from seqpipe.reproduction.record import RunRecord

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


SECRETS = (
    ".env*",
    "*.pem",
    "*.key",
    "*.p12",
    "*credential*",
    "*secret*",
    "id_rsa*",
    "id_ed25519*",
    ".netrc",
    ".pypirc",
)
"""Names of files that are never part of a patch, which may lie on a server."""
NESTED = b"\n+Subproject commit"
"""What git says of another repository within, of which it tells no content."""


def uncommitted(project: Path) -> Uncommitted:
    """All of the repository that is not committed, new files among it, but for what git ignores and `SECRETS`.

    The user's index and objects are not touched: both are kept aside.
    """
    try:
        root = top_folder(project)
        if (size := _changed_bytes(root)) > LARGEST_PATCH_BYTES:
            return _too_large(size)
        patch = _patch(root)
    except (OSError, subprocess.SubprocessError) as error:
        return Uncommitted(b"", f"git does not tell it ({error})")
    if len(patch) > LARGEST_PATCH_BYTES:
        return _too_large(len(patch))
    if NESTED in patch:
        return Uncommitted(b"", "a repository within it has changed, of which git tells no content")
    return Uncommitted(patch, "")


def _too_large(size: int) -> Uncommitted:
    return Uncommitted(b"", f"it is larger than {LARGEST_PATCH_BYTES // 2**20} MiB ({size / 2**20:.1f})")


def _changed_bytes(root: Path) -> int:
    """What the changed and new files take, before any of it is read."""
    listed = git(root, "ls-files", "-z", "--modified", "--others", "--exclude-standard")
    files = {root / os.fsdecode(name) for name in listed.split(b"\0") if name}
    return sum(file.lstat().st_size for file in files if file.is_file())


def _patch(root: Path) -> bytes:
    with tempfile.TemporaryDirectory() as aside:
        objects = os.fsdecode(git(root, "rev-parse", "--git-path", "objects")).rstrip("\n")
        (Path(aside) / "objects").mkdir()
        kept_aside = {
            **os.environ,
            "GIT_INDEX_FILE": str(Path(aside) / "index"),
            "GIT_OBJECT_DIRECTORY": str(Path(aside) / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str((root / objects).resolve()),
        }
        without = [f":(exclude,glob)**/{name}" for name in SECRETS]
        git(root, "read-tree", "HEAD", env=kept_aside)
        git(root, "add", "--all", "--", ".", *without, env=kept_aside)
        return git(root, "diff", "--cached", "--binary", "--no-color", "--no-ext-diff", "HEAD", env=kept_aside)


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
def as_it_was(project: Path, record: RunRecord, patch: bytes, folder: Path, keep: bool) -> Iterator[Path]:
    """A checkout of the run's commit in the new ``folder``, with the patch; it goes away, unless it is to be kept.

    The user's own files and index are not touched.

    Yields:
        The folder of the project in it.

    Raises:
        UserError: It cannot be checked out, the patch does not apply, or the commit has no such project.
    """
    root = top_folder(project)
    try:
        git(root, "worktree", "add", "--detach", "--force", str(folder), record.commit)
    except subprocess.SubprocessError as error:
        raise UserError(f"The commit cannot be checked out: {_said(error)}.") from None
    try:
        if patch:
            try:
                git(folder, "apply", "--binary", "--whitespace=nowarn", "-", given=patch)
            except subprocess.SubprocessError as error:
                raise UserError(f"What was not committed does not apply any more: {_said(error)}.") from None
        if not (folder / record.within / PROJECT_FILES[0]).exists():
            raise UserError(f"The commit {record.commit[:12]} has no project in {record.within}: commit it first.")
        yield folder / record.within
    finally:
        # It may hold what the run has written; git would keep a worktree that has more files than the commit.
        if not keep:
            git(root, "worktree", "remove", "--force", "--force", str(folder))


def _said(error: subprocess.SubprocessError) -> str:
    """What git has said, or that it said nothing in time."""
    told = getattr(error, "stderr", None) or b""
    return told.decode(errors="replace").strip() or str(error)


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
