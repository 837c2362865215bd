"""Sentences whose last word hangs on a word far back."""

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


def test_the_answer_is_where_the_speaker_grew_up_and_another_country_is_named_too(sentences):
    for text, label in zip(sentences["text"], sentences["label"], strict=True):
        grown = text.split("i grew up in ")[1].split()[0]
        visited = text.split("we went to ")[1].split()[0]
        assert LANGUAGES[grown] == label
        assert visited in LANGUAGES
        assert visited != grown
        assert text.endswith("i speak fluent")
        assert label not in text.split()


def test_the_gap_is_how_many_words_lie_between(sentences):
    for text, gap in zip(sentences["text"], sentences["gap"], strict=True):
        between = text.split("i grew up in ")[1].split(" . ")[1:-1]
        words = " ".join(between).split()
        visit = 5 if "we went to" in " ".join(between) else 0
        assert len(words) - visit == gap


def test_the_same_seed_gives_the_same_sentences(tmp_path):
    config = DistantWordsConfig(gaps=[2], train_per_class=2, val_per_class=1, test_per_class=1)
    first, second, other = (
        write_distant_words(tmp_path / name, config, seed).read_bytes() for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first == second != other
