"""Writing aside, then renaming."""

import pytest

from seqpipe.core.files import write_first, written_aside


def test_a_file_appears_whole_and_nothing_stays_beside_it(tmp_path):
    target = tmp_path / "deep" / "table.csv"
    with written_aside(target) as aside:
        aside.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert [p.name for p in target.parent.iterdir()] == ["table.csv"]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail():
        with written_aside(target) as aside:
            aside.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_replaces_a_folder(tmp_path):
    target = tmp_path / "model"
    for content in ("old", "new"):
        with written_aside(target) as aside:
            aside.mkdir()
            (aside / content).write_text(content)
    assert [p.name for p in target.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


def test_the_first_to_write_stays_unless_its_file_is_broken(tmp_path):
    file = tmp_path / "a/b.json"
    write_first(file, "1")
    write_first(file, "2")
    assert file.read_text() == "1"
    write_first(file, "3", is_whole=lambda path: path.read_text() != "1")
    assert file.read_text() == "3"
    assert [one.name for one in file.parent.iterdir()] == ["b.json"]
