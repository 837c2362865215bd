"""What a trained model has answered to val and to the test split, as it lies on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import Lineage, lineage_of, stream_of
from seqpipe.evaluation.predictions import PROBABILITY, class_names
from seqpipe.evaluation.results import FIT, MODEL, PREDICTIONS, RECORD, VAL_PREDICTIONS

WHO = ["id", "split", "group", "label"]
"""What two models must agree on."""
TRAINED_ON = "trained_on"
"""The key in ``attrs`` of a lineage that the data read beside it need not have: two models may read other features."""


@dataclass(frozen=True, eq=False)
class Answers:
    """A model's answers to clips.

    Attributes:
        name: What it is called, with the stream that it reads: ``svm, flow``.
        table: A row a sample of val and of the test split, sorted by split and id: id, split, group, label,
            predicted, correct, confidence and ``p_<class>``.
        fit: What is told of its fit.
        lineage: Of the data that it was trained on.
    """

    name: str
    table: pd.DataFrame
    fit: Mapping[str, Any]
    lineage: Lineage

    def of(self, split: str) -> pd.DataFrame:
        """The rows of a split, in the order of their ids."""
        return self.table[self.table["split"] == split].reset_index(drop=True)

    def as_table(self) -> pd.DataFrame:
        """All of it as one table, which carries the rest in its ``attrs``."""
        table = self.table.copy()
        table.attrs = {MODEL: self.name, RECORD: dict(self.fit), TRAINED_ON: self.lineage}
        return table

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> Answers:
        """What ``as_table`` gave."""
        return cls(table.attrs[MODEL], table, table.attrs[RECORD], table.attrs[TRAINED_ON])


def read_answers(folder: Path, asked: str) -> Answers:
    """The answers in a folder that a run has left of a model.

    Args:
        folder: Holds ``predictions.parquet`` and ``val_predictions.parquet``.
        asked: By what a user has named it.

    Raises:
        UserError: One of them is missing, they are of two fits, there is no val, or it answers no clips.
    """
    for name in (PREDICTIONS, VAL_PREDICTIONS):
        if not (folder / name).exists():
            raise UserError(
                f"{asked}: {name} is not in {folder}, by which a weight is chosen and judged: train the model again "
                "(versions of before did not keep what it answers to val)."
            )
    test, val = (pd.read_parquet(folder / name) for name in (PREDICTIONS, VAL_PREDICTIONS))
    if test.attrs.get(FIT) != val.attrs[FIT]:
        raise UserError(f"{asked}: its answers to val and to the test are of two trainings: begin with its `predict`.")
    _check_clips(val, asked)
    kept = [*WHO, "predicted", "correct", "confidence", *(PROBABILITY + name for name in class_names(val))]
    table = pd.concat([val[kept], test[kept]]).sort_values(["split", "id"], ignore_index=True)
    return Answers(_name(val), table, val.attrs[RECORD], lineage_of(val))


def _check_clips(val: pd.DataFrame, asked: str) -> None:
    if val.empty:
        raise UserError(f"{asked} was trained without val, by which a weight is chosen: raise corpus.val_share.")
    if not val["id"].is_unique:
        raise UserError(f"{asked} answers each frame of a video; expected a model that answers each clip once.")


def _name(val: pd.DataFrame) -> str:
    """The model, and what it reads of a video where that is told."""
    lineage = lineage_of(val)
    of_pictures = "stream" in lineage.get("features", {})
    return f"{val.attrs[MODEL]}, {stream_of(lineage)}" if of_pictures else str(val.attrs[MODEL])


def told_apart(first: Answers, second: Answers) -> tuple[Answers, Answers]:
    """The same two; where they have one name, each with its place before it."""
    if first.name != second.name:
        return first, second
    one, two = (
        Answers(f"{place}: {of.name}", of.table, of.fit, of.lineage)
        for place, of in (("first", first), ("second", second))
    )
    return one, two


def check_same_samples(first: Answers, second: Answers) -> None:
    """Raises a UserError where two models were not trained and judged on the same samples, classes and split."""
    if class_names(first.table) != class_names(second.table):
        raise _differing(first, second, "classes", *(", ".join(class_names(of.table)) for of in (first, second)))
    for split in ("val", "test"):
        ids = [set(of.of(split)["id"]) for of in (first, second)]
        if ids[0] != ids[1]:
            alone = min(ids[0] ^ ids[1])
            raise _differing(first, second, f"samples of {split} ({alone} of one alone)", *(len(some) for some in ids))
    mine, theirs = (of.table[WHO] for of in (first, second))
    if not mine.equals(theirs):
        id_ = mine["id"][(mine != theirs).any(axis=1)].iloc[0]
        raise _differing(first, second, "labels or groups", *(_of_sample(t, id_) for t in (mine, theirs)))
    digests = [of.lineage.get("samples", {}).get("digest") for of in (first, second)]
    if digests[0] != digests[1]:
        raise _differing(first, second, "contents, or samples of train", *(f"the digest {d}" for d in digests))


def _of_sample(table: pd.DataFrame, id_: str) -> dict[str, Any]:
    return {str(name): value for name, value in table[table["id"] == id_].iloc[0].items()}


def _differing(first: Answers, second: Answers, what: str, mine: object, theirs: object) -> UserError:
    return UserError(
        f"Models are fused that were trained and judged on the same samples and split; those of {first.name} and "
        f"{second.name} differ in {what}: {mine}, and {theirs}. Train both on one corpus with one runtime.seed."
    )
