"""What is not committed is told whole, and comes back in another folder; the user's own files stay as they are."""

from dataclasses import replace

import pytest
from tests.projects import git
from tests.reproduction.records import RECORD

from seqpipe.core.errors import UserError
from seqpipe.reproduction import code
from seqpipe.reproduction.code import as_it_was, check_commit, uncommitted, without_repository


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / "project").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("data/\n")
    (folder / "project/a.py").write_text("a = 1\n")
    (folder / "project/pyproject.toml").write_text("[tool.kedro]\n")
    (folder / "project/gone.py").write_text("gone\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "start")
    return folder


def record(commit, within="project"):
    return replace(RECORD, commit=commit, within=within)


def changed(repository):
    project = repository / "project"
    (project / "a.py").write_text("a = 2\n")
    (project / "gone.py").unlink()
    (project / "new.bin").write_bytes(bytes(range(256)))
    (project / "data").mkdir()
    (project / "data/large").write_text("ignored")
    (repository / "beside.txt").write_text("in the repository, beside the project\n")
    git(repository, "add", "project/a.py")
    return project


def test_what_was_not_committed_comes_back(repository, tmp_path):
    project, commit = changed(repository), git(repository, "rev-parse", "HEAD")
    before = git(repository, "status", "--porcelain")
    told = uncommitted(project)
    assert told.untold == ""
    git(repository, "stash", "--quiet", "--include-untracked")
    with as_it_was(project, record(commit), told.patch, tmp_path / "again", keep=False) as folder:
        assert folder == tmp_path / "again/project"
        assert (folder / "a.py").read_text() == "a = 2\n"
        assert not (folder / "gone.py").exists()
        assert (folder / "new.bin").read_bytes() == bytes(range(256))
        assert (tmp_path / "again/beside.txt").exists()
        assert not (folder / "data").exists()
        (folder / "written.txt").write_text("by the run")
    assert not (tmp_path / "again").exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    git(repository, "stash", "pop", "--quiet", "--index")
    assert git(repository, "status", "--porcelain") == before, "neither files nor index are touched"


def test_nothing_uncommitted_is_an_empty_patch(repository):
    assert uncommitted(repository / "project") == (b"", "")


def test_a_patch_that_is_too_large_is_not_told(repository, monkeypatch):
    project = changed(repository)
    monkeypatch.setattr(code, "LARGEST_PATCH_BYTES", 100)
    told = uncommitted(project)
    assert told.patch == b""
    assert "larger than" in told.untold


def test_nothing_is_written_into_the_repository(repository):
    project = changed(repository)
    (project / "large.bin").write_bytes(bytes(100_000))
    before = sorted((repository / ".git/objects").rglob("*"))
    assert uncommitted(project).patch
    assert sorted((repository / ".git/objects").rglob("*")) == before


@pytest.mark.parametrize("name", [".env", ".env.local", "server.pem", "aws_credentials.json", "deep/id_rsa"])
def test_secrets_are_no_part_of_a_patch(name, repository):
    secret = repository / "project" / name
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("PASSWORD=hidden")
    (repository / "project/code.py").write_text("fine = 1")
    patch = uncommitted(repository / "project").patch
    assert b"fine" in patch
    assert b"hidden" not in patch


def test_a_repository_within_is_not_told_whole(repository):
    inner = repository / "project/inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / "a.py").write_text("a = 1")
    git(inner, "add", ".")
    git(inner, "commit", "--quiet", "-m", "inner")
    assert "a repository within" in uncommitted(repository / "project").untold


def test_a_project_that_was_never_committed_is_told(repository, tmp_path):
    commit = git(repository, "rev-parse", "HEAD")
    with (
        pytest.raises(UserError, match="has no project in other"),
        as_it_was(repository / "project", record(commit, "other"), b"", tmp_path / "again", keep=False),
    ):
        pass
    assert not (tmp_path / "again").exists()


def test_a_folder_that_is_kept_stays(repository, tmp_path):
    commit = git(repository, "rev-parse", "HEAD")
    with as_it_was(repository / "project", record(commit), b"", tmp_path / "kept", keep=True):
        pass
    assert (tmp_path / "kept/project/a.py").exists()


def test_a_patch_of_another_commit_is_refused_and_leaves_nothing(repository, tmp_path):
    project, first = changed(repository), git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "--quiet", "--all", "-m", "second")
    (project / "a.py").write_text("a = 3\n")
    patch = uncommitted(project).patch
    with (
        pytest.raises(UserError, match="does not apply"),
        as_it_was(project, record(first), patch, tmp_path / "again", keep=False),
    ):
        pass
    assert not (tmp_path / "again").exists()


def test_a_commit_that_is_gone_is_told(repository):
    check_commit(repository / "project", git(repository, "rev-parse", "HEAD"))
    with pytest.raises(UserError, match=r"0{12} of that run is not in the repository.*git fetch"):
        check_commit(repository / "project", "0" * 40)


def test_without_a_repository_a_project_is_made_like_it(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.kedro]\n")
    with without_repository(project, tmp_path / "again", keep=False) as folder:
        assert (folder / "pyproject.toml").read_text() == "[tool.kedro]\n"
        assert (folder / "src").is_dir()
    assert not (tmp_path / "again").exists()
