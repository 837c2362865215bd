"""What a user names on the command line, where samples are parts of files."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from tests.media.corpora.test_manifests_of_parts import KEYS, MOVES, SENTENCES, TEXTS, write

from seqpipe.core.errors import UserError
from seqpipe.media.medium import FileTypes
from seqpipe.use.sources import listing_of_files, listing_of_paths


@pytest.fixture
def folder(tmp_path, monkeypatch):
    np.savez(tmp_path / "sequences.npz", **{key: np.full((3, 2), ord(key)) for key in "abcd"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ids(*paths, files=MOVES):
    return listing_of_paths(paths, files, images=False)["id"].tolist()


ALL = [f"sequences.npz::{key}" for key in "abcd"]


def test_an_archive_names_its_arrays(folder):
    assert ids("sequences.npz") == ids(".") == ids("*.npz") == ALL
    np.savez("one.npz", values=np.zeros((3, 2)), times=np.arange(3))
    assert ids("one.npz") == ["one.npz"]


def test_what_lies_above_is_named_by_its_way_there(folder, monkeypatch):
    write(folder, SENTENCES, "sentences.csv")
    (folder / "project").mkdir()
    monkeypatch.chdir(folder / "project")
    assert ids("../sequences.npz") == [f"../{name}" for name in ALL]
    assert ids("../sentences.csv", files=TEXTS) == [f"../sentences.csv::text/{line}" for line in (2, 3, 5, 6)]


def test_a_part_is_named_by_its_path(folder):
    assert ids("sequences.npz::b", str(folder / "sequences.npz::b")) == ["sequences.npz::b"]
    assert ids("sequences.npz::nowhere") == ["sequences.npz::nowhere"], "probing tells that it is not there"


def test_a_manifest_of_keys_needs_no_labels(folder):
    write(folder, KEYS)
    assert ids("manifest.csv") == ALL
    write(folder, "key\nc\n", "some.csv")
    assert ids("some.csv") == ["sequences.npz::c"]


def test_a_table_is_a_recording_unless_it_has_keys(folder):
    write(folder, "id,x\n1,0.5\n2,0.7\n", "one.csv")
    write(folder, "key,x\ne,0.5\ne,0.7\nf,0.5\n", "several.csv")
    assert ids("one.csv", "several.csv") == ["one.csv", "several.csv::e", "several.csv::f"]


def test_a_table_of_texts_names_its_cells(folder, caplog):
    write(folder, SENTENCES, "sentences.csv")
    write(folder, "text\nOne\n", "more.tsv")
    with caplog.at_level(logging.INFO):
        assert ids("sentences.csv", "more.tsv", files=TEXTS) == [
            "more.tsv::text/2",
            *(f"sentences.csv::text/{line}" for line in (2, 3, 5, 6)),
        ]
    with pytest.raises(UserError, match="lacks path and has: words"):
        ids(str(write(folder, "words\nOne\n", "other.csv")), files=TEXTS)


def test_a_file_that_is_sent_alone_is_one_sample_and_a_table_of_texts_is_none(folder):
    files = [write(folder, SENTENCES, "sentences.csv"), write(folder, "One", "one.txt")]
    texts = FileTypes({".txt": "text"}, "texts", containers=frozenset([".csv"]), cells=("text",))
    table, text = listing_of_files(files, texts).sort_values("id", ascending=False).to_dict("records")
    assert table["reason"] == "several_samples"
    assert "may hold several texts: send each as a file of its own" in table["detail"]
    assert text["reason"] is None
    assert listing_of_files([folder / "sequences.npz"], MOVES)["reason"].tolist() == [None], "reading it will tell"
