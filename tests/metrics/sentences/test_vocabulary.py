"""How long sentences are, and which words of the references no answer has."""

from __future__ import annotations

from seqpipe.metrics.sentences.vocabulary import lengths, words_never_said


def test_lengths_are_in_words():
    assert list(lengths([["a", "dog"], [], ["девочка"]])) == [2, 0, 1]


def test_words_never_said_come_by_how_often_they_are_there():
    answers = [["a", "dog"], ["a", "cat"]]
    references = [[["a", "boat"], ["the", "boat"]], [["a", "tree"], ["the", "boat", "dog"]]]
    assert list(words_never_said(answers, references).items()) == [("boat", 3), ("the", 2), ("tree", 1)]
    assert words_never_said(answers, [[["dog"]], [["cat"]]]) == {}
