"""Scores over what a further column of the corpus says."""

import numpy as np
import pandas as pd
import pytest

from seqpipe.evaluation.by_column import MOST_VALUES, OTHERS, parts_of, scores_by


def column(values):
    return pd.Series(values, index=[f"s{n}" for n in range(len(values))], dtype=object)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["2", "10", "2", ""], ["2", "10"]),
        ([24, 1, 6, None], ["1", "6", "24"]),
        (["right", "left", "right"], ["left", "right"]),
        (["1000001", "1000002", "5"], ["5", "1000001", "1000002"]),
        (["1234567890123456789", "1234567890123456788"], ["1234567890123456788", "1234567890123456789"]),
        (["0.30000000000000004", "0.5"], ["0.3", "0.5"]),
        (["0.30000000000000004", "0.3"], ["0.3", "0.30000000000000004"]),
        (["-0.0", "0", "inf"], ["0", "inf"]),
    ],
)
def test_few_values_are_told_one_by_one_numbers_by_size(values, told):
    parts = parts_of(column(values))
    assert list(parts.cat.categories) == told
    assert parts.isna().sum() == sum(value in ("", None) for value in values)
    assert parts.cat.ordered == (values[0] != "right")


def test_many_numbers_are_told_by_ranges_that_hold_them():
    values = column(list(map(str, range(100))))
    parts = parts_of(values)
    assert len(parts.cat.categories) == MOST_VALUES - 2
    for part, own in values.astype(int).groupby(parts, observed=True):
        low, high = map(int, str(part).split("–"))
        assert (own.min(), own.max()) == (low, high)


@pytest.mark.parametrize(
    "numbers",
    [range(1000001, 1000031), range(1600000000, 1600000180, 3), [1 + n * 1e-9 for n in range(30)], [*range(20), "inf"]],
)
def test_ranges_of_numbers_that_are_alike_have_names_of_their_own(numbers):
    parts = parts_of(column(list(map(str, numbers))))
    assert len(set(parts.cat.categories)) == MOST_VALUES - 2
    assert parts.notna().all()
    assert str(parts.iloc[0]).startswith(str(float(numbers[0])).removesuffix(".0"))


def test_a_text_that_is_called_others_is_among_the_others():
    parts = parts_of(column([OTHERS] * 3 + [*"aabbccddeeffgg", "x", "y"]))
    assert list(parts.cat.categories) == [*"abcdefg", OTHERS]
    assert (parts == OTHERS).sum() == 5


def test_of_many_texts_the_rest_are_others():
    parts = parts_of(column([*"aabbccddeeffgghh", "x", "y"]))
    assert list(parts.cat.categories) == [*"abcdefgh", OTHERS]
    assert (parts == OTHERS).sum() == 2


def test_accuracy_is_that_of_the_test_samples_under_each_value(config):
    values = column([1, 1, 1, 6, 6, 6])
    table = pd.DataFrame(
        {
            "id": values.index,
            "split": ["test", "test", "train", "test", "test", "test"],
            "group": values.index,
            "correct": [True, True, False, True, False, False],
        }
    )
    scores = scores_by({"lstm": table}, values, config, seed=0)
    assert scores["part"].tolist() == ["1", "6"]
    assert scores["samples"].tolist() == [2, 3]
    np.testing.assert_allclose(scores["accuracy"], [1.0, 1 / 3])
    assert (scores["accuracy_low"] <= scores["accuracy"]).all()
    assert (scores["accuracy"] <= scores["accuracy_high"]).all()
