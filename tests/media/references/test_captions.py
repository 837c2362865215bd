"""Captions in tables."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.medium import FileTypes

IMAGES = {"images/a.jpg": "", "images/b.jpg": "", "images/c.jpg": ""}
MOVES = FileTypes({".csv": "recording", ".npz": "recording"}, "recordings", containers=frozenset([".npz"]))


def references(listing):
    return dict(zip(listing["id"], listing["references"], strict=True))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("captions.csv", "path,caption\nimages/a.jpg,one dog\nimages/b.jpg,a cat\nimages/a.jpg,a dog\n"),
        ("manifest.tsv", "filename\tsentence\nimages/a.jpg\tone dog\nimages/a.jpg\ta dog\nimages/b.jpg\ta cat\n"),
        ("list.csv", "path,caption_1,caption_2\nimages/a.jpg,one dog,a dog\nimages/b.jpg,a cat,\n"),
        ("list.csv", "Image,Caption1,Caption2\nimages\\a.jpg,one dog,a dog\nimages\\b.jpg,a cat,\n"),
        (
            "results.csv",
            "image_name| comment_number| comment\na.jpg| 0| one  dog \na.jpg| 1| a dog\nb.jpg| 0| a cat\n",
        ),
        ("some.csv", "image_id;description\na;one dog\na;a dog\nb;a cat\n"),
    ],
)
def test_each_file_has_its_captions_in_their_order(name, text, lay, listed):
    listing = listed(lay({**IMAGES, name: text}))
    assert references(listing) == {"images/a.jpg": ["one dog", "a dog"], "images/b.jpg": ["a cat"]}
    assert set(listing["kind"]) == {"image"}
    assert listing[["label", "split", "group", "reason"]].isna().all(axis=None)


def test_a_cell_of_a_parquet_file_may_be_a_list(tmp_path, lay, listed):
    lay(IMAGES)
    table = pd.DataFrame({"path": ["images/a.jpg", "images/b.jpg"], "captions": [["one dog", "a dog"], ["a cat"]]})
    table.to_parquet(tmp_path / "captions.parquet")
    assert references(listed(tmp_path))["images/a.jpg"] == ["one dog", "a dog"]


def test_split_and_group_are_read_and_other_columns_are_kept(lay, listed):
    lines = ["images/a.jpg,x,train,g,in", "images/a.jpg,y,train,g,in", "images/b.jpg,z,dev,h,out"]
    text = "\n".join(["path,caption,split,group,place", *lines])
    listing = listed(lay({**IMAGES, "captions.csv": text}), columns=["place"])[["split", "group", "column:place"]]
    assert listing.to_numpy().tolist() == [["train", "g", "in"], ["val", "h", "out"]]


def test_a_column_that_is_kept_says_all_that_its_lines_do(lay, listed):
    text = "path,caption,by\nimages/a.jpg,x,ann\nimages/a.jpg,y,bob\nimages/a.jpg,z,ann\n"
    assert listed(lay({**IMAGES, "captions.csv": text}), columns=["by"])["column:by"].tolist() == ["ann; bob"]


def test_tables_called_after_splits_are_read_together(lay, listed):
    tables = {"train.csv": "path,caption\nimages/a.jpg,x\n", "validation.csv": "path,caption\nimages/b.jpg,y\n"}
    listing = listed(lay({**IMAGES, **tables}))
    assert listing["split"].tolist() == ["train", "val"]


def test_several_tables_are_refused_but_for_one_called_captions(lay, listed):
    root = lay({**IMAGES, "one.csv": "path,caption\nimages/a.jpg,x\n", "two.csv": "path,caption\nimages/b.jpg,y\n"})
    with pytest.raises(UserError, match=r"several tables of sentences \(one\.csv, two\.csv\)"):
        listed(root)
    lay({"captions.csv": "path,caption\nimages/c.jpg,z\n"})
    assert listed(root)["id"].tolist() == ["images/c.jpg"]


def test_samples_may_be_of_any_modality(tmp_path, lay, listed):
    recordings = {"sequences/1.csv": "x,y\n1,2\n", "words.csv": "video,word,startframe\n1,JOHN,3\n"}
    listing = listed(lay({**recordings, "manifest.csv": "path,sentence\nsequences/1.csv,JOHN SEE\n"}), MOVES)
    assert references(listing) == {"sequences/1.csv": ["JOHN SEE"]}
    np.savez(tmp_path / "s.npz", a=np.zeros(3), b=np.zeros(3))
    lay({"manifest.csv": "key,sentence\na,one\nb,two\na,again\n"})
    assert references(listed(tmp_path, MOVES)) == {"s.npz::a": ["one", "again"], "s.npz::b": ["two"]}


def test_empty_captions_are_told_and_a_sample_without_any_is_set_aside(lay, listed, caplog):
    listing = listed(lay({**IMAGES, "captions.csv": "path,caption\nimages/a.jpg,x\nimages/a.jpg,  \nimages/b.jpg,\n"}))
    assert "1 empty sentence(s) are left out, the first of" in caplog.text
    assert listing["reason"].tolist() == [None, "no_references"]
    assert listing["references"].tolist() == [["x"], []]


def test_what_nothing_is_told_of_is_named(lay, listed, caplog):
    listed(lay({**IMAGES, "images/notes.txt": "", "captions.csv": "path,caption\nimages/a.jpg,x\n"}))
    assert "Nothing is told of 2 file(s), which are not used" in caplog.text
    assert "b.jpg" in caplog.text
    assert "notes" not in caplog.text


def test_a_missing_file_stays_in_the_listing_for_probing_to_tell(lay, listed):
    listing = listed(lay({**IMAGES, "captions.csv": "path,caption\nimages/a.jpg,x\nimages/gone.jpg,y\n"}))
    assert listing["id"].tolist() == ["images/a.jpg", "images/gone.jpg"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,caption,split\nimages/a.jpg,x,train\nimages/a.jpg,y,test\n", "has the splits train and test"),
        ("path,caption,start,end\nimages/a.jpg,x,0,1\nimages/a.jpg,y,1,2\n", r"several stretches of .* \(start, end\)"),
        ("path,caption,is_test\nimages/a.jpg,x,0\n", "no column split but is_test"),
        ("path,video,caption\nimages/a.jpg,images/b.jpg,x\n", None),
        ("path,caption\ngone.jpg,x\n", "None of the 1 samples"),
        ("path,caption,split\nimages/a.jpg,x,yes\n", "Unknown split 'yes' in line 2"),
    ],
)
def test_what_contradicts_itself_is_a_sentence(text, message, lay, listed):
    root = lay({**IMAGES, "captions.csv": text})
    if message is None:
        assert len(listed(root)) == 1
        return
    with pytest.raises(UserError, match=message):
        listed(root)


def test_how_many_references_there_are_is_told(lay, listed, caplog):
    with caplog.at_level(logging.INFO):
        listed(lay({**IMAGES, "captions.csv": "path,caption\nimages/a.jpg,x\nimages/a.jpg,y\nimages/b.jpg,z\n"}))
    assert "as a table of captions: 2 images, 3 references, 1 to 2 a sample" in caplog.text
