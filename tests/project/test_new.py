"""A new project: what is in it, that Kedro takes it for one, and where none is made."""

import filecmp
import subprocess
import sys

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from tests.projects import REPOSITORY, environment

from seqpipe.core.errors import UserError
from seqpipe.project import template
from seqpipe.project.found import is_project
from seqpipe.project.new import new_project
from seqpipe.project.template import SHIPPED, shipped


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_it_has_the_configuration_of_the_repository(tmp_path):
    new_project(tmp_path / "mine")
    base = REPOSITORY / "conf/base"
    assert files(tmp_path / "mine/conf/base") == files(base)
    _, different, unread = filecmp.cmpfiles(base, tmp_path / "mine/conf/base", files(base), shallow=False)
    assert (different, unread) == ([], [])
    assert (tmp_path / "mine/conf/logging.yml").read_text() == (REPOSITORY / "conf/logging.yml").read_text()
    assert (tmp_path / "mine/notebooks/look.ipynb").exists()
    assert not (tmp_path / "mine/conf/test").exists(), "the tests' own"


@pytest.mark.parametrize("name", ["mine", 'q"uote', "上 ümlaut"])
def test_kedro_takes_it_for_a_project(name, tmp_path, monkeypatch):
    # Kedro adds the sources of the project to both.
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    new_project(tmp_path / name)
    told = bootstrap_project(tmp_path / name)
    assert (told.package_name, told.project_name) == ("seqpipe", name)
    with KedroSession.create(project_path=tmp_path / name) as session:
        assert session.load_context().params["runtime"].seed == 0
    assert is_project(tmp_path / name)


def test_no_fact_is_left_open(tmp_path):
    new_project(tmp_path / "mine")
    for name in ("README.md", "pyproject.toml", ".gitignore"):
        assert "{{" not in (tmp_path / "mine" / name).read_text()


def test_an_empty_folder_will_do_and_keeps_its_git_repository(tmp_path):
    (tmp_path / "mine/.git").mkdir(parents=True)
    (tmp_path / "mine/.git/HEAD").write_text("ref: refs/heads/main")
    new_project(tmp_path / "mine")
    assert (tmp_path / "mine/.git/HEAD").read_text() == "ref: refs/heads/main"
    assert is_project(tmp_path / "mine")


@pytest.mark.parametrize(("lies_there", "said"), [("mine/notes.txt", "holds notes.txt"), ("mine", "is a file")])
def test_nothing_is_written_where_something_lies(lies_there, said, tmp_path):
    (tmp_path / lies_there).parent.mkdir(exist_ok=True)
    (tmp_path / lies_there).write_text("the user's")
    with pytest.raises(UserError, match=said):
        new_project(tmp_path / "mine")
    assert files(tmp_path) == [lies_there]


def test_a_name_that_kedro_cannot_read_is_refused(tmp_path):
    with pytest.raises(UserError, match="rename that folder"):
        new_project(tmp_path / "copy [1]")
    assert list(tmp_path.iterdir()) == []


def test_an_installation_without_the_template_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(template, "OWN", tmp_path)
    assert shipped() == {name: REPOSITORY / name for name in SHIPPED}
    monkeypatch.setattr(template, "REPOSITORY", tmp_path)
    with pytest.raises(UserError, match="installed in part"):
        shipped()


def test_the_command_says_what_to_type_next(tmp_path):
    command = [sys.executable, "-m", "seqpipe", "new", "mine"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "cd mine" in done.stdout
    assert "seqpipe run" in done.stdout
    again = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "is not empty" in again.stderr
