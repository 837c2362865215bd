from __future__ import annotations

import pytest

from seqpipe.media.text import normal_text


@pytest.mark.parametrize(
    "text", ["cafe\u0301", "caf\u00e9", "\ufeffcaf\u00e9", " caf\u00e9\t\r\n", "\ufeff cafe\u0301"]
)
def test_texts_equal_to_the_eye_become_equal(text):
    assert normal_text(text) == "caf\u00e9"


def test_other_texts_stay():
    for text in ("", "Stra\u00dfe", "two words", "\u65e5\u672c\u8a9e"):
        assert normal_text(text) == text
