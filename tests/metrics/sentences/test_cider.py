"""CIDEr-D is COCO's; what every sample says weighs nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.metrics.sentences import golden
from tests.metrics.sentences.corpora import corpora, taken_apart

from seqpipe.metrics.sentences.cider import cider_d
from seqpipe.metrics.sentences.tokens import caption_words

DOG, GIRL, BOAT = (text.split() for text in ("a dog runs on grass", "the girl sings a song", "white boats in harbour"))


def test_is_that_of_cocos_evaluation():
    words = [[caption_words(one) for one in some] for some in golden.REFERENCES]
    found = cider_d([caption_words(one) for one in golden.ANSWERS], words)
    assert found == pytest.approx(golden.CIDER_D_OF_EACH, abs=1e-8)
    assert found.mean() == pytest.approx(golden.CIDER_D, abs=1e-8)


@given(corpora)
@settings(max_examples=50, deadline=None)
def test_lies_between_zero_and_ten_and_no_order_matters(corpus):
    found = cider_d(*taken_apart(corpus))
    assert ((found >= 0) & (found <= 10 + 1e-9)).all()
    backwards = [(answer, others[::-1]) for answer, others in corpus[::-1]]
    assert cider_d(*taken_apart(backwards))[::-1] == pytest.approx(found)


def test_perfect_answers_to_references_that_agree_have_ten():
    assert cider_d([DOG, GIRL, BOAT], [[DOG, DOG], [GIRL], [BOAT]]) == pytest.approx(10.0)


def test_one_answer_to_everything_has_only_what_is_its_own():
    found = cider_d([DOG] * 3, [[DOG], [GIRL], [BOAT]])
    assert found[0] == pytest.approx(10.0)
    assert found[1] < 0.3  # the word "a"
    assert found[2] == 0.0


def test_what_is_in_all_samples_or_in_the_only_one_weighs_nothing():
    assert list(cider_d([["a"], ["a"]], [[["a"]], [["a"]]])) == [0.0, 0.0]
    assert list(cider_d([DOG], [[DOG]])) == [0.0]


def test_a_length_that_differs_costs_by_a_gaussian():
    references = [[DOG], [GIRL]]
    longer = cider_d([[*DOG, *"uvwxyz"], GIRL], references)[0]
    own = np.array([4, 4, 3, 2])  # n-grams of DOG, n = 1..4; the word "a" is in both samples and weighs nothing
    cosines = own / np.sqrt(own * (own + 6))  # 6 words more are 6 n-grams more
    assert longer == pytest.approx(10 * cosines.mean() * np.exp(-36 / 72))


@pytest.mark.parametrize("answer", [[], ["grass"], ["девочка"]])
def test_short_answers_and_other_scripts(answer):
    found = cider_d([answer, GIRL], [[answer or DOG, DOG], [GIRL]])
    assert np.isfinite(found).all()
    assert (found[0] > 0) == bool(answer)


def test_without_any_words_it_is_zero():
    assert list(cider_d([[], []], [[[]], [[], []]])) == [0.0, 0.0]
