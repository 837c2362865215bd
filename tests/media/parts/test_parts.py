"""A part of a file is found, read and known by its own content."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import content_of, stamp_of
from seqpipe.media.frames import InvalidSample
from seqpipe.media.parts import tables
from seqpipe.media.parts.arrays import array_header, read_array
from seqpipe.media.parts.paths import Part, file_of, own_name, part_path, split_part
from seqpipe.media.parts.reading import content_of_part, exists, keys_of
from seqpipe.media.parts.tables import read_cell, read_rows

LONG = "key,t,x\na,0,1\na,1,2\nb,0,1\nb,1,2\nc,0,9\n"


def archive(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "s.npz", **arrays)
    return folder / "s.npz"


def table(folder: Path, text: str, name: str = "t.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def sha(file: Path, key: str) -> str:
    return content_of(part_path(file, key), "recording")[0]


@given(st.sampled_from([".npz", ".csv", ".PARQUET", ".tsv"]), st.text(min_size=1, max_size=20))
def test_a_path_gives_back_its_file_and_key(ending, key):
    file = Path(f"/nowhere/at all::here/s{ending}")
    try:
        path = part_path(file, key)
    except UserError:
        return  # no path can end so
    assert split_part(path) == split_part(str(path)) == Part(file, key)
    assert file_of(path) == file
    assert own_name(str(path)) == key


@pytest.mark.parametrize("key", ["", "a//b", "a/..", "a/", "a/./b", "a\0b"])
def test_a_key_that_a_path_would_lose_is_refused(key):
    with pytest.raises(UserError, match="cannot stand in a path"):
        part_path(Path("s.npz"), key)


@pytest.mark.parametrize("file", ["../s.npz", "a/../../t.csv", "./s.npz", "a//s.npz", "/a/../s.npz"])
def test_a_file_may_lie_anywhere(file):
    assert split_part(part_path(Path(file), "text/2")) == Part(Path(file), "text/2")


def test_a_file_behind_a_link_and_back_is_the_one_that_the_system_finds(tmp_path):
    (tmp_path / "far/folder").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far/folder")
    archive(tmp_path / "far", a=np.zeros(3))
    assert exists(part_path(tmp_path / "near/../s.npz", "a"))


def test_a_file_that_is_called_like_a_part_is_a_file(tmp_path):
    file = archive(tmp_path, a=np.zeros(3))
    assert split_part(part_path(file, "a")) == Part(file, "a")
    (tmp_path / "s.npz::a").touch()
    assert split_part(part_path(file, "a")) is None
    assert file_of(part_path(file, "a")) == tmp_path / "s.npz::a"
    assert content_of(tmp_path / "s.npz::a", "recording")[1] == 0


def test_what_is_there(tmp_path):
    arrays, rows = archive(tmp_path, a=np.zeros(3)), table(tmp_path, LONG)
    for path in ("s.npz", "s.npz::a", "t.csv::a", "t.csv::x/2", "t.csv::x/6", "."):
        assert exists(tmp_path / path)
    for path in ("s.npz::b", "t.csv::d", "t.csv::x/1", "t.csv::x/7", "t.csv::y/2", "u.csv::a", "u.npz::a", "u"):
        assert not exists(tmp_path / path)
    assert keys_of(arrays) == ["a"]
    assert keys_of(rows) == ["a", "b", "c"]


def test_a_broken_file_has_no_parts(tmp_path):
    for name in ("s.npz", "t.parquet", "t.csv"):
        (tmp_path / name).write_bytes(b'a,b\n"1,2\0')
        assert not exists(tmp_path / f"{name}::a")
        with pytest.raises(InvalidSample) as caught:
            content_of_part(Part(tmp_path / name, "a"))
        assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_read_as_it_was_saved(tmp_path, order):
    numbers = np.asarray(np.arange(12, dtype=np.int16).reshape(3, 4), order=order)
    file = archive(tmp_path, a=numbers, b=np.zeros((0, 2)))
    np.testing.assert_array_equal(read_array(file, "a"), numbers)
    assert read_array(file, "b").shape == (0, 2)
    assert array_header(file, "a")[:2] == (np.int16, (3, 4))
    assert array_header(file, "a").bytes == 24


def test_objects_are_never_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "bang"),)

    np.savez(tmp_path / "s.npz", a=np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidSample, match="Python objects"):
        read_array(tmp_path / "s.npz", "a")
    content_of_part(Part(tmp_path / "s.npz", "a"))
    assert not (tmp_path / "bang").exists()


def test_a_digest_is_of_the_part_alone(tmp_path):
    file = archive(tmp_path, a=np.arange(6.0), b=np.arange(6.0), c=np.arange(6.0).reshape(2, 3), d=np.arange(6))
    assert sha(file, "a") == sha(file, "b")
    assert len({sha(file, key) for key in "acd"}) == 3, "shape and type count"
    before = {key: sha(file, key) for key in "abcd"}
    archive(tmp_path, a=np.arange(6.0), b=np.ones(6), c=np.arange(6.0).reshape(2, 3), d=np.arange(6))
    assert [key for key in "abcd" if sha(file, key) != before[key]] == ["b"]


def test_a_changed_row_changes_one_sample(tmp_path):
    file = table(tmp_path, LONG)
    before = {key: sha(file, key) for key in ("a", "b", "c", "x/2", "x/4", "x/6")}
    assert before["a"] == before["b"] != before["c"]
    assert before["x/2"] == before["x/4"]
    stamp = stamp_of(part_path(file, "a"), "recording")
    table(tmp_path, LONG.replace("b,1,2", "b,1,3.5"))
    assert stamp_of(part_path(file, "a"), "recording") != stamp
    assert [key for key in before if sha(file, key) != before[key]] == ["b"]


def test_a_table_as_text_and_its_rows(tmp_path):
    rows = read_rows(table(tmp_path, "Sequence ID;x\nb; 1,5\na;2\n\nb;3\n"), "b")
    assert list(rows.columns) == ["x"]
    assert rows["x"].tolist() == ["1,5", "3"]
    assert list(rows.index) == [2, 5]
    with pytest.raises(InvalidSample, match="no rows under the key 'c'"):
        read_rows(tmp_path / "t.csv", "c")


def test_cells_are_numbered_as_the_lines_of_the_file(tmp_path):
    file = table(tmp_path, 'text,label\n# no comment,x\n"two\n\nlines, quoted",y\n\n"",x\nlast,y\n')
    assert read_cell(file, "text/2") == "# no comment"
    assert read_cell(file, "text/3") == "two\n\nlines, quoted"
    assert read_cell(file, "text/7") == ""
    assert read_cell(file, "text/8") == "last"
    for key in ("text/1", "text/4", "words/2"):
        with pytest.raises(InvalidSample, match="no cell"):
            read_cell(file, key)


def test_a_parquet_file_has_the_numbers_of_a_spreadsheet(tmp_path):
    file = tmp_path / "t.parquet"
    frame = pd.DataFrame({"key": ["a", "a", "b"], "x": [1.0, 2.0, 1.0], "words": [["to", "be"], None, ["or"]]})
    frame.to_parquet(file)
    assert [read_cell(file, f"words/{row}") for row in (2, 3, 4)] == ["to be", "", "or"]
    assert read_rows(file, "a")["x"].tolist() == [1.0, 2.0]
    assert sha(file, "a") != sha(file, "b")


def test_a_table_is_parsed_once_for_all_its_parts_and_threads(tmp_path, monkeypatch):
    file, parsed = table(tmp_path, LONG), []
    monkeypatch.setattr(tables, "_table", tables.Kept(lambda one: parsed.append(one) or tables._opened(one)))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda key: len(read_rows(file, key)), ["a", "b", "c"] * 10))
    assert found == [2, 2, 1] * 10
    assert len(parsed) == 1
    table(tmp_path, LONG + "c,1,1\n")
    assert len(read_rows(file, "c")) == 2
    for n in range(6):
        read_rows(table(tmp_path, LONG, f"{n}.csv"), "a")
    assert len(tables._table._opened) == 4


def test_a_line_of_a_text_that_is_no_table_is_a_part(tmp_path):
    file = table(tmp_path, 'one, "two\t\nthree\n\nfive', "train.de")
    path = part_path(file, "line/1")
    assert split_part(path) == Part(file, "line/1")
    assert own_name("train.de::line/1") == "line/1"
    assert [read_cell(file, f"line/{n}") for n in (1, 2, 3, 4)] == ['one, "two', "three", "", "five"]
    assert exists(path)
    assert not exists(part_path(file, "line/5"))
    assert not exists(part_path(file, "line/0"))
    assert sha(file, "line/2") == sha(table(tmp_path, "text\nthree\n"), "text/2")


def test_columns_without_a_header_are_numbered(tmp_path):
    file = table(tmp_path, "Go.\tGeh.\n'Hi'\t\"Ha\n", "deu.txt")
    assert [read_cell(file, key) for key in ("1/1", "2/1", "1/2", "2/2")] == ["Go.", "Geh.", "'Hi'", '"Ha']
    assert not exists(part_path(file, "3/1"))


def test_a_column_that_is_called_by_a_number_is_that_column(tmp_path):
    file = table(tmp_path, "text,1\none,two\n")
    assert read_cell(file, "1/2") == "two"
    assert not exists(part_path(file, "1/1"))
