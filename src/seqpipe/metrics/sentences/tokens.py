"""The words that sentences are judged by: one way for captions, sacreBLEU's for translations."""

from __future__ import annotations

import unicodedata

import regex
from sacrebleu.metrics import BLEU

CAPTION_WORDS = "words-1"
"""The name of `caption_words` in signatures; another number stands for other words."""
TRANSLATION_WORDS = "13a"
"""sacreBLEU's name of the tokenisation of the WMT shared tasks (mteval-v13a)."""

WORD = regex.compile(
    r"""(?V1)
    's\b                                                       # the 's of "the girl's": a word of its own, as in PTB
    | [\p{Han}\p{Hiragana}\p{Katakana}]                          # written without blanks: each character is a word
    | [[\p{L}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]          # else a letter or a digit ...
      [[^\W_]--[\p{Han}\p{Hiragana}\p{Katakana}]]*               # ... and those that follow, with their vowel signs,
      (?:(?:-|'(?!s\b))[[^\W_]--[\p{Han}\p{Hiragana}\p{Katakana}]]+)*   # on behind a hyphen or an apostrophe: t-shirt
    """,
    regex.VERBOSE,
)
_13a = BLEU(tokenize=TRANSLATION_WORDS).tokenizer


def caption_words(text: str) -> list[str]:
    """The words of a caption: lower case, without punctuation and symbols, in any script.

    A word is a match of `WORD`: letters, digits and their combining marks, joined by hyphens and apostrophes; ``'s`` is
    split off. Typographic apostrophes count as straight ones, and text is read in its composed form (NFC).
    Of Chinese and Japanese each character is a word. Thai, Lao, Khmer and Burmese, also written without blanks, are
    not taken apart. In English captions this is the Penn Treebank tokenisation of COCO's evaluation in all but one
    caption of thousands.
    """
    plain = unicodedata.normalize("NFC", text.lower()).replace("’", "'")
    return WORD.findall(plain)


def caption_text(text: str) -> str:
    """`caption_words` with a space between them: what is compared where the whole caption counts."""
    return " ".join(caption_words(text))


def translation_words(text: str) -> list[str]:
    """The words and punctuation marks of a sentence as sacreBLEU's standard BLEU counts them: 13a, mixed case.

    Made for scripts with blanks: a Chinese or Japanese sentence is one word to it, and chrF is what to read there.
    """
    return _13a(text.rstrip()).split()
