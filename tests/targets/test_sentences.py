"""Sentences as targets."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.metrics.segments import UNLABELLED
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import BEGIN, END, UNKNOWN, Vocabulary

REFERENCES = (("a dog", "the small dog"), ("a cat",), ("a dog", "a bird", "a dog"))
VOCABULARY = Vocabulary.learned([text for of in REFERENCES for text in of], "words", True, 1, 100)
TARGETS = SentenceTargets(REFERENCES, VOCABULARY)
SENTENCES = st.lists(st.lists(st.text("ab ", max_size=6), min_size=1, max_size=4).map(tuple), min_size=1, max_size=5)


def test_t_has_a_row_a_reference_from_begin_to_end_and_nothing_behind():
    a, dog = VOCABULARY.encode("a dog")
    assert TARGETS.t.shape == (3, 3, 5)
    assert TARGETS.t.dtype == np.int64
    assert TARGETS.t[0, 0].tolist() == [BEGIN, a, dog, END, UNLABELLED]
    assert (TARGETS.t[1, 1:] == UNLABELLED).all()
    assert TARGETS.class_names == VOCABULARY.tokens


def test_pairs_are_every_reference_with_the_row_of_its_sample():
    rows, tokens = TARGETS.pairs()
    assert rows.tolist() == [0, 0, 1, 2, 2, 2]
    said = [VOCABULARY.decode(one[one != UNLABELLED].tolist()) for one in tokens]
    assert said == [text for of in REFERENCES for text in of]


def test_of_no_samples_there_are_no_pairs():
    none = TARGETS.take(np.zeros(3, bool))
    rows, tokens = none.pairs()
    assert (len(none), len(rows), len(tokens), none.t.size) == (0, 0, 0, 0)


@given(SENTENCES)
def test_a_reference_that_says_nothing_is_its_begin_and_its_end(references):
    targets = SentenceTargets(tuple(references), VOCABULARY)
    rows, tokens = targets.pairs()
    assert len(rows) == sum(map(len, references))
    assert np.bincount(rows, minlength=len(references)).tolist() == [len(of) for of in references]
    assert ((tokens == BEGIN).sum(axis=1) == 1).all()
    assert ((tokens == END).sum(axis=1) == 1).all()


@pytest.mark.parametrize("rows", [np.array([2, 0]), np.array([True, False, True])])
def test_some_are_taken_by_indices_and_by_a_mask(rows):
    assert TARGETS.take(rows).references == tuple(REFERENCES[row] for row in np.arange(3)[rows])
    assert TARGETS.take(rows).vocabulary is VOCABULARY


def test_the_digest_sees_references_their_order_and_the_vocabulary():
    others = [
        TARGETS.take(np.array([1, 0, 2])),
        replace(TARGETS, references=(("the small dog", "a dog"), *REFERENCES[1:])),
        replace(TARGETS, references=(("a dog",), ("the small dog", "a cat"), REFERENCES[2])),
        replace(TARGETS, vocabulary=replace(VOCABULARY, tokens=VOCABULARY.tokens[:-1])),
        replace(TARGETS, vocabulary=replace(VOCABULARY, lowercase=False)),
        replace(TARGETS, vocabulary=replace(VOCABULARY, level="characters")),
    ]
    digests = {targets.digest() for targets in [TARGETS, *others]}
    assert len(digests) == 1 + len(others)
    assert TARGETS.digest() == SentenceTargets(REFERENCES, Vocabulary(**asdict(VOCABULARY))).digest()


def test_what_is_unknown_is_counted_as_such():
    targets = replace(TARGETS, references=(("a zebra",),))
    assert targets.t[0, 0].tolist() == [BEGIN, *VOCABULARY.encode("a"), UNKNOWN, END]
    assert targets.flat(np.ones((1, 1), bool)).tolist() == targets.t[0, 0].tolist()


def test_splits_are_stratified_by_nothing():
    assert TARGETS.strata() is None
