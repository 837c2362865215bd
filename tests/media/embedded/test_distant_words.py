"""Sentences whose last word hangs on a word far back."""

import re

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import DistantWordsConfig
from seqpipe.media.embedded.distant_words import LANGUAGES, write_distant_words


@pytest.fixture(scope="module")
def sentences(tmp_path_factory):
    config = DistantWordsConfig(gaps=[0, 3, 9], train_per_class=12, val_per_class=3, test_per_class=3)
    return pd.read_csv(write_distant_words(tmp_path_factory.mktemp("words") / "distant_words", config, seed=0))


def test_every_language_comes_as_often_with_every_gap(sentences):
    counts = sentences.groupby(["split", "label", "gap"]).size().unstack()
    assert set(sentences["label"]) == set(LANGUAGES.values())
    assert (counts.nunique(axis=1) == 1).all()


def told(text):
    """Where each of the two grew up, and who is asked about."""
    where = dict(re.findall(r"(i|my friend) grew up in (\w+)", text))
    return where, re.search(r"(i|my friend) speaks? fluent$", text)[1]


def test_the_answer_is_where_who_is_asked_about_grew_up_and_the_other_did_not(sentences):
    for text, label in zip(sentences["text"], sentences["label"], strict=True):
        where, asked = told(text)
        assert set(where) == {"i", "my friend"}
        assert LANGUAGES[where[asked]] == label
        assert len(set(where.values())) == 2
        assert label not in text.split()


def test_who_is_asked_about_and_who_is_named_first_tell_nothing(sentences):
    asked = [told(text)[1] for text in sentences["text"]]
    first = [text.index("i grew") < text.index("my friend grew") for text in sentences["text"]]
    assert 0.3 < np.mean([who == "i" for who in asked]) < 0.7
    assert 0.3 < np.mean(first) < 0.7


def test_the_gap_is_how_many_words_lie_between(sentences):
    for text, gap in zip(sentences["text"], sentences["gap"], strict=True):
        behind = re.split(r"grew up in \w+", text)[-1]
        words = re.sub(r"(i|my friend) speaks? fluent$", "", behind).replace(" . ", " ").split()
        assert len(words) == gap


def test_the_same_seed_gives_the_same_sentences(tmp_path):
    config = DistantWordsConfig(gaps=[2], train_per_class=2, val_per_class=1, test_per_class=1)
    first, second, other = (
        write_distant_words(tmp_path / name, config, seed).read_bytes() for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first == second != other
