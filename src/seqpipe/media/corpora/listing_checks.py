"""What a listing must have to be learned from, and what its layout has rejected."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.files import printable, sample_words
from seqpipe.media.frames import NOTHING_LOST

logger = logging.getLogger(__name__)

NOT_OF_A_SPLIT = NOTHING_LOST | {"label_unknown", "no_references", "duplicate"}
"""Reasons for which an official split may be left empty: it lies elsewhere too, or was never there to be judged on."""


def usable_rows(listing: pd.DataFrame) -> pd.DataFrame:
    """The rows that are samples, as far as a reader can tell."""
    return listing[listing["reason"].isna()]


def rejected_rows(listing: pd.DataFrame) -> pd.DataFrame:
    """The rows that a reader has judged: they go to the quarantine unopened."""
    return listing[listing["reason"].notna()]


def tell_rejected(listing: pd.DataFrame) -> None:
    """One line for each reason, with the first example."""
    for sentence in _rejections(listing):
        logger.warning("%s", sentence)


def _rejections(listing: pd.DataFrame) -> list[str]:
    sentences = []
    for reason, rows in rejected_rows(listing).groupby("reason"):
        first = rows.iloc[0]
        detail = printable(first["detail"])
        sentences.append(f"For the quarantine as {reason}: {len(rows)}, such as {first['id']}: {detail}")
    return sentences


def check_listing(listing: pd.DataFrame, path: Path, layout: str, labelled: bool = True) -> None:
    """Raises UserError where a listing cannot be learned from; the sentence names what was rejected, and why.

    Args:
        listing: As ``Corpus`` has it.
        path: The corpus.
        layout: What it was read as, in words.
        labelled: Whether samples have to have labels.
    """
    usable = usable_rows(listing)
    why = "".join(f" {sentence}" for sentence in _rejections(listing))
    if usable.empty:
        raise UserError(f"No {sample_words()} were found in {path} (read as {layout}).{why}")
    repeated = usable["id"][usable["id"].duplicated()]
    if len(repeated):
        raise UserError(f"{path} names the sample {repeated.iloc[0]} more than once; keep one.")
    check_official_splits(rejected_rows(listing), usable)
    classes = usable["label"].dropna().unique()
    if labelled and len(classes) < 2:
        found = f"only {classes[0]!r}" if len(classes) else "none"
        raise UserError(f"At least two classes are needed to tell apart; {path} has {found}.{why}")


def check_official_splits(lost: pd.DataFrame, usable: pd.DataFrame) -> None:
    """Raises UserError where nothing of an official split can be used: another would be drawn in its place.

    Args:
        lost: What goes to the quarantine: path, split, reason, detail.
        usable: The samples that are left, with their split.
    """
    lost = lost[lost["split"].notna() & ~lost["reason"].isin(NOT_OF_A_SPLIT)]
    gone = sorted(set(lost["split"]) - set(usable["split"].dropna()))
    if gone:
        first = lost[lost["split"] == gone[0]].iloc[0]
        raise UserError(
            f"Nothing of the official split {' and '.join(gone)} can be used; the first is {first['path']}: "
            f"{printable(first['detail'])} Mend that, or take the whole split out of the corpus: then another is drawn."
        )
