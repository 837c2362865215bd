"""The same bytes more than once in a corpus: what leaks or contradicts itself is set aside."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

KEPT_FIRST = ("test", "val", "train")


def duplicate_details(samples: pd.DataFrame) -> dict[Hashable, str]:
    """Why samples must go, by their index: ``samples`` has the columns id, label, split and sha256.

    Copies that carry different labels all go. Of copies in several official splits those in test stay,
    or else those in val. Copies within one split, or where no split is given, stay: they are one group.
    """
    details: dict[Hashable, str] = {}
    for _, copies in samples.groupby("sha256", sort=False):
        if len(copies) > 1:
            details |= _conflicting(copies) or _straddling(copies)
    return details


def _conflicting(copies: pd.DataFrame) -> dict[Hashable, str]:
    if copies["label"].nunique() <= 1:  # where samples hold annotations, they have no label
        return {}
    first = copies.drop_duplicates("label").set_index("label")["id"]
    details: dict[Hashable, str] = {}
    for index, label in copies["label"].items():
        other = first.drop(label)
        details[index] = (
            f"The same content is {label!r} here and {other.index[0]!r} in {other.iloc[0]}; no copy of it is used."
        )
    return details


def _straddling(copies: pd.DataFrame) -> dict[Hashable, str]:
    sides = [split for split in KEPT_FIRST if (copies["split"] == split).any()]
    if len(sides) < 2:
        return {}
    kept = copies["id"][copies["split"] == sides[0]].iloc[0]
    others = copies.index[copies["split"] != sides[0]]
    return dict.fromkeys(others, f"Same content as {kept}, which is in {sides[0]}.")
