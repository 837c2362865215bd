"""From texts to the numbers of their tokens."""

import sys

import numpy as np
import pytest

from seqpipe.core.errors import UserError
from seqpipe.encoders.base import LearningEncoder, TokenEncoder, encoder_fingerprint, longest_of, tokens_of
from seqpipe.modalities.registry import MODALITIES
from seqpipe.modalities.saved import read_encoder, save_encoder
from seqpipe.modalities.text.encoder import UNKNOWN, TextEncoder


def encoded(encoder, path):
    return encoder.encode(path, "text", range(encoder.steps(path, "text")))[:, 0].tolist()


def test_it_is_what_learns_and_gives_tokens(text_config):
    assert isinstance(TextEncoder(text_config()), LearningEncoder)
    assert isinstance(TextEncoder(text_config()), TokenEncoder)
    assert longest_of(TextEncoder(text_config(max_tokens=7))) == 7


def test_the_vocabulary_is_that_of_the_training_texts_the_most_frequent_first(text_config, written):
    train = written("the cat and the dog", "a dog, the end")
    encoder = TextEncoder(text_config()).learn(train)
    assert tokens_of(encoder) == (UNKNOWN, "the", "dog", ",", "a", "and", "cat", "end")
    (other,) = written("the bird and the cat")
    assert encoded(encoder, other[0]) == [1, 0, 5, 1, 6]


def test_what_is_rare_or_beyond_the_vocabulary_is_unknown(text_config, written):
    train = written("a a a b b c")
    assert tokens_of(TextEncoder(text_config(min_count=2)).learn(train)) == (UNKNOWN, "a", "b")
    assert tokens_of(TextEncoder(text_config(vocabulary=1)).learn(train)) == (UNKNOWN, "a")
    with pytest.raises(UserError, match=r"No token occurs 9 times .*lower text\.min_count"):
        TextEncoder(text_config(min_count=9)).learn(train)


@pytest.mark.parametrize(
    ("texts", "level"),
    [(["Bo", "Anna Lu"], "characters"), (["one two three", "four five six", "x"], "words")],
)
def test_names_are_read_by_their_letters_and_sentences_by_their_words(texts, level, text_config, written):
    assert TextEncoder(text_config()).learn(written(*texts)).learned["level"] == level


def test_a_long_text_is_read_as_far_as_it_may(text_config, written):
    encoder = TextEncoder(text_config(max_tokens=3)).learn(written("a b c d e"))
    assert len(encoded(encoder, written("a b c d e")[0][0])) == 3


def test_cells_of_tokens_are_taken_as_they_stand(text_config, tmp_path):
    table = tmp_path / "atis.csv"
    table.write_text("tokens,tags\nst. louis at 7:25,B I O O\n")
    encoder = TextEncoder(text_config(level="words")).learn([(f"{table}::tokens/2", "text")])
    assert set(tokens_of(encoder)) == {UNKNOWN, "st.", "louis", "at", "7:25"}
    assert encoder.steps(f"{table}::tokens/2", "text") == 4


def test_it_is_read_again_with_what_it_has_learned(text_config, written, tmp_path):
    encoder = MODALITIES["text"].build(text_config()).encoder.learn(written("the cat", "the dog"))
    save_encoder(encoder, tmp_path / "encoder")
    again = read_encoder(tmp_path / "encoder")
    assert tokens_of(again) == tokens_of(encoder)
    assert encoder_fingerprint(again) == encoder_fingerprint(encoder)
    path = written("a dog")[0][0]
    np.testing.assert_array_equal(again.encode(path, "text", [0, 1]), encoder.encode(path, "text", [0, 1]))


def test_another_vocabulary_is_another_encoder(text_config, written):
    first, second = (TextEncoder(text_config()).learn(written(text)) for text in ("a b", "a c"))
    assert encoder_fingerprint(first) != encoder_fingerprint(second)


def test_pieces_need_a_package_that_may_be_missing(text_config, written, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    with pytest.raises(UserError, match=r"pip install 'seqpipe\[bpe\]'"):
        TextEncoder(text_config(level="bpe")).learn(written("a b"))


def test_too_few_pieces_are_said_to_be(text_config, written):
    pytest.importorskip("sentencepiece")
    with pytest.raises(UserError, match=r"No 3 pieces .*text\.vocabulary"):
        TextEncoder(text_config(level="bpe", vocabulary=3)).learn(written("abcdefghij klmnop"))


def test_pieces_are_learned_of_train_and_join_to_the_text(text_config, written):
    pytest.importorskip("sentencepiece")
    train = written(*[f"low lower lowest new newer newest {n}" for n in range(20)])
    encoder = TextEncoder(text_config(level="bpe", vocabulary=40)).learn(train)
    tokens = tokens_of(encoder)
    read = "".join(tokens[int(place)] for place in encoded(encoder, train[0][0]))
    assert read.replace("▁", " ").strip() == "low lower lowest new newer newest 0"
    assert len(tokens) <= 41


@pytest.mark.parametrize("column", ["tokens", "Tokens", "text"])
def test_what_has_tags_beside_it_is_split_as_they_count_and_so_is_what_is_asked_later(
    column, text_config, tmp_path, written
):
    table = tmp_path / "tagged.csv"
    table.write_text(f"{column},tags\nnear bob 's u.s. house .,O B-PER O O O O\n")
    encoder = TextEncoder(text_config(level="words")).learn([(f"{table}::{column}/2", "text")])
    assert encoder.steps(f"{table}::{column}/2", "text") == 6
    asked = written("near bob 's u.s. house .")[0][0]
    assert encoded(encoder, asked) == encoded(encoder, f"{table}::{column}/2")


def test_what_stands_for_something_else_is_no_token_of_its_own(text_config, tmp_path):
    table = tmp_path / "tokens.csv"
    table.write_text("tokens\na <unknown> <end> a\n")
    encoder = TextEncoder(text_config()).learn([(f"{table}::tokens/2", "text")])
    assert tokens_of(encoder) == (UNKNOWN, "a")
    assert encoded(encoder, f"{table}::tokens/2") == [1, 0, 0, 1]
