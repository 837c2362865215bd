"""Answers as values that JSON can hold, one an asked sample, for whoever asks a model from a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqpipe.use.predictor import Answers
from seqpipe.use.tables import TABLES


def told(answers: Answers, class_names: Sequence[str], per: str) -> dict[str, dict[str, Any]]:
    """By the path of each sample what its table says, and more.

    Of a clip the columns of its row, and ``probabilities`` of all classes by their names; of one that is answered by
    frame its ``segments``, each with start_s, end_s, label and probability. Of a sample that could not be read,
    ``error``: the reason, and a sentence.
    """
    rows = TABLES[per](answers, class_names)
    by_path: dict[str, dict[str, Any]] = {}
    for path, proba in zip(answers.samples["path"], answers.proba, strict=True):
        own = rows[rows["path"] == path].drop(columns="path").to_dict("records")
        if per == "clip":
            by_path[path] = own[0] | {"probabilities": dict(zip(class_names, map(float, proba), strict=True))}
        else:
            by_path[path] = {"segments": own}
    errors = {
        path: {"error": f"{reason}: {detail}"} for path, reason, detail in answers.quarantine.itertuples(index=False)
    }
    return by_path | errors
