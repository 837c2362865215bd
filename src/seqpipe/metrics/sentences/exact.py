"""Which answers are, word for word, a reference or a sentence of training: pure functions on texts.

Runs of blanks count as one. Whatever else is to be the same to you (case, punctuation) is yours to make so before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]


def plain(text: str) -> str:
    """The text with one space between its words, and none around them."""
    return " ".join(text.split())


def exact_matches(answers: Sequence[str], references: Sequence[Sequence[str]]) -> Bools:
    """(N,) whether each answer is one of its references."""
    each = zip(answers, references, strict=True)
    return np.array([plain(answer) in set(map(plain, others)) for answer, others in each])


def copied(answers: Sequence[str], training: Iterable[str]) -> Bools:
    """(N,) whether each answer is a sentence of ``training``; the mean over them is the share of copies.

    Of what trained models say of Flickr8k 10 to 15 % are copies, of COCO 41 to 64 % (runs of Tanti et al., Where to
    put the Image in an Image Caption Generator, 2018); of a model that only looks up whole sentences, all.
    """
    known = set(map(plain, training))
    return np.array([plain(answer) in known for answer in answers])


def distinct_share(answers: Sequence[str]) -> float:
    """How many different answers there are, by how many there are: 1/N where the model says one thing to everything.

    It falls as N grows, and a resample repeats answers: compare it on the same samples alone; there is no interval.
    """
    return len(set(map(plain, answers))) / len(answers)
