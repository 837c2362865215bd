"""Answers on disk: read whole or refused, and held against each other."""

import pandas as pd
import pytest
from tests.fusion.two_models import answers, changed

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import with_lineage
from seqpipe.evaluation.results import FIT, MODEL, RECORD
from seqpipe.fusion.answers import Answers, check_same_samples, read_answers, told_apart


@pytest.fixture
def folder(tmp_path):
    """What a run leaves of a model."""
    of = answers("svm")
    lineage = {"samples": {"digest": "d"}, "features": {"stream": "flow"}}
    for name, split in (("val_predictions", "val"), ("predictions", "test")):
        table = of.of(split)
        table.attrs = {FIT: "f", RECORD: dict(of.fit), MODEL: "svm"}
        with_lineage(table, lineage).to_parquet(tmp_path / f"{name}.parquet", index=False)
    return tmp_path


def rewritten(path, change):
    table = pd.read_parquet(path)
    table = change(table)
    table.to_parquet(path, index=False)


def test_they_are_read_with_what_is_told_of_the_model_and_pass_through_a_table(folder, tmp_path):
    read = read_answers(folder, "svm")
    assert read.name == "svm, flow"
    pd.testing.assert_frame_equal(read.of("test"), answers("svm").of("test"))
    assert (read.fit, read.lineage["samples"]) == (dict(answers("svm").fit), {"digest": "d"})
    read.as_table().to_parquet(tmp_path / "kept.parquet", index=False)
    again = Answers.of_table(pd.read_parquet(tmp_path / "kept.parquet"))
    pd.testing.assert_frame_equal(again.table, read.table)
    assert (again.name, again.fit, again.lineage) == (read.name, read.fit, read.lineage)


def test_what_is_not_whole_is_refused_with_the_way_out(folder):
    val = folder / "val_predictions.parquet"
    before = val.read_bytes()
    rewritten(val, lambda t: t.attrs.update({FIT: "another"}) or t)
    with pytest.raises(UserError, match="of two trainings: begin with its `predict`"):
        read_answers(folder, "svm")
    val.write_bytes(before)
    rewritten(val, lambda t: t.iloc[:0])
    with pytest.raises(UserError, match="trained without val"):
        read_answers(folder, "svm")
    val.write_bytes(before)
    rewritten(val, lambda t: pd.concat([t, t]))
    with pytest.raises(UserError, match="answers each frame of a video"):
        read_answers(folder, "svm")
    val.unlink()
    with pytest.raises(UserError, match=r"svm: val_predictions\.parquet is not in .*: train the model again"):
        read_answers(folder, "svm")


def test_two_of_one_name_are_told_apart():
    assert [of.name for of in told_apart(answers("a"), answers("b"))] == ["a", "b"]
    assert [of.name for of in told_apart(answers("a"), answers("a"))] == ["first: a", "second: a"]


def test_models_of_the_same_samples_may_be_mixed():
    check_same_samples(answers("a", seed=1), answers("b", seed=2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t[t["id"] != "test09"], r"differ in samples of test \(test09 of one alone\): 12, and 11"),
        (lambda t: t[t["id"] != "val00"], r"differ in samples of val \(val00 of one alone\): 9, and 8"),
        (lambda t: t.assign(label="up"), "differ in labels or groups: .*left.*, and .*up"),
        (lambda t: t.rename(columns={"p_up": "p_down"}), "differ in classes: left, right, up, and left, right, down"),
    ],
)
def test_others_are_refused_and_the_difference_is_named(change, said):
    one, two = answers("a"), answers("b")
    other = changed(two, change(two.table).reset_index(drop=True))
    with pytest.raises(UserError, match=f"a and b {said}.*Train both on one corpus with one runtime.seed"):
        check_same_samples(one, other)


def test_the_same_names_of_other_contents_are_refused():
    other = Answers("b", answers("b").table, answers("b").fit, {"samples": {"digest": "e"}})
    with pytest.raises(UserError, match="differ in contents, or samples of train: the digest d, and the digest e"):
        check_same_samples(answers("a"), other)
