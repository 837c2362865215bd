"""Dates and numbers in words, and in figures."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.config import SpokenNumbersConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.spoken_numbers import (
    MONTHS,
    TENS,
    UNDER_TWENTY,
    in_words,
    ordinal,
    write_spoken_numbers,
)

CONFIG = SpokenNumbersConfig(train_pairs=200, val_pairs=20, test_pairs=40)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return pd.read_csv(write_spoken_numbers(tmp_path_factory.mktemp("words") / "spoken_numbers", CONFIG, seed=0))


def meant(words: str) -> int:
    """The number that words say, read by another way than they are written."""
    total = 0
    for word in words.split():
        if word == "thousand":
            total *= 1000
        elif word == "hundred":
            total += total % 100 * 99
        elif word in UNDER_TWENTY:
            total += UNDER_TWENTY.index(word)
        elif word in TENS:
            total += 10 * (TENS.index(word) + 2)
    return total


@given(st.integers(0, 9999))
def test_words_say_the_number(number):
    assert meant(in_words(number)) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (20, "twenty"),
        (23, "three and twenty"),
        (1000, "one thousand"),
        (4011, "four thousand eleven"),
        (7223, "seven thousand two hundred three and twenty"),
    ],
)
def test_units_stand_before_tens(number, words):
    assert in_words(number) == words


def test_ordinals_are_all_different_and_those_of_english():
    said = [ordinal(day) for day in range(1, 32)]
    assert len(set(said)) == 31
    assert said[:5] == ["first", "second", "third", "fourth", "fifth"]
    assert [ordinal(day) for day in (8, 9, 12, 13, 20, 21, 30)] == [
        *("eighth", "ninth", "twelfth", "thirteenth", "twentieth", "one and twentieth", "thirtieth")
    ]


def figures_of(words: str) -> str:
    """The figures of a date or a number in words."""
    if not words.startswith("the "):
        return str(meant(words))
    said, month_year = words.removeprefix("the ").split(" of ")
    month, _, year = month_year.partition(" ")
    day = next(day for day in range(1, 32) if ordinal(day) == said)
    return date(meant(year), MONTHS.index(month) + 1, day).isoformat()


def test_figures_say_what_the_words_do_what_is_earlier_first(pairs):
    for source, target, order in pairs[["source", "target", "order"]].itertuples(index=False):
        two = [figures_of(words) for words in source.split(f" {order} ")]
        assert target.replace(" ", "") == ",".join(two if order == "before" else two[::-1])
        assert target == " ".join(target.replace(" ", ""))
    assert 0.3 < (pairs["order"] == "after").mean() < 0.7


def test_no_date_and_no_number_is_said_twice(pairs):
    said = pairs["target"].str.split(" , ").explode()
    assert said.is_unique
    assert said.str.contains("-").mean() == 0.5
    assert pairs["split"].value_counts().to_dict() == {"train": 200, "test": 40, "val": 20}


def test_train_knows_all_words_of_the_test(pairs):
    words = pairs["source"].str.split().explode().groupby(pairs["split"]).agg(set)
    assert words["test"] <= words["train"]


def test_more_than_there_are_cannot_be_asked_for(tmp_path):
    with pytest.raises(UserError, match="asks for 10000 pairs, and there are 9979 numbers"):
        write_spoken_numbers(tmp_path / "a", CONFIG.model_copy(update={"train_pairs": 9940}), seed=0)


def test_the_same_seed_gives_the_same_pairs(tmp_path):
    first, second, other = (
        write_spoken_numbers(tmp_path / name, CONFIG, seed).read_bytes()
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first == second != other
