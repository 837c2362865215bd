"""Answers as tables to be written and shown: a row a clip or a sentence, or a row a segment of answers by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from seqpipe.core.errors import unknown_name
from seqpipe.core.files import written_aside
from seqpipe.evaluation.frame_predictions import segments_table
from seqpipe.tasks.base import Told
from seqpipe.use.flags import flags
from seqpipe.use.predictor import Answers
from seqpipe.use.sentences import sentences_table

TOP = 3
"""How many classes are told of a clip."""


def clips_table(answers: Answers, class_names: Sequence[str]) -> pd.DataFrame:
    """A row a sample: path, label, probability, the next most probable (label_2, probability_2, ...), and `flags`."""
    rows: list[dict[str, object]] = []
    for path, proba, answer in zip(answers.samples["path"], answers.proba, answers.answers, strict=True):
        # The answer is the task's, which may weigh probabilities: it comes first whatever they say.
        others = [k for k in np.argsort(-proba, kind="stable") if k != int(answer)]
        row: dict[str, object] = {"path": path}
        for place, k in enumerate([int(answer), *others][:TOP], start=1):
            behind = f"_{place}" if place > 1 else ""
            row |= {f"label{behind}": class_names[k], f"probability{behind}": float(proba[k])}
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(rows[0]) if rows else ["path", "label", "probability"])
    return table.assign(flag=flags(table["probability"], answers.far, answers.sure_from))


def segments_of(answers: Answers, class_names: Sequence[str]) -> pd.DataFrame:
    """path, start_s, end_s, label, probability (the mean of its frames') and `flags`, a row a segment."""
    frames = [
        pd.DataFrame(
            {
                "id": path,
                "time_s": times,
                "predicted": [class_names[k] for k in answer],
                "confidence": proba[np.arange(len(answer)), answer],
            }
        )
        for path, proba, answer, times in zip(
            answers.samples["path"], answers.proba, answers.answers, answers.times_s, strict=True
        )
    ]
    told = segments_table(pd.concat(frames) if frames else pd.DataFrame(columns=["id"]))
    told = told.rename(columns={"id": "path", "confidence": "probability"})
    far = None
    if answers.far is not None:
        far = told["path"].isin(answers.samples["path"][answers.far]).to_numpy()
    return told.assign(flag=flags(told["probability"], far, answers.sure_from))


TABLES: Mapping[Told, Callable[[Answers, Sequence[str]], pd.DataFrame]] = {
    "clip": clips_table,
    "segments": segments_of,
    "next": clips_table,
    "sentence": sentences_table,
}
"""By what a task tells of a file."""


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables of several parts, at least one, as one; the flags come last, however many columns a part has."""
    table = pd.concat(parts, ignore_index=True)
    return table[[*(name for name in table if name != "flag"), "flag"]]


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def _json(table: pd.DataFrame, path: Path) -> None:
    table.to_json(path, orient="records", indent=2, force_ascii=False)


def _parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}
"""By the ending of a file's name."""


def check_writable(path: Path) -> None:
    """Raises a UserError where the name's ending is none that is known."""
    if path.suffix.lower() not in WRITERS:
        raise unknown_name("ending of --out", path.suffix, list(WRITERS))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Writes it in the form that the name's ending asks for, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(path) as aside:
        WRITERS[path.suffix.lower()](table, aside)
