"""Corpora that nobody would make on purpose: each gives a defined answer."""

from dataclasses import replace

import pytest
from tests.models.sentences.spoken import DECODERS, RULES, captioned, fitted, said, task_on, with_sentences


@pytest.fixture(scope="module")
def captions():
    return captioned(count=24)


def task_with(dataset, **rules):
    return replace(task_on(dataset), rules=replace(RULES, **rules))


@pytest.mark.parametrize("kind", DECODERS)
def test_a_vocabulary_of_one_word_and_a_beam_wider_than_it(kind, captions):
    one = with_sentences(captions, [["yes"]] * len(captions))
    assert len(one.class_names) == len(("<unknown>", "<begin>", "<end>", "yes"))
    model = fitted(kind, one, task_with(one, beam=50, max_length=4), epochs=2)
    answers = model.predict_proba(one.part("test"))
    assert {beam.text for of in answers for beam in of.beams} <= {
        "",
        "yes",
        "yes yes",
        "yes yes yes",
        "yes yes yes yes",
    }
    assert all(len(of.beams) <= 5 for of in answers)


@pytest.mark.parametrize("kind", ["decoder_par", "decoder_attention"])
def test_a_caption_of_300_words_is_learned_and_answers_stay_short(kind, captions):
    long = " ".join(["a", "very", "long"] * 100)
    references = [[long] if n == 0 else list(of) for n, of in enumerate(captions.targets.references)]
    model = fitted(kind, with_sentences(captions, references), epochs=2)
    assert all(len(text.split()) <= RULES.max_length for text in said(model, captions.part("test")))


def test_one_caption_in_another_script_is_a_caption(captions):
    references = [["красный круг"] if n == 1 else list(of) for n, of in enumerate(captions.targets.references)]
    other = with_sentences(captions, references)
    assert "красный" in other.class_names
    assert len(said(fitted("decoder_merge", other, epochs=2), other.part("test"))) == len(other.part("test"))


def test_what_no_training_sentence_has_often_enough_is_never_said(captions):
    model = fitted("decoder_merge", captions, epochs=1)
    assert not any("<unknown>" in beam.text for of in model.predict_proba(captions) for beam in of.beams)
