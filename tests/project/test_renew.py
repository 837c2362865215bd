"""A project of another version is brought to this one, and keeps what was the user's."""

import pytest
from click.testing import CliRunner
from tests.projects import REPOSITORY

from seqpipe.command import main
from seqpipe.core.errors import UserError
from seqpipe.project.new import new_project
from seqpipe.project.renew import differing, renew
from seqpipe.project.template import shipped

CHANGED = "conf/base/parameters/svm.yml"


@pytest.fixture
def project(tmp_path):
    new_project(tmp_path / "mine")
    return tmp_path / "mine"


def test_what_is_of_this_version_is_left(project):
    assert renew(project) == []
    assert not list(project.rglob("*.before"))


def test_what_differs_is_replaced_and_kept_aside(project):
    (project / CHANGED).write_text("svm: {C: 7}\n")
    (project / "conf/base/parameters/mine.yml").write_text("mine: 1\n")
    (project / "conf/local/parameters.yml").write_text("runtime: {seed: 3}\n")
    assert renew(project) == [project / "conf/base.before"]
    assert (project / CHANGED).read_bytes() == (REPOSITORY / CHANGED).read_bytes()
    assert (project / "conf/base.before/parameters/svm.yml").read_text() == "svm: {C: 7}\n"
    assert (project / "conf/base.before/parameters/mine.yml").exists()
    assert not (project / "conf/base/parameters/mine.yml").exists()
    assert (project / "conf/local/parameters.yml").read_text() == "runtime: {seed: 3}\n"


def test_what_was_not_there_yet_is_added(project):
    (project / "conf/logging.yml").unlink()
    assert renew(project) == []
    assert differing(shipped()["conf/logging.yml"], project / "conf/logging.yml") == []


def test_what_was_kept_before_is_not_lost(project):
    (project / CHANGED).unlink()
    renew(project)
    (project / CHANGED).unlink()
    with pytest.raises(UserError, match="look at what is yours in it"):
        renew(project)
    assert not (project / CHANGED).exists()


def test_only_projects_are_renewed_and_the_repository_is_none(tmp_path):
    with pytest.raises(UserError, match="is no project"):
        renew(tmp_path)
    with pytest.raises(UserError, match="`git pull` renews"):
        renew(REPOSITORY)


def test_the_command_says_where_the_old_ones_lie(project):
    (project / CHANGED).unlink()
    told = CliRunner().invoke(main, ["new", str(project), "--renew"])
    assert told.exit_code == 0, told.output
    assert f"What it had before lies in {project / 'conf/base.before'}" in told.stdout
