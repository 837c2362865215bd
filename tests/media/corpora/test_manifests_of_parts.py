"""Manifests whose samples are parts of files: keys, and cells of the table itself."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.reading import read_corpus
from seqpipe.media.medium import FileTypes
from seqpipe.media.parts.reading import exists

MOVES = FileTypes(
    {".csv": "recording", ".npz": "recording"},
    "recordings",
    containers=frozenset([".npz", ".csv", ".parquet"]),
    arrays=frozenset(["values", "times"]),
)
TEXTS = FileTypes({".txt": "text"}, "texts", cells=("text", "sentence"))
KEYS = "key,label,split,side\na,up,train,left\nb,down,train,right\nc,up,test,left\nd,down,test,left\n"
SENTENCES = "text,label,split,words\nOne,x,train,1\n# two,y,train,2\n\nthree,x,test,1\nfour,y,test,1\n"


@pytest.fixture
def archive(tmp_path):
    """A folder with an archive of four arrays."""
    np.savez(tmp_path / "sequences.npz", **{key: np.full((3, 2), ord(key)) for key in "abcd"})
    return tmp_path


def write(folder, text, name="manifest.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def listed(config, path, files, **changed):
    return read_corpus(config(path=path, **changed), files).listing


def test_keys_are_of_the_one_container_beside_the_manifest(archive, corpus_config):
    write(archive, KEYS)
    write(archive, "key,start,end,label\na,0,1,x\n", "segments.csv")
    listing = listed(corpus_config, archive, MOVES)
    assert listing["id"].tolist() == [f"sequences.npz::{key}" for key in "abcd"]
    assert listing["path"].tolist() == [f"{archive}/sequences.npz::{key}" for key in "abcd"]
    assert set(listing["kind"]) == {"recording"}
    assert listing["split"].tolist() == ["train", "train", "test", "test"]
    assert listing["reason"].isna().all()


def test_a_key_goes_by_many_names(archive, corpus_config):
    write(archive, KEYS.replace("key,", "Sequence ID,"))
    assert len(listed(corpus_config, archive, MOVES)) == 4


def test_several_containers_are_refused_and_a_path_tells_which(archive, corpus_config):
    (archive / "sequences.npz").rename(archive / "one.npz")
    np.savez(archive / "two.npz", a=np.zeros((3, 2)))
    write(archive, KEYS)
    with pytest.raises(UserError, match=r"several files may hold them \(one\.npz, two\.npz\): add a column path"):
        listed(corpus_config, archive, MOVES)
    write(archive, "path,key,label\none.npz,a,x\ntwo.npz,a,y\none.npz,b,y\none.npz,c,x\n")
    assert listed(corpus_config, archive, MOVES)["id"].tolist() == [
        "one.npz::a",
        "one.npz::b",
        "one.npz::c",
        "two.npz::a",
    ]


def test_keys_without_a_file_that_holds_them(archive, corpus_config):
    (archive / "sequences.npz").rename(archive / "sequences.json")
    with pytest.raises(UserError, match=r"no file that holds them \(\.csv, \.npz, \.parquet\) lies beside it"):
        listed(corpus_config, write(archive, KEYS), MOVES)
    np.savez(archive / "other.npz", x=np.zeros(1))
    with pytest.raises(UserError, match="None of the 4 samples"):
        listed(corpus_config, archive, MOVES)


def test_a_line_without_a_key(archive, corpus_config):
    with pytest.raises(UserError, match=r"Line 6 of .* has no key"):
        listed(corpus_config, write(archive, KEYS + ",up,test,left\n"), MOVES)


def test_pictures_have_no_keys_and_no_cells(archive, corpus_config):
    (archive / "a.mp4").touch()
    with pytest.raises(UserError, match="lacks path and has: key, label"):
        listed(corpus_config, write(archive, KEYS), None)
    with pytest.raises(UserError, match="lacks path and has: text, label"):
        listed(corpus_config, write(archive, SENTENCES), None)


def test_a_table_of_samples_needs_no_name(tmp_path, corpus_config, caplog):
    file = write(tmp_path, SENTENCES, "sentences.csv")
    with caplog.at_level(logging.INFO):
        listing = listed(corpus_config, tmp_path, TEXTS)
    assert listing["id"].tolist() == [f"sentences.csv::text/{line}" for line in (2, 3, 5, 6)]
    assert set(listing["kind"]) == {"text"}
    assert "columns that are not read: words" in caplog.text
    assert listed(corpus_config, file, TEXTS)["id"].tolist() == listing["id"].tolist()


def test_a_table_may_lie_above_where_the_run_is(tmp_path, corpus_config, monkeypatch):
    write(tmp_path, SENTENCES, "sentences.csv")
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    listing = listed(corpus_config, Path("../sentences.csv"), TEXTS)
    assert listing["id"].tolist() == [f"sentences.csv::text/{line}" for line in (2, 3, 5, 6)]
    assert all(exists(path) for path in listing["path"])


def test_several_tables_of_samples_are_refused(tmp_path, corpus_config):
    for name in ("one.csv", "two.csv"):
        write(tmp_path, SENTENCES, name)
    write(tmp_path, "a,b\n1,2\n", "other.csv")
    with pytest.raises(UserError, match=r"several tables of samples \(one\.csv, two\.csv\): name one"):
        listed(corpus_config, tmp_path, TEXTS)


def test_a_manifest_may_be_a_parquet_file(tmp_path, corpus_config):
    frame = pd.DataFrame({"sentence": ["one", "two", "three"], "intent": ["x", "y", "x"], "n": [1, 2, 3]})
    frame.to_parquet(tmp_path / "any.parquet")
    listing = listed(corpus_config, tmp_path, TEXTS, columns=["n"])
    assert listing["id"].tolist() == [f"any.parquet::sentence/{row}" for row in (2, 3, 4)]
    assert listing["label"].tolist() == ["x", "y", "x"]
    assert listing["column:n"].tolist() == ["1", "2", "3"]


def test_an_archive_in_a_class_folder_holds_samples_of_that_class(tmp_path, corpus_config):
    for label in ("up", "down"):
        (tmp_path / label).mkdir()
        np.savez(tmp_path / label / "many.npz", a=np.zeros((3, 2)), b=np.ones((3, 2)))
        np.savez(tmp_path / label / "one.npz", values=np.zeros((3, 2)), times=np.arange(3))
        np.savez(tmp_path / label / "single.npz", whatever=np.zeros((3, 2)))
    (tmp_path / "up/broken.npz").write_bytes(b"PK")
    listing = listed(corpus_config, tmp_path, MOVES)
    assert listing[listing["label"] == "down"]["id"].tolist() == [
        "down/many.npz::a",
        "down/many.npz::b",
        "down/one.npz",
        "down/single.npz",
    ]
    assert "up/broken.npz" in set(listing["id"])


def test_further_columns_are_kept_by_their_names(archive, corpus_config):
    write(archive, KEYS)
    listing = listed(corpus_config, archive, MOVES, columns=["side", "split"])
    assert listing["column:side"].tolist() == ["left", "right", "left", "left"]
    assert listing["column:split"].tolist() == listing["split"].tolist()
    with pytest.raises(UserError, match=r"corpus\.columns names hand, and .*: it has key, label, split, side"):
        listed(corpus_config, archive, MOVES, columns=["side", "hand"])


def test_class_folders_have_no_columns(tree, corpus_config):
    root = tree("up/a.csv", "down/b.csv")
    with pytest.raises(UserError, match="nothing but a manifest has columns"):
        listed(corpus_config, root, MOVES, columns=["side"])
