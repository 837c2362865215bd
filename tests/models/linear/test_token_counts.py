"""What is counted of tokens, against scikit-learn's own vectorizer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from seqpipe.core.errors import UserError
from seqpipe.models.linear.token_counts import LENGTH, TokenCounts

TEXTS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=8), min_size=2, max_size=8)


def padded(texts):
    longest = max(map(len, texts))
    x = np.zeros((len(texts), longest, 1), np.float32)
    mask = np.zeros((len(texts), longest), bool)
    for n, text in enumerate(texts):
        x[n, : len(text), 0], mask[n, : len(text)] = text, True
    return x, mask


@given(TEXTS, st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_it_is_what_scikit_learn_counts(texts, runs):
    counts = TokenCounts.fit(*padded(texts), 5, runs, by_step=False)
    ours = counts(*padded(texts)).toarray()
    vectorizer = TfidfVectorizer(ngram_range=(1, runs), sublinear_tf=True, token_pattern=r"\S+")
    theirs = vectorizer.fit_transform([" ".join(map(str, text)) for text in texts]).toarray()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(np.sort(ours, axis=1), LENGTH * np.sort(theirs, axis=1), atol=1e-9)
    np.testing.assert_allclose(ours @ ours.T, LENGTH**2 * theirs @ theirs.T, atol=1e-6)


def test_what_train_did_not_have_is_left_out():
    counts = TokenCounts.fit(*padded([[1, 2], [1]]), 9, 2, by_step=False)
    assert counts.size == 3
    np.testing.assert_array_equal(counts(*padded([[3, 4], [1, 8]])).toarray()[0], np.zeros(3))
    assert counts(*padded([[3, 1]])).nnz == 1


def test_the_vector_of_a_sample_does_not_hang_on_its_neighbours():
    counts = TokenCounts.fit(*padded([[1, 2, 3], [1, 1], [4]]), 5, 2, by_step=False)
    alone = counts(*padded([[1, 2]])).toarray()
    np.testing.assert_array_equal(counts(*padded([[1, 2], [4, 4, 4, 4]])).toarray()[:1], alone)


def test_of_a_step_its_neighbours_are_told_apart_by_their_side():
    both = padded([[1, 2, 3], [3, 2, 1]])
    counts = TokenCounts.fit(*both, 5, 2, by_step=True)
    vectors = counts(*both).toarray()
    assert vectors.shape == (6, counts.size)
    assert (vectors.sum(axis=1) == 3).all()
    assert not np.array_equal(vectors[1], vectors[4])  # the same token, its neighbours the other way round
    own = TokenCounts.fit(*padded([[1, 2, 3], [3, 2, 1]]), 5, 1, by_step=True)(
        *padded([[1, 2, 3], [3, 2, 1]])
    ).toarray()
    np.testing.assert_array_equal(own[1], own[4])


def test_it_is_the_same_once_it_is_read(tmp_path):
    counts = TokenCounts.fit(*padded([[1, 2, 3], [1, 1]]), 5, 2, by_step=False)
    counts.write(tmp_path)
    again = TokenCounts.read(tmp_path)
    np.testing.assert_array_equal(again(*padded([[2, 3]])).toarray(), counts(*padded([[2, 3]])).toarray())


def test_runs_beyond_what_a_number_holds_are_refused():
    with pytest.raises(UserError, match=r"Runs of 9 among 5000 tokens .*lower ngrams"):
        TokenCounts.fit(*padded([[1]]), 5000, 9, by_step=False)
