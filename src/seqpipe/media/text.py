"""Text from outside, in the one form in which it is compared."""

from __future__ import annotations

import unicodedata

BYTE_ORDER_MARK = "\ufeff"


def normal_text(text: str) -> str:
    """``text`` composed (Unicode NFC), without a byte order mark and outer white space.

    macOS writes names decomposed (NFD), Windows' editors begin files with the mark: equal to the eye, they differ in
    bytes.
    """
    return unicodedata.normalize("NFC", text.replace(BYTE_ORDER_MARK, "")).strip()
