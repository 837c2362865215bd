"""Texts as a modality: what is measured of them, and why some cannot be used."""

import pytest

from seqpipe.media.frames import InvalidSample
from seqpipe.modalities.text.modality import CUT, Text


def test_words_are_steps_of_a_second(text_config, written):
    facts = Text(text_config()).measure(written("A dog, two cats.")[0][0], "text", None)
    assert (facts.length, facts.rate, facts.duration_s, facts.characters, facts.remark) == (6, 1.0, 6.0, 16, "")


def test_what_is_read_only_in_part_is_said(text_config, written):
    facts = Text(text_config(max_tokens=2)).measure(written("a b c")[0][0], "text", None)
    assert (facts.length, facts.remark) == (3, CUT)
    letters = Text(text_config(level="characters", max_tokens=4)).measure(written("a b c")[0][0], "text", None)
    assert (letters.length, letters.remark) == (3, CUT)


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (b"", None, "empty_text"),
        (b" \n\t", None, "empty_text"),
        ("\ufeff".encode(), None, "empty_text"),
        ("é".encode("latin-1"), None, "unknown_encoding"),
        (b"\xff\xfe\x00", None, "unknown_encoding"),
        (b"abc\x00def", None, "no_text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", None, "no_text"),
        ("é".encode(), "ascii", "unknown_encoding"),
    ],
)
def test_what_is_no_text_has_its_reason(content, encoding, reason, text_config, written):
    with pytest.raises(InvalidSample) as unusable:
        Text(text_config(encoding=encoding)).measure(written(content)[0][0], "text", None)
    assert unusable.value.reason == reason


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("é".encode("latin-1"), "latin-1"), ("é".encode("utf-16"), None), ("\ufeffé".encode(), None)],
)
def test_an_encoding_is_named_or_marked(content, encoding, text_config, written):
    assert Text(text_config(encoding=encoding)).encoder.read(written(content)[0][0]).text == "é"


def test_a_text_that_is_too_large_is_said_to_be(text_config, written, monkeypatch):
    monkeypatch.setattr("seqpipe.modalities.text.reading.MOST_BYTES", 3)
    with pytest.raises(InvalidSample, match="too_large"):
        Text(text_config()).measure(written("abcd")[0][0], "text", None)
