from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.listed_files import ListedFiles, checked_rows
from seqpipe.media.corpora.listing import Row


@pytest.fixture
def folder(tmp_path) -> Path:
    decomposed = unicodedata.normalize("NFD", "café")
    for name in ("walk/a.mp4", "walk/b.mp4", "walk/b.mov", "walk/b/1.jpg", "walk/notes.txt", f"{decomposed}/c d.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("listed", "there"),
    [
        ("walk/a.mp4", "walk/a.mp4"),
        ("./walk/../walk/a.mp4", "walk/a.mp4"),
        ("walk\\a.mp4", "walk/a.mp4"),
        (".\\Walk\\A.MP4", "walk/a.mp4"),
        ("walk/a.avi", "walk/a.mp4"),
        ("walk/a", "walk/a.mp4"),
        ("walk/b", "walk/b"),
        ("walk/b.mp4", "walk/b.mp4"),
        ("café/c d.mp4", unicodedata.normalize("NFD", "café") + "/c d.mp4"),
        # None is there, or it cannot be told which is meant:
        ("walk/b.avi", "walk/b.avi"),
        ("walk/notes.mp4", "walk/notes.mp4"),
        ("run\\a.mp4", "run/a.mp4"),
    ],
)
def test_names_are_found_however_they_are_spelled(folder, listed, there):
    assert ListedFiles(folder).find(listed) == folder / there


def test_a_backslash_that_is_part_of_a_name_stays(folder):
    (folder / "walk\\a.mp4").touch()
    assert ListedFiles(folder).find("walk\\a.mp4") == folder / "walk\\a.mp4"


def test_other_spellings_are_counted_and_named(folder, caplog):
    files = ListedFiles(folder)
    files.find("walk/a.mp4")
    files.log_respelled(Path("list.csv"))
    assert not caplog.text
    files.find("walk\\a.mp4")
    files.find("walk/a.avi")
    files.log_respelled(Path("list.csv"))
    assert "list.csv: 2 name(s) are spelled in another way on disk" in caplog.text
    assert f"such as walk\\a.mp4, which is {folder / 'walk/a.mp4'}" in caplog.text


def test_a_link_and_its_target_are_one_sample(folder):
    (folder / "link.mp4").symlink_to(folder / "walk/a.mp4")
    rows = [Row(folder / "walk/a.mp4", "video", "walk"), Row(folder / "link.mp4", "video", "walk")]
    assert checked_rows(rows, "list") == rows[:1]
    with pytest.raises(UserError, match=r"twice in .*, with different words \(label walk and run\)"):
        checked_rows([rows[0], rows[1]._replace(label="run")], "list")


def test_labels_that_are_easily_taken_for_one_are_told(folder, caplog):
    rows = [Row(folder / "walk/a.mp4", "video", "walk"), Row(folder / "walk/b.mp4", "video", "Walk")]
    assert checked_rows(rows, "list") == rows
    assert "the labels 'Walk' and 'walk' are different classes" in caplog.text
