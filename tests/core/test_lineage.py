"""What data came from is handed down with them, also through Parquet, and data of different origins are not mixed."""

from pathlib import Path

import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import (
    check_agree,
    complete,
    corpus_name,
    lineage_of,
    parquet_lineage,
    samples_digest,
    with_lineage,
)

A, B = ({"corpus": {"name": name, "path": f"/data/{name}", "layout": "manifest"}} for name in "ab")


@pytest.mark.parametrize(
    ("path", "name"),
    [("clips/ucf", "ucf"), ("clips/ucf/manifest.csv", "ucf"), ("clips/ucf/LIST.CSV", "ucf"), ("clips/2024", "2024")],
)
def test_a_corpus_is_called_by_its_folder(path, name):
    assert corpus_name(Path(path)) == name


def test_it_lies_in_the_table_and_in_its_parquet_file(tmp_path):
    table = with_lineage(pd.DataFrame({"id": ["x"]}), A, {"samples": {"seed": 1}})
    table.to_parquet(tmp_path / "t.parquet")
    assert lineage_of(pd.read_parquet(tmp_path / "t.parquet")) == A | {"samples": {"seed": 1}}
    assert parquet_lineage(tmp_path / "t.parquet") == A | {"samples": {"seed": 1}}


def test_a_table_without_one_says_nothing(tmp_path):
    pd.DataFrame({"id": ["x"]}).to_parquet(tmp_path / "t.parquet")
    assert parquet_lineage(tmp_path / "t.parquet") == lineage_of(pd.DataFrame()) == {}


def test_data_of_different_corpora_are_told_with_what_to_run():
    with pytest.raises(UserError, match=r"samples has name a, .*, dataset has name b, .*`--from-nodes list_samples`"):
        check_agree({"samples": A, "dataset": B})


def test_what_one_of_them_does_not_say_is_no_disagreement():
    partial = {"corpus": {"name": "a"}, "features": {"layer": "head"}}
    assert check_agree({"model": partial, "samples": A}) == A | {"features": {"layer": "head"}}


def test_what_an_earlier_version_wrote_is_told():
    assert complete(A, "corpus") == A
    with pytest.raises(UserError, match="does not say of which samples"):
        complete(A)


@pytest.mark.parametrize("column", ["id", "kind", "sha256", "label", "group", "split"])
def test_the_samples_digest_sees_whatever_decides_them(column):
    samples = pd.DataFrame({key: ["v"] for key in ("id", "kind", "sha256", "label", "group", "split", "path")})
    assert samples_digest(samples.assign(path="elsewhere")) == samples_digest(samples)
    assert samples_digest(samples.assign(**{column: "other"})) != samples_digest(samples)
