"""Distant words: sentences whose last word hangs on one far back, written without a download.

The example of the textbooks: "the clouds are in the ..." needs the words just before its end, "I grew up in France ...
I speak fluent ..." one that was said long before. Here a friend has grown up somewhere else, and who is asked about is
said at the very end: no word, and no run of words, tells the answer by itself. Between the countries and the end lie as
many words as ``gaps`` say, and before them as many again, so that who reads backwards has as far to carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqpipe.config import DistantWordsConfig
from seqpipe.media.embedded.writing import write_once

VERSION = 4
"""Raise it when a change writes other sentences: folders of another version are written anew."""
LANGUAGES = {
    "france": "french",
    "spain": "spanish",
}
"""The countries that a speaker may come from, and the word that the sentence ends with."""
FILLERS = (
    "the weather was mild",
    "we had a small garden",
    "my brother played the violin",
    "the train was often late",
    "there was a market on sundays",
    "nobody owned a car",
    "the school was near the river",
    "my aunt baked bread",
    "winters were long and dark",
    "the neighbours kept bees",
    "an old piano stood in the hall",
    "it rained for days",
    "the bakery closed at noon",
    "our dog slept by the stove",
    "the road was never paved",
)
"""What has nothing to do with where a speaker is from."""


NEAR = ("the clouds are in the sky", "the fish swim in the sea", "the bread is in the oven", "the book is on the shelf")
"""Sentences whose last word follows from those just before it."""


ASKED = {"i": "i speak fluent", "my friend": "my friend speaks fluent"}
"""How a sentence ends, by whom it is about."""


class SentencePlan(NamedTuple):
    """One sentence: where who is asked about grew up, where the other did, and how many words lie between."""

    country: str
    other: str
    gap: int
    part: str
    number: int


def write_distant_words(folder: Path, config: DistantWordsConfig, seed: int) -> Path:
    """Writes the corpus to ``folder`` unless it is there already; returns its manifest.csv.

    The manifest has the columns text, label (the language), split, gap (words between the countries and the end).
    The same configuration and seed give the same bytes.

    Raises:
        UserError: The folder holds something else.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "distant_words", record, partial(_write, config=config, seed=seed))


def write_whole_sentences(folder: Path, config: DistantWordsConfig, seed: int) -> Path:
    """The same sentences with their last word, and as many that need no memory for it: ``the clouds are in the sky``.

    Of these the column gap is empty. For language models; arguments and errors as of ``write_distant_words``.
    """
    record = {"version": VERSION, "seed": seed, "config": config.model_dump()}
    return write_once(folder, "whole_sentences", record, partial(_write_whole, config=config, seed=seed))


def _write_whole(folder: Path, config: DistantWordsConfig, seed: int) -> pd.DataFrame:
    far = _write(folder, config, seed)
    far["text"] = far["text"] + " " + far["label"]
    random = np.random.default_rng([seed, len(far)])
    near = far.assign(
        text=[f"{_filler(int(gap), random)} . {random.choice(NEAR)}" for gap in far["gap"]], label="near", gap=""
    )
    return pd.concat([far.assign(label="far"), near], ignore_index=True)


def _write(folder: Path, config: DistantWordsConfig, seed: int) -> pd.DataFrame:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(_sentence(plan, seed), LANGUAGES[plan.country], plan.part, plan.gap) for plan in _plans(config, seed)]
    return pd.DataFrame(rows, columns=["text", "label", "split", "gap"])


def _plans(config: DistantWordsConfig, seed: int) -> Iterator[SentencePlan]:
    """Every country as often with every gap, and that of the other drawn among the others."""
    counts = {"train": config.train_per_class, "val": config.val_per_class, "test": config.test_per_class}
    random = np.random.default_rng(seed)
    for part, count in counts.items():
        for country in LANGUAGES:
            others = [other for other in LANGUAGES if other != country]
            for number in range(count):
                yield SentencePlan(
                    country, str(random.choice(others)), config.gaps[number % len(config.gaps)], part, number
                )


def _sentence(plan: SentencePlan, seed: int) -> str:
    """``<filler> . i grew up in X . my friend grew up in Y . <filler> . i speak fluent``."""
    part = sorted(("train", "val", "test")).index(plan.part)
    random = np.random.default_rng([seed, part, list(LANGUAGES).index(plan.country), plan.number])
    asked, other = random.permutation(list(ASKED)).tolist()
    told = [f"{asked} grew up in {plan.country}", f"{other} grew up in {plan.other}"]
    before, between = _filler(plan.gap, random), _filler(plan.gap, random)
    parts = (before, *random.permutation(told).tolist(), between, ASKED[asked])
    return " . ".join(part for part in parts if part)


def _filler(words: int, random: np.random.Generator) -> str:
    """So many words of what has nothing to do with it."""
    said: list[str] = []
    while len(said) < words:
        said += str(random.choice(FILLERS)).split()
    return " ".join(said[:words])
