"""Which answers are a reference or a sentence of training, and how many are different."""

from __future__ import annotations

from seqpipe.metrics.sentences.exact import copied, distinct_share, exact_matches, plain


def test_blanks_do_not_count_but_case_does():
    assert plain("  a\tdog \n runs") == "a dog runs"
    assert list(exact_matches(["a  dog ", "A dog", ""], [["x", "a dog"], ["a dog"], [""]])) == [True, False, True]


def test_copies_of_training_sentences():
    assert list(copied(["a  dog", "a cat", "a dog"], iter(["a dog", "a bird"]))) == [True, False, True]


def test_how_many_answers_are_different():
    assert distinct_share(["a dog", "a  dog", "a cat", "a dog"]) == 0.5
    assert distinct_share(["a dog"] * 10) == 0.1
    assert distinct_share(["a dog"]) == 1.0
