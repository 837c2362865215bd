"""Letters of any script in the figures.

matplotlib brings DejaVu Sans, which has Latin, Greek, Cyrillic, Arabic, Hebrew and a few more. For the others two
packages bring Google's Noto fonts (SIL Open Font License), so that a figure has the same letters on every machine:
nothing is asked of the system, and nothing is downloaded when a figure is drawn. Letters are put together by
matplotlib (from 3.11 on): Arabic is joined and runs from the right, Devanagari stacks. Chinese is drawn with the
Japanese forms of the characters that both share.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text

logger = logging.getLogger(__name__)

# Chinese, Japanese and Korean come first: one file has them all.
PACKAGES = {"noto_cjk_sans_otc": "*.ttc", "manimgx_fonts": "*.ttf"}
# Marks that are never drawn by themselves: joiners, directions, forms of the letter before.
UNDRAWN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def set_fonts(figure: Figure) -> None:
    """Gives every text of a figure the fonts that its letters need, before the figure is laid out or drawn."""
    for text in figure.findobj(Text):
        set_font(text)


def set_font(text: Text) -> None:
    """Gives a text the fonts that its letters need behind its own; letters that no font has are told of, once.

    The fonts that are added have one weight: a bold text that needs them is no longer bold.
    """
    content = text.get_text()
    if content.isascii():
        return
    missing = _letters(content) - _has(findfont(text.get_fontproperties()))
    added = _fonts_for(frozenset(missing))
    if added:
        text.set_fontfamily([*text.get_fontfamily(), *added])
        text.set_fontweight("normal")


@cache
def _fonts_for(letters: frozenset[int]) -> tuple[str, ...]:
    """The families, each of which has some of these letters that those before it lack."""
    missing, families = set(letters), []
    for path in _noto() if missing else ():
        if missing & _has(path):
            missing -= _has(path)
            families.append(_family(path))
        if not missing:
            break
    if missing:
        logger.warning("No font has the letters %s: figures show boxes for them.", "".join(map(chr, sorted(missing))))
    return tuple(families)


def _letters(text: str) -> set[int]:
    drawn = (letter for letter in text if unicodedata.category(letter) not in UNDRAWN)
    return {ord(letter) for letter in drawn if ord(letter) not in VARIATION_SELECTORS}


def _noto() -> Iterator[str]:
    for package, pattern in PACKAGES.items():
        yield from sorted(str(file) for file in Path(str(files(package))).glob(pattern) if "Italic" not in file.name)


@cache
def _has(path: str) -> frozenset[int]:
    """The code points of a font."""
    return frozenset(get_font(path).get_charmap())


@cache
def _family(path: str) -> str:
    """A font's name, by which matplotlib finds it from now on."""
    fontManager.addfont(path)
    return get_font(path).family_name
