"""All scores by name: what they are of, their intervals, and what one model is ahead of another by."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.metrics.sentences import golden
from tests.metrics.sentences.corpora import corpora, taken_apart

from seqpipe.metrics.sentences.flavours import FLAVOURS
from seqpipe.metrics.sentences.scores import SentenceScores

GROUPS = [i // 2 for i in range(12)]
DRAWN = (200, 0.95, 0)
HIGHEST = {"cider": 10.0, "wer": float("inf")}


def scores(answers=golden.ANSWERS, references=golden.REFERENCES, groups=GROUPS, kind="captions"):
    return SentenceScores(answers, references, groups, kind)


def of(corpus, kind):
    answers, references = taken_apart(corpus)
    as_texts = [[" ".join(other) for other in others] for others in references]
    return scores([" ".join(answer) for answer in answers], as_texts, list(range(len(answers))), kind)


def test_captions_are_scored_as_by_cocos_evaluation():
    found = scores().values()
    assert list(found) == list(FLAVOURS["captions"].names)
    assert [found[f"bleu_{n}"] for n in (1, 2, 3, 4)] == pytest.approx(golden.BLEU, abs=1e-8)
    assert (found["rouge_l"], found["cider"]) == pytest.approx((golden.ROUGE_L, golden.CIDER_D), abs=1e-8)
    assert found["exact"] == 1 / 12
    assert scores().per_sample("cider") == pytest.approx(golden.CIDER_D_OF_EACH, abs=1e-8)


def test_punctuation_and_case_matter_in_translations_alone():
    answers, references = ["A dog runs on grass"], [["a dog runs on grass ."]]
    caption, translation = (scores(answers, references, ["g"], kind) for kind in ("captions", "translation"))
    assert (caption.value("bleu_4"), caption.value("exact"), caption.value("wer")) == (1.0, 1.0, 0.0)
    assert (translation.value("exact"), translation.value("wer")) == (0.0, 2 / 6)
    assert translation.value("bleu_1") == pytest.approx(4 / 5 * np.exp(-1 / 5))


@pytest.mark.parametrize("kind", ["captions", "translation"])
@given(corpus=corpora, random=st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_scores_are_within_range_and_no_order_of_samples_matters(kind, corpus, random):
    found = of(corpus, kind).values()
    for name, value in found.items():
        assert 0 <= value <= HIGHEST.get(name, 1.0) + 1e-9, name
    assert of(random.sample(corpus, len(corpus)), kind).values() == pytest.approx(found)


@pytest.mark.parametrize("kind", ["captions", "translation"])
def test_intervals_hold_the_score_and_are_drawn_by_group(kind):
    found = scores(kind=kind)
    for name in found.names:
        low, high = found.interval(name, *DRAWN)
        assert low <= found.value(name) <= high
        assert (low, high) == found.interval(name, *DRAWN)
    by_group = scores(groups=[i // 6 for i in range(12)], kind=kind)
    assert by_group.interval("bleu_1", *DRAWN) != found.interval("bleu_1", *DRAWN)


def test_a_difference_is_of_the_same_resamples():
    worse = [" ".join(answer.split()[:-1]) or "a" for answer in golden.ANSWERS]
    ours, theirs = scores(), scores(worse)
    for name in ours.names:
        ahead = ours.paired_difference(name, theirs, *DRAWN)
        assert ahead.mean == pytest.approx(ours.value(name) - theirs.value(name))
        assert ahead.low <= ahead.mean <= ahead.high
        back = theirs.paired_difference(name, ours, *DRAWN)
        assert tuple(back) == pytest.approx((-ahead.mean, -ahead.high, -ahead.low))
        assert tuple(ours.paired_difference(name, scores(), *DRAWN)) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "other",
    [
        scores(kind="translation"),
        scores(groups=list(range(12))),
        scores(references=[others[::-1] for others in golden.REFERENCES]),
    ],
)
def test_only_answers_to_the_same_are_paired(other):
    with pytest.raises(ValueError, match="paired only of the same kind, references and groups"):
        scores().paired_difference("bleu_1", other, *DRAWN)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="1 have none, the first at 1"):
        scores(["a", "b"], [["a"], []], ["g", "g"])
    with pytest.raises(ValueError, match=r"got \(1, 2, 1\)"):
        scores(["a"], [["a"], ["b"]], ["g"])
    with pytest.raises(ValueError, match="at least one"):
        scores([], [], [])
    with pytest.raises(KeyError, match="'cider' is no score of translation"):
        scores(kind="translation").value("cider")


@pytest.mark.parametrize("answers", [["", ""], ["grass", "grass"], ["女孩", "девочка бежит"], ["...", "👩"]])
@pytest.mark.parametrize("kind", ["captions", "translation"])
def test_odd_answers_have_scores(answers, kind):
    found = scores(answers, [["tall grass", "grass"], ["девочка бежит", "a girl runs"]], [0, 1], kind)
    for name in found.names:
        assert np.isfinite([found.value(name), *found.interval(name, *DRAWN)]).all(), name


def test_a_single_sample_has_no_width():
    found = scores(golden.ANSWERS[:1], golden.REFERENCES[:1], ["g"])
    for name in found.names:
        assert found.interval(name, *DRAWN) == (found.value(name), found.value(name))


def test_signatures_tell_what_was_computed():
    told = scores().signatures()
    assert list(told) == ["bleu", "rouge_l", "cider", "chrf", "wer"]
    assert told["bleu"].startswith("nrefs:var|case:lc|eff:no|tok:words-1|smooth:none|version:")
    assert "beta:1.2" in told["rouge_l"]
    assert "sigma:6.0" in told["cider"]
    assert "case:lc" in told["chrf"]
    same = scores(["a"], [["a", "b"]], ["g"], "translation").signatures()
    assert list(same) == ["bleu", "chrf", "wer"]
    assert same["bleu"].startswith("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:")


def test_scores_travel_to_other_processes():
    found = scores()
    values = found.values()
    assert pickle.loads(pickle.dumps(found)).values() == values
