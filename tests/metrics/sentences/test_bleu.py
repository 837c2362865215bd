"""BLEU of summed counts is sacreBLEU's of the corpus, also of a resampled one."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from tests.metrics.sentences import golden
from tests.metrics.sentences.corpora import corpora, taken_apart

from seqpipe.metrics.sentences.bleu import bleu, bleu_statistics
from seqpipe.metrics.sentences.summed import SummedScore
from seqpipe.metrics.sentences.tokens import caption_words, translation_words


def statistics(answers=golden.ANSWERS, references=golden.REFERENCES, words=caption_words):
    return bleu_statistics([words(one) for one in answers], [[words(one) for one in some] for some in references])


def of_sacrebleu(answers, references, **options):
    streams = list(zip(*[[*some, *[None] * (5 - len(some))] for some in references], strict=True))
    return BLEU(**options).corpus_score(answers, streams).score / 100


def test_is_that_of_cocos_evaluation():
    found = [bleu(statistics(), order, "none").value for order in (1, 2, 3, 4)]
    assert found == pytest.approx(golden.BLEU, abs=1e-8)


def test_of_translations_is_sacrebleus_standard():
    score = bleu(statistics(words=translation_words), 4, "exp")
    assert score.value == pytest.approx(of_sacrebleu(golden.ANSWERS, golden.REFERENCES))
    alone = [of_sacrebleu([answer], [others]) for answer, others in golden.CASES]
    assert score.per_sample() == pytest.approx(alone)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_of_a_resample_is_that_of_the_corpus_drawn(order):
    rows = statistics(words=translation_words)
    drawn = np.random.default_rng(0).integers(len(rows), size=len(rows))
    found = SummedScore(rows[drawn], bleu(rows, order, "exp").of).value
    answers, references = ([some[i] for i in drawn] for some in (golden.ANSWERS, golden.REFERENCES))
    assert found == pytest.approx(of_sacrebleu(answers, references, max_ngram_order=order))


@given(corpora, st.randoms(use_true_random=False), st.sampled_from(["none", "exp"]), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_lies_between_zero_and_one_and_no_order_matters(corpus, random, smoothing, order):
    found = bleu(bleu_statistics(*taken_apart(corpus)), order, smoothing).value
    assert 0 <= found <= 1
    shuffled = [(answer, random.sample(others, len(others))) for answer, others in random.sample(corpus, len(corpus))]
    assert bleu(bleu_statistics(*taken_apart(shuffled)), order, smoothing).value == found


@given(corpora)
@settings(max_examples=40, deadline=None)
def test_perfect_answers_have_one_and_answers_of_nothing_zero(corpus):
    references = taken_apart(corpus)[1]
    answers = [[*others[0], "and", "so", "on"] for others in references]
    perfect = bleu_statistics(answers, [[answer, *others] for answer, others in zip(answers, references, strict=True)])
    assert bleu(perfect, 4, "none").value == pytest.approx(1.0)
    assert bleu(bleu_statistics([[]] * len(corpus), references), 4, "exp").value == 0.0


def test_answers_of_one_word_have_bleu_1_alone():
    rows = bleu_statistics([["grass"]], [[["grass"], ["tall", "grass"]]])
    assert [bleu(rows, order, "none").value for order in (1, 2, 4)] == [1.0, 0.0, 0.0]


def test_sentences_without_words_in_the_reference_count():
    assert bleu(bleu_statistics([["dog"], []], [[[]], [[], []]]), 1, "none").value == 0.0


def test_nothing_is_warned_of(caplog):
    with caplog.at_level(logging.WARNING):
        statistics()
    assert not caplog.records
