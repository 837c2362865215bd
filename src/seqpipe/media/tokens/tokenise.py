"""From a text to its tokens: words and marks, characters, or what stands between blanks."""

from __future__ import annotations

import re
import unicodedata

from seqpipe.media.text import BYTE_ORDER_MARK

WORD = re.compile(r"\w+(?:['’\-.]\w+)*|[^\w\s]")
"""A word: letters, digits and ``_``, also joined by an apostrophe, a hyphen or a dot within (``don't``, ``3.5``); or
one mark by itself."""
BLANKS = re.compile(r"\s+")


def normal(text: str, lowercase: bool) -> str:
    """The text in one form: composed (Unicode NFC), one blank for any run of them, none outside."""
    composed = BLANKS.sub(" ", unicodedata.normalize("NFC", text.replace(BYTE_ORDER_MARK, ""))).strip()
    return composed.lower() if lowercase else composed


def words(text: str) -> list[str]:
    """The words and marks of a normal text, in their order."""
    return WORD.findall(text)


def characters(text: str) -> list[str]:
    """The characters of a normal text, blanks among them."""
    return list(text)


def between_blanks(text: str) -> list[str]:
    """What stands between the blanks of a normal text: tokens that somebody else has made."""
    return text.split(" ") if text else []
