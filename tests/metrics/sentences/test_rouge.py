"""ROUGE-L is COCO's, and the longest common subsequence is what its definition says."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from tests.metrics.sentences import golden
from tests.metrics.sentences.corpora import corpora, sentences, spoken, taken_apart

from seqpipe.metrics.sentences.rouge import longest_common, rouge_l
from seqpipe.metrics.sentences.tokens import caption_words


def test_is_that_of_cocos_evaluation():
    words = [[caption_words(one) for one in some] for some in golden.REFERENCES]
    found = rouge_l([caption_words(one) for one in golden.ANSWERS], words)
    assert found == pytest.approx(golden.ROUGE_L_OF_EACH, abs=1e-8)
    assert found.mean() == pytest.approx(golden.ROUGE_L, abs=1e-8)


@given(sentences, sentences)
def test_the_longest_common_subsequence_is_by_definition(a, b):
    @cache
    def longest(i, j):
        if not i or not j:
            return 0
        if a[i - 1] == b[j - 1]:
            return longest(i - 1, j - 1) + 1
        return max(longest(i - 1, j), longest(i, j - 1))

    assert longest_common(a, b) == longest(len(a), len(b))


def test_sentences_longer_than_a_machine_word():
    a = [str(i % 90) for i in range(200)]
    assert longest_common(a, a) == 200
    assert longest_common(a, a[::3]) == len(a[::3])


@given(corpora)
@settings(max_examples=50, deadline=None)
def test_lies_between_zero_and_one_and_no_order_matters(corpus):
    found = rouge_l(*taken_apart(corpus))
    assert ((found >= 0) & (found <= 1)).all()
    backwards = [(answer, others[::-1]) for answer, others in corpus[::-1]]
    assert rouge_l(*taken_apart(backwards))[::-1] == pytest.approx(found)


@given(spoken, spoken)
def test_a_perfect_answer_has_one(words, other):
    assert rouge_l([words], [[other, words]]) == pytest.approx(1.0)


def test_precision_and_recall_may_be_of_different_references():
    # 2/2 of the long reference and 1/1 of the short one
    assert rouge_l([["a", "dog"]], [[["a", "big", "dog"], ["dog"]]]) == pytest.approx(1.0)


def test_without_words_it_is_zero():
    assert list(rouge_l([[], ["a"], []], [[["a"]], [[]], [[]]])) == [0.0, 0.0, 0.0]
