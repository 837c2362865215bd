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
    with pytest.raises(UserError, match="holds no pairs; expected a table with the columns source,target"):
        pairs(root, layout="pairs")


ANKI = 'Go.\tGeh.\tCC-BY 2.0 (France)\n"Hi," he said.\t"Hallo", sagte er.\tCC-BY\nGo.\tLos!\tCC-BY 2.0 (France)\n'


def test_a_table_without_a_header_is_read_from_its_first_line_on(lay, pairs, caplog):
    root = lay({"deu.txt": ANKI, "_about.txt": "These are sentences.\n"})
    with caplog.at_level(logging.INFO):
        listing = pairs(root)
    assert "column 1 is read, and is to become column 2" in caplog.text
    assert references(listing) == {"deu.txt::1/1": ["Geh.", "Los!"], "deu.txt::1/2": ['"Hallo", sagte er.']}
    assert [read_cell(*split_part(path)) for path in listing["path"]] == ["Go.", '"Hi," he said.']


def test_numbers_of_sentences_are_no_sentences(lay, pairs):
    listing = pairs(lay({"pairs.tsv": "1276\tLet's go.\t77\tGehen wir.\n1277\tHi.\t78\tHallo.\n"}))
    assert references(listing) == {"pairs.tsv::2/1": ["Gehen wir."], "pairs.tsv::2/2": ["Hallo."]}


def test_a_line_that_lacks_its_target_is_named(lay, pairs):
    root = lay({"pairs.tsv": "a b\tc d\n" * 30 + "e f\n"})
    with pytest.raises(UserError, match=r"Line 31 of .*pairs\.tsv has no column 2"):
        pairs(root)


ALIGNED = {
    "train.de": 'Ein Hund.\nZwei, "drei"\n',
    "train.en": "A dog.\nTwo\n",
    "val.de": "Vier\n",
    "val.en": "Four",
    "test_2016.de": "Hm\n",
    "test_2016.en": "Hm.\n",
}


def test_aligned_texts_belong_together_line_by_line(lay, pairs, caplog):
    root = lay({**ALIGNED, "other.de": "allein\n", "README.md": "beware"})
    listing = pairs(root)
    assert references(listing) == {
        "train.de::line/1": ["A dog."],
        "train.de::line/2": ["Two"],
        "val.de::line/1": ["Four"],
        "test_2016.de::line/1": ["Hm."],
    }
    assert sorted(listing["split"]) == ["test", "train", "train", "val"]
    assert set(listing["kind"]) == {"text"}
    assert read_cell(*split_part(f"{root}/train.de::line/2")) == 'Zwei, "drei"'
    assert "1 text(s) have no counterpart and are not used: other.de" in caplog.text


def test_the_text_that_is_named_is_the_source(lay, pairs):
    listing = pairs(lay(ALIGNED) / "train.en")
    assert references(listing)["train.en::line/1"] == ["Ein Hund."]
    assert len(listing) == 4


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.de": "1\n", "a.en": "1\n2\n"}, r"a\.de has 1 lines and a\.en 2"),
        ({"a.de": "1\n", "a.en": "1\n", "a.fr": "1\n"}, r"texts of several languages \(de, en, fr\)"),
        ({"a.de": "1\n"}, "holds no sentences"),
    ],
)
def test_texts_that_do_not_belong_together_are_refused(files, message, lay, pairs):
    with pytest.raises(UserError, match=message):
        pairs(lay(files))


def test_src_is_read_and_becomes_tgt(lay, pairs):
    assert references(pairs(lay({"x.tgt": "eins\n", "x.src": "one\n"}))) == {"x.src::line/1": ["eins"]}


def test_pairs_are_of_texts_alone(lay, listed):
    with pytest.raises(UserError, match="holds no sentences that are told"):
        listed(lay({"pairs.csv": TABLE}))
