"""How alike sentences are."""

import numpy as np
import pytest

from seqpipe.core.errors import UserError
from seqpipe.models.sentences.runs import run_vectors


def test_sentences_are_as_alike_as_their_runs_of_words():
    vectors = run_vectors(["A dog runs.", "a dog runs", "a dog sleeps", "runs dog a", "the cat", ""])
    alike = (vectors @ vectors.T).toarray()
    np.testing.assert_allclose(np.diag(alike), [1, 1, 1, 1, 1, 0])
    assert alike[0, 1] == pytest.approx(1.0), "marks and capital letters say nothing"
    assert 1 > alike[0, 3] > 0, "the same words in another order are less alike"
    assert alike[0, 2] > 0
    assert alike[0, 4] == 0


def test_rare_words_count_more():
    vectors = run_vectors(["x rare", "y rare", "z common", "u common", "v common", "w common"])
    alike = (vectors @ vectors.T).toarray()
    assert alike[0, 1] > alike[2, 3]


def test_what_has_no_words_is_told():
    with pytest.raises(UserError, match="has a word"):
        run_vectors(["...", "!"])
