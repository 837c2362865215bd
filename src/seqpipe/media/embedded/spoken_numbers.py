"""Spoken numbers: dates and numbers in words, which are to become figures in another order.

    the third of may nineteen hundred ninety before two hundred three and twenty  ->  1 9 9 0 - 0 5 - 0 3 , 2 2 3
    seven thousand two and twenty after the first of june nineteen hundred  ->  1 9 0 0 - 0 6 - 0 1 , 7 0 2 2

Words say units before tens, as in "four and twenty blackbirds", and days before years; figures have it the other way
round, and what is said to be after something else stands behind it. So no answer can be read off from left to right,
and it is too long for a single state to keep with ease. Every date and number is said once: those of the test can be
told by who knows what the words mean, and by nobody else.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import SpokenNumbersConfig
from seqpipe.core.errors import UserError
from seqpipe.media.embedded.writing import write_once

VERSION = 1
"""Raise it when a change writes other pairs: folders of another version are written anew."""
TABLE = "pairs.csv"
UNDER_TWENTY = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
"""From 20 to 90."""
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
ORDINALS |= {"twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"}
"""What is no cardinal with ``th`` behind it."""
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
NUMBERS = range(21, 10_000)
FIRST_DATE, DATES = date(1900, 1, 1), 36_524
"""The days of the twentieth century."""
ORDERS = ("before", "after")
"""How the first of two that are said lies to the second."""


class Said(NamedTuple):
    """A date or a number in words, and in figures with blanks between."""

    words: str
    figures: str


def write_spoken_numbers(folder: Path, config: SpokenNumbersConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its pairs.csv.

    The table has the columns source, target, order (``before``, ``after``), split. The same configuration and seed give
    the same bytes.

    Raises:
        UserError: More pairs are asked for than there are numbers, or the folder holds something else.
    """
    total = config.train_pairs + config.val_pairs + config.test_pairs
    if total > len(NUMBERS):
        raise UserError(
            f"spoken_numbers asks for {total} pairs, and there are {len(NUMBERS)} numbers, each of which is said once: "
            "ask for fewer pairs."
        )
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "spoken_numbers", record, partial(_write, config=config, seed=seed), TABLE)


def _write(folder: Path, config: SpokenNumbersConfig, seed: int) -> pd.DataFrame:
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"train": config.train_pairs, "val": config.val_pairs, "test": config.test_pairs}
    splits = [split for split, count in counts.items() for _ in range(count)]
    random = np.random.default_rng(seed)
    said = _all_said(len(splits), random)
    orders = random.choice(ORDERS, len(splits))
    rows = [
        (*_pair(*two, order), order, split)
        for two, order, split in zip(zip(said[::2], said[1::2], strict=True), orders, splits, strict=True)
    ]
    return pd.DataFrame(rows, columns=["source", "target", "order", "split"])


def _all_said(n: int, random: np.random.Generator) -> list[Said]:
    """n dates and n numbers, all of them different, in random order."""
    numbers = [_number(NUMBERS[place]) for place in random.choice(len(NUMBERS), n, replace=False)]
    dates = [_date(FIRST_DATE + timedelta(int(day))) for day in random.choice(DATES, n, replace=False)]
    both = [*numbers, *dates]
    return [both[place] for place in random.permutation(2 * n)]


def _pair(first: Said, second: Said, order: str) -> tuple[str, str]:
    """The source, and the target, in which what is earlier stands first."""
    earlier, later = (first, second) if order == "before" else (second, first)
    return f"{first.words} {order} {second.words}", f"{earlier.figures} , {later.figures}"


def in_words(number: int) -> str:
    """A number from 0 to 9999, units before tens: ``seven thousand two hundred three and twenty``."""
    thousands, hundreds, rest = number // 1000, number // 100 % 10, number % 100
    said = [f"{UNDER_TWENTY[thousands]} thousand"] if thousands else []
    said += [f"{UNDER_TWENTY[hundreds]} hundred"] if hundreds else []
    said += [_under_hundred(rest)] if rest or not said else []
    return " ".join(said)


def _under_hundred(number: int) -> str:
    if number < len(UNDER_TWENTY):
        return UNDER_TWENTY[number]
    tens, units = TENS[number // 10 - 2], number % 10
    return f"{UNDER_TWENTY[units]} and {tens}" if units else tens


def ordinal(number: int) -> str:
    """A number from 1 to 99 as in dates: ``three and twentieth``."""
    *before, last = _under_hundred(number).split()
    return " ".join([*before, ORDINALS.get(last, f"{last}th")])


def _number(number: int) -> Said:
    return Said(in_words(number), " ".join(str(number)))


def _date(day: date) -> Said:
    year = f"{_under_hundred(day.year // 100)} hundred"
    year += f" {_under_hundred(day.year % 100)}" if day.year % 100 else ""
    words = f"the {ordinal(day.day)} of {MONTHS[day.month - 1]} {year}"
    return Said(words, " ".join(day.isoformat()))
