"""Words that are wrong are counted against the closest reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.metrics.sentences.corpora import corpora, taken_apart

from seqpipe.metrics.sentences.errors import accuracy_by_position, closest, word_error_rate

DOG = ["a", "dog", "runs", "on", "grass"]


def test_inserted_left_out_and_replaced_words_count():
    answers = ["a big dog runs on grass", "a runs on grass", "a dog walks on grass", "a dog runs on grass"]
    rate = word_error_rate([answer.split() for answer in answers], [[DOG]] * 4)
    assert rate.value == 3 / 20
    assert list(rate.per_sample()) == [0.2, 0.2, 0.2, 0.0]


def test_the_closest_reference_counts_of_equals_the_longest():
    assert closest(["a", "cat"], [["a", "dog", "runs"], ["a", "dog"]]) == ["a", "dog"]
    assert closest(["a"], [["b"], ["a", "b"], ["c"]]) == ["a", "b"]


def test_an_answer_that_is_too_long_has_more_than_one():
    assert word_error_rate([["x", "y", "z"]], [[["a"]]]).value == 3.0


def test_an_empty_answer_has_one_and_no_words_at_all_nothing():
    assert word_error_rate([[]], [[DOG]]).value == 1.0
    assert np.isnan(word_error_rate([[]], [[[]]]).value)


@given(corpora)
@settings(max_examples=50, deadline=None)
def test_no_order_matters_and_perfect_answers_have_zero(corpus):
    answers, references = taken_apart(corpus)
    found = word_error_rate(answers, references).value
    assert found >= 0
    backwards = [(answer, others[::-1]) for answer, others in corpus[::-1]]
    assert word_error_rate(*taken_apart(backwards)).value == pytest.approx(found)
    assert word_error_rate([others[-1] for others in references], references).value == 0.0


def test_accuracy_by_position_is_of_the_samples_that_reach_it():
    answers = [["a", "dog"], ["a", "cat", "sits", "down"], []]
    references = [[["a", "dog", "runs"]], [["a", "dog"], ["a", "dog", "sits"]], [["grass"]]]
    found = accuracy_by_position(answers, references)
    assert list(found.samples) == [3, 2, 2]
    assert found.share == pytest.approx([2 / 3, 1 / 2, 1 / 2])
    assert len(accuracy_by_position([["a"]], [[[]]]).share) == 0
