"""Sentences drawn at random, of few words, so that some are in common."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = ["a", "dog", "girl", "runs", "on", "grass", "die", "Straße", "девочка", "लड़की"]

sentences = st.lists(st.sampled_from(WORDS), max_size=9)
spoken = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9)
samples = st.tuples(sentences, st.lists(spoken, min_size=1, max_size=4))
corpora = st.lists(samples, min_size=1, max_size=12)


def taken_apart(corpus):
    """(answers, references) of a corpus of samples."""
    return [answer for answer, _ in corpus], [references for _, references in corpus]
