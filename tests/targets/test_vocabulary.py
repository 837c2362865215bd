"""Between sentences and the numbers of their tokens."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.core.errors import UserError
from seqpipe.media.tokens.tokenise import normal
from seqpipe.targets.vocabulary import BEGIN, END, SPECIAL, UNKNOWN, Vocabulary, level_of, written

SENTENCES = ("A dog, and a cat.", "a dog sleeps.", "THE cat")
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


def learned(sentences=SENTENCES, level="words", lowercase=True, min_count=1, size=100):
    return Vocabulary.learned(sentences, level, lowercase, min_count, size)


def test_the_most_frequent_come_first_and_equals_by_the_alphabet():
    assert learned().tokens == (*SPECIAL, "a", ".", "cat", "dog", ",", "and", "sleeps", "the")
    assert learned(tuple(reversed(SENTENCES))).tokens == learned().tokens


def test_what_is_rare_or_beyond_the_size_is_unknown():
    rare = learned(min_count=2)
    assert rare.tokens == (*SPECIAL, "a", ".", "cat", "dog")
    assert rare.encode("a bird and a cat") == [3, UNKNOWN, UNKNOWN, 3, 5]
    assert learned(size=2).tokens == (*SPECIAL, "a", ".")
    assert len(learned(size=2)) == 5


def test_capital_letters_are_small_ones_only_where_it_is_asked_for():
    assert learned(lowercase=False).encode("A") != learned(lowercase=False).encode("a")
    assert learned().encode("DOG") == learned().encode("dog")


def test_where_nothing_occurs_often_enough_it_says_what_to_do():
    with pytest.raises(UserError, match=r"No token occurs 9 times .*lower vocabulary\.min_count.*level=characters"):
        learned(min_count=9)
    with pytest.raises(UserError, match="No token occurs 1 times"):
        learned(("", "  "))


@pytest.mark.parametrize("level", ["words", "characters"])
def test_no_sentence_can_say_a_token_that_marks_something(level):
    vocabulary = learned(("<end> <unknown> <begin>", "<end>"), level)
    assert vocabulary.tokens[: len(SPECIAL)] == SPECIAL
    assert not set(SPECIAL) & set(vocabulary.tokens[len(SPECIAL) :])
    assert not {BEGIN, END} & set(vocabulary.encode("<begin> <end>"))


def test_begin_and_end_are_not_written():
    vocabulary = learned()
    assert vocabulary.decode([BEGIN, *vocabulary.encode("a dog"), END]) == "a dog"


@given(TEXTS.filter(lambda text: normal(text, False)), st.booleans())
def test_characters_of_any_script_come_back_as_they_are_read(text, lowercase):
    vocabulary = learned((text,), "characters", lowercase)
    assert vocabulary.decode(vocabulary.encode(text)) == normal(text, lowercase)


@given(st.lists(TEXTS, min_size=1).filter(lambda texts: any(normal(text, True) for text in texts)))
def test_the_words_of_train_are_known_and_written_words_are_the_same_tokens(texts):
    vocabulary = learned(texts, size=10_000)
    for text in texts:
        tokens = vocabulary.encode(text)
        assert UNKNOWN not in tokens
        assert written(vocabulary.split(text), "words") == vocabulary.decode(tokens)


@pytest.mark.parametrize(
    "text",
    [
        "a dog, a cat and a bird.",
        "is it (really) a dog? yes!",
        "don't: it's 3.5 % of well-known things; «or» more…",
        "¿un perro? ¡sí!",
        "собака спит, а кошка нет.",
        "כלב ישן.",
    ],
)
def test_words_are_written_without_blanks_before_commas(text):
    vocabulary = learned((text,))
    said = vocabulary.decode(vocabulary.encode(text))
    assert said == text.replace(" %", "%")
    assert vocabulary.encode(said) == vocabulary.encode(text)


def test_composed_and_decomposed_letters_are_one():
    decomposed = unicodedata.normalize("NFD", "café crème")
    assert learned(("café crème",)).encode(decomposed) == learned(("café crème",)).encode("café crème")


def test_pieces_come_back_as_sentences():
    pytest.importorskip("sentencepiece")
    texts = ["the lowest of the low", "the newest of the new", "lower and newer", "a wide, wider river"] * 3
    vocabulary = learned(texts, "bpe", size=45)
    assert vocabulary == learned(texts, "bpe", size=45)
    for text in texts:
        assert vocabulary.decode(vocabulary.encode(text)) == text
    assert UNKNOWN not in vocabulary.encode("a lower low river")
    assert len(vocabulary) <= len(SPECIAL) + 45


def test_pieces_of_which_there_are_too_few_say_which_parameters_decide():
    pytest.importorskip("sentencepiece")
    with pytest.raises(UserError, match=r"No 5 pieces .*vocabulary\.size.*level=characters"):
        learned((string.ascii_letters,), "bpe", size=5)


@pytest.mark.parametrize(
    ("tokens", "level", "text"),
    [
        (("a", "dog", ",", "ran"), "words", "a dog, ran"),
        (("a", " ", "d"), "characters", "a d"),
        (("犬", "が"), "characters", "犬が"),
        (("\u2581a", "\u2581do", "g"), "bpe", "a dog"),
    ],
)
def test_what_tokens_are_is_seen_from_them(tokens, level, text):
    assert level_of(tokens) == level
    assert written(tokens, level) == text
