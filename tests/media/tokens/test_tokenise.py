"""What a text is cut into."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpipe.media.tokens.tokenise import between_blanks, characters, normal, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't do it!!", ["don't", "do", "it", "!", "!"]),
        ("3.5 km,  well-kept\n", ["3.5", "km", ",", "well-kept"]),
        ("Éte\u0301 — où ?", ["été", "—", "où", "?"]),
        ("你好,世界", ["你好", ",", "世界"]),
        ("\ufeff  ", []),
    ],
)
def test_words_are_letters_and_digits_and_a_mark_is_a_word(text, expected):
    assert words(normal(text, lowercase=True)) == expected


@given(st.text())
def test_nothing_but_blanks_is_lost(text):
    found = normal(text, lowercase=False)
    assert "".join(characters(found)) == found
    assert "".join(words(found)) == found.replace(" ", "")
    assert normal(found, lowercase=False) == found


def test_tokens_of_somebody_else_stay_as_they_are():
    assert between_blanks(normal("st. louis  o'clock", lowercase=True)) == ["st.", "louis", "o'clock"]
    assert between_blanks("") == []
