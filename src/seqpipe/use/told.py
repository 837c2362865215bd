"""Answers as values that JSON can hold, one an asked sample, for whoever asks a model from a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.tasks.base import Told
from seqpipe.tasks.sentences import Said
from seqpipe.use.predictor import Answers
from seqpipe.use.sentences import looked_at, of_sentence
from seqpipe.use.tables import TABLES

Rows = list[dict[str, Any]]


def told(answers: Answers, class_names: Sequence[str], form: Told, attention: bool) -> dict[str, dict[str, Any]]:
    """By the path of each sample that could be read, what the model says of it.

    Of a clip label, probability, ``top`` (the most probable classes), ``probabilities`` of all by their names, and
    flag; of a text the ``top`` of what comes next, of a vocabulary not all; of what is answered by frame its
    ``segments``; where a sentence is told that, its score and confidence, ``beams`` (all that were found), and flag.

    Args:
        answers: What the model says.
        class_names: Its classes.
        form: What its task tells of a file.
        attention: Whether to tell what was looked at for each word, as ``attention`` (`looked_at`), where a sentence is
            told and the model looks.
    """
    table = TABLES[form](answers, class_names)
    rows: dict[str, Rows] = {str(path): [] for path in answers.samples["path"]}
    for row in table.to_dict("records"):
        rows[str(row["path"])].append({str(key): _plain(value) for key, value in row.items() if key != "path"})
    probas = zip(rows.items(), answers.proba, strict=True)
    shape = SHAPES[form]
    said = {path: shape(own, proba, class_names) for (path, own), proba in probas}
    if attention and form == "sentence":
        looks = map(looked_at, answers.proba, answers.times_s, answers.read)
        return {path: one | look for (path, one), look in zip(said.items(), looks, strict=True)}
    return said


def _plain(value: Any) -> Any:
    """As JSON has it: Python's own numbers, and null for none."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and pd.isna(value) else value


def _of_next(rows: Rows, *_: Any) -> dict[str, Any]:
    """Of a row ``label, probability, label_2, probability_2, ...``: the places as a list, and what else it holds."""
    row, top, place = rows[0], Rows(), ""
    while f"label{place}" in row:
        top.append({key: row.pop(f"{key}{place}") for key in ("label", "probability")})
        place = f"_{len(top) + 1}"
    return {**top[0], **row, "top": top}


def _of_clip(rows: Rows, proba: np.ndarray, class_names: Sequence[str]) -> dict[str, Any]:
    every = {name: float(p) for name, p in zip(class_names, proba, strict=True)}
    return {**_of_next(rows), "probabilities": every}


def _of_segments(rows: Rows, *_: Any) -> dict[str, Any]:
    return {"segments": rows}


def _of_sentence(rows: Rows, said: Said, _: Sequence[str]) -> dict[str, Any]:
    return of_sentence(rows[0], said)


SHAPES: Mapping[Told, Callable[[Rows, Any, Sequence[str]], dict[str, Any]]] = {
    "clip": _of_clip,
    "segments": _of_segments,
    "next": _of_next,
    "sentence": _of_sentence,
}
"""By what a task tells of a file: the rows of its table as a program wants them."""
