"""What the words of a sentence are, in several scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.metrics.sentences.tokens import caption_text, caption_words, translation_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A Girl's t-shirt, isn't it?", ["a", "girl", "'s", "t-shirt", "isn't", "it"]),
        ("The girl’s dog -- at 5 o'clock ...", ["the", "girl", "'s", "dog", "at", "5", "o'clock"]),
        ("the dogs' 'ball'", ["the", "dogs", "ball"]),
        ("snow_ball  in\tthe\nair", ["snow", "ball", "in", "the", "air"]),
        ("Ein Mädchen läuft die Straße", ["ein", "mädchen", "läuft", "die", "straße"]),
        ("Девочка бежит.", ["девочка", "бежит"]),
        ("एक लड़की दौड़ती है।", ["एक", "लड़की", "दौड़ती", "है"]),
        ("بنتٌ تركض، سريعًا", ["بنتٌ", "تركض", "سريعًا"]),
        ("한국어 소녀가", ["한국어", "소녀가"]),
        ("女孩在跑。Tシャツ", [*"女孩在跑", "t", *"シャツ"]),
        ("e\u0301cole", ["\u00e9cole"]),
        ("👩\u200d👧 , !", []),
        ("", []),
    ],
)
def test_the_words_of_a_caption(text, words):
    assert caption_words(text) == words


@given(st.text())
def test_words_have_no_blanks_and_are_found_again(text):
    words = caption_words(text)
    assert all(word and not any(map(str.isspace, word)) for word in words)
    assert caption_words(caption_text(text)) == words


def test_a_translation_keeps_case_and_punctuation():
    assert translation_words('He said, "It\'s 3.5%."\n') == ["He", "said", ",", '"', "It's", "3.5", "%", ".", '"']
