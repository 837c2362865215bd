"""chrF of summed counts is sacreBLEU's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF
from tests.metrics.sentences import golden

from seqpipe.metrics.sentences.chrf import chrf
from seqpipe.metrics.sentences.summed import SummedScore

texts = st.text(alphabet="abc é女 .", max_size=12)
corpora = st.lists(st.tuples(texts, st.lists(texts, min_size=1, max_size=3)), min_size=1, max_size=6)


def of_sacrebleu(answers, references):
    streams = list(zip(*[[*some, *[None] * (5 - len(some))] for some in references], strict=True))
    return CHRF().corpus_score(answers, streams).score / 100


def test_is_sacrebleus_also_of_a_resample():
    score = chrf(golden.ANSWERS, golden.REFERENCES)
    assert score.value == pytest.approx(of_sacrebleu(golden.ANSWERS, golden.REFERENCES))
    drawn = np.random.default_rng(0).integers(len(golden.ANSWERS), size=len(golden.ANSWERS))
    answers, references = ([some[i] for i in drawn] for some in (golden.ANSWERS, golden.REFERENCES))
    assert SummedScore(score.rows[drawn], score.of).value == pytest.approx(of_sacrebleu(answers, references))


@given(corpora)
@settings(max_examples=100, deadline=None)
def test_is_sacrebleus_and_lies_between_zero_and_one(corpus):
    answers, references = [answer for answer, _ in corpus], [others for _, others in corpus]
    score = chrf(answers, references)
    assert score.value == pytest.approx(of_sacrebleu(answers, references))
    assert ((score.per_sample() >= 0) & (score.per_sample() <= 1)).all()


def test_perfect_answers_have_one_whatever_their_blanks():
    assert chrf(["a dog", "女孩在跑"], [["x", "a  dog "], ["女孩在跑"]]).value == pytest.approx(1.0)


def test_an_empty_answer_has_zero():
    assert list(chrf(["", "a"], [["a dog"], [""]]).per_sample()) == [0.0, 0.0]
