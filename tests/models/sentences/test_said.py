"""From tokens to sentences as they are written."""

import numpy as np
import pytest

from seqpipe.generation.base import GenerationRules, Sentence
from seqpipe.models.sentences.said import spoken
from seqpipe.targets.vocabulary import Vocabulary

VOCABULARY = Vocabulary.learned(["a dog, a cat."], "words", True, 1, 100)
RULES = GenerationRules("beam", beam=2, length_normalisation=0.5, no_repeat=0, max_length=4, temperature=1.0)


def test_a_sentence_is_written_and_scored_as_the_search_compares_it():
    tokens, looked = tuple(VOCABULARY.encode("a dog, a")), np.ones((4, 1))
    said = spoken([Sentence(tokens, -6.0, True, looked), Sentence(tokens, -6.0, False, None)], VOCABULARY, RULES)
    ended, cut = said.beams
    assert said.text == ended.text == "a dog, a"
    assert ended.tokens == ("a", "dog", ",", "a")
    assert ended.score == pytest.approx(-6.0 / 5**0.5), "its end is counted"
    assert cut.score == pytest.approx(-6.0 / 4**0.5)
    assert ended.attention is looked
    assert cut.attention is None


def test_nothing_may_be_said():
    said = spoken([Sentence((), -0.5, True, None)], VOCABULARY, RULES)
    assert (said.text, said.beams[0].tokens, said.beams[0].score) == ("", (), -0.5)
