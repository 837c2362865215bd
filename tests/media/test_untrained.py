import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.media.untrained import FEW, untrained_details


def corpus(**splits):
    rows = [(label, split) for split, labels in splits.items() for label in labels]
    return pd.Series([split for _, split in rows]), pd.Series([label for label, _ in rows])


def test_a_handful_of_a_class_that_train_lacks_is_named():
    splits, strata = corpus(train="aabb", test="a" * 39 + "c")
    assert untrained_details(splits, strata) == {
        43: "Train has no sample of 'c': no model can learn to answer it.",
    }


@pytest.mark.parametrize(
    "given",
    [
        corpus(train="aabb", test="aaaccb"),  # more than a few: the split is mistaken
        corpus(train="aabb", test="ab"),
        (pd.Series([None, None]), pd.Series(["a", "b"])),  # no official split: each class will be in train
        (pd.Series(["train", "test"]), None),  # a task without classes
    ],
    ids=["many", "none", "no split", "no classes"],
)
def test_nothing_else_goes(given):
    assert untrained_details(*given) == {}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["train", "val", "test"])), max_size=80))
def test_what_is_left_is_of_classes_of_train_or_nothing_has_gone(rows):
    splits, strata = pd.Series([s for _, s in rows], dtype=object), pd.Series([x for x, _ in rows], dtype=object)
    gone = untrained_details(splits, strata)
    assert set(splits[list(gone)]) <= {"val", "test"}
    if gone:
        assert len(gone) <= FEW * (splits != "train").sum()
        assert set(strata.drop(list(gone))) == set(strata[splits == "train"])
