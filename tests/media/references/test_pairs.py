"""Pairs of sentences in tables."""

from __future__ import annotations

import logging

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.parts.paths import split_part
from seqpipe.media.parts.tables import read_cell

TABLE = "source,target\nEin Hund.,A dog.\nZwei,Two\nEin Hund.,One dog.\nein hund.,a dog\n"


def references(listing):
    return dict(zip(listing["id"], listing["references"], strict=True))


def test_a_source_is_a_cell_and_its_targets_are_the_references(lay, pairs):
    listing = pairs(lay({"pairs.csv": TABLE}))
    assert references(listing) == {
        "pairs.csv::source/2": ["A dog.", "One dog."],
        "pairs.csv::source/3": ["Two"],
        "pairs.csv::source/5": ["a dog"],
    }
    read = [read_cell(*split_part(path)) for path in listing["path"]]
    assert read == ["Ein Hund.", "Zwei", "ein hund."]


def groups(pairs, root):
    listing = pairs(root)
    return [set(ids) for ids in listing.groupby("group")["id"].agg(list)]


def test_without_a_split_what_shares_a_source_or_a_target_is_one_group(lay, pairs):
    rows = ["eins,one", "EINS,uno", "zwei,UNO", "drei,three", "vier,four", "fuenf,Four"]
    found = groups(pairs, lay({"pairs.csv": "source,target\n" + "\n".join(rows) + "\n"}))
    numbered = [{f"pairs.csv::source/{line}" for line in lines} for lines in ((2, 3, 4), (5,), (6, 7))]
    assert sorted(found, key=sorted) == numbered


def test_a_given_split_is_kept_and_what_recurs_is_told(lay, pairs, caplog):
    rows = ["eins,one,train", "zwei,two,train", "Eins,uno,test", "drei,Two,test", "vier,four,val"]
    listing = pairs(lay({"pairs.csv": "source,target,split\n" + "\n".join(rows) + "\n"}))
    assert listing["split"].tolist() == ["train", "train", "test", "test", "val"]
    assert listing.groupby("group")["split"].nunique().max() == 1
    assert "train has the source of 1 of the 2 test samples too, such as 'Eins'" in caplog.text
    assert "train has a target of 1 of the 2 test samples too, such as 'Two'" in caplog.text
    assert "val samples" not in caplog.text


def test_the_same_source_in_two_splits_is_two_samples(lay, pairs):
    listing = pairs(lay({"pairs.csv": "source,target,split\na,x,train\na,y,test\n"}))
    assert listing["references"].tolist() == [["x"], ["y"]]


def test_a_given_group_joins_samples(lay, pairs):
    listing = pairs(lay({"pairs.csv": "source,target,group\na,x,book\nb,y,book\nc,z,film\n"}))
    assert listing["group"].nunique() == 2


@pytest.mark.parametrize("head", ["de,en", "de-DE,en_GB", "src,tgt", "Source Text,translation"])
def test_columns_go_by_several_names_and_what_is_read_is_said(head, lay, pairs, caplog):
    with caplog.at_level(logging.INFO):
        listing = pairs(lay({"some.csv": f"{head}\neins,one\nzwei,two\n"}))
    first, second = head.split(",")
    assert f"{first} is read, and is to become {second}" in caplog.text
    assert listing["references"].tolist() == [["one"], ["two"]]


def test_several_columns_of_targets_are_several_references(lay, pairs):
    listing = pairs(lay({"pairs.tsv": "source\ttarget1\ttarget2\na\tx\ty\nb\tz\t\n"}))
    assert listing["references"].tolist() == [["x", "y"], ["z"]]


def test_nothing_is_a_comment_and_an_empty_target_is_set_aside(lay, pairs):
    listing = pairs(lay({"pairs.csv": "source,target\n# eins,# one\nzwei,\ndrei,three\n"}))
    assert listing["references"].tolist() == [["# one"], [], ["three"]]
    assert listing["reason"].tolist() == [None, "no_references", None]


def test_tables_called_after_splits_are_read_together(lay, pairs):
    listing = pairs(lay({"train.csv": "source,target\na,x\n", "test.csv": "source,target\nb,y\n"}))
    assert dict(zip(listing["id"], listing["split"], strict=True)) == {
        "train.csv::source/2": "train",
        "test.csv::source/2": "test",
    }


def test_a_table_of_other_columns_is_none(lay, pairs):
    root = lay({"numbers.csv": "ax,ay,az\n1,2,3\n"})
    with pytest.raises(UserError, match="holds no sentences that are told of samples"):
        pairs(root)
    with pytest.raises(UserError, match="no table of pairs; expected the columns source,target"):
        pairs(root, layout="pairs")
