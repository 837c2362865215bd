"""Sentences as a table, as values that JSON can hold, and as what is shown while a video plays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from seqpipe.tasks.sentences import Beam, Said
from seqpipe.use.flags import flags
from seqpipe.use.predictor import Answers

TOP = 3
"""How many sentences a table tells of a sample, at most."""
DIGITS = 5
"""Of a share of the attention: what lies behind them nobody can see."""


def sentences_table(answers: Answers, *_: Any) -> pd.DataFrame:
    """A row a sample: path, sentence, score, confidence, the next best (sentence_2, score_2, ...), and `flags`.

    ``score`` is what sentences are compared by, ``confidence`` exp of the mean of log p over the tokens; neither is a
    number where the model knows none.
    """
    rows: list[dict[str, object]] = []
    for path, said in zip(answers.samples["path"], answers.proba, strict=True):
        row: dict[str, object] = {"path": path}
        for place, beam in enumerate(said.beams[:TOP], start=1):
            behind = f"_{place}" if place > 1 else ""
            row |= {f"sentence{behind}": beam.text, f"score{behind}": beam.score}
            row |= {} if behind else {"confidence": beam.confidence}
        rows.append(row)
    columns = max((list(row) for row in rows), key=len, default=["path", "sentence", "score", "confidence"])
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(flag=flags(table["confidence"], answers.far, answers.sure_from))


def of_sentence(row: dict[str, Any], said: Said) -> dict[str, Any]:
    """A row of the table with all of its sentences in a list ``beams``, the best first, and log p of each."""
    kept = {key: value for key, value in row.items() if not key.startswith(("sentence_", "score_"))}
    return {**kept, "score": _number(said.beams[0].score), "beams": [_of_beam(beam) for beam in said.beams]}


def _of_beam(beam: Beam) -> dict[str, Any]:
    return {"sentence": beam.text, "score": _number(beam.score), "log_p": _number(beam.log_p)}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def looked_at(said: Said, times_s: np.ndarray, read: tuple[str, ...]) -> dict[str, Any]:
    """``attention``: what was looked at for each token of the best sentence; nothing where the model does not look.

    Args:
        said: What is said of a sample.
        times_s: (T,) the time of each of its steps.
        read: The tokens of a sample that has such.

    Returns:
        Its ``tokens``, ``weights`` (a row a token, which sums to 1), and what these are of: of a text ``source``, its
        tokens as the model has read them, else ``times_s``. Where each step has places, ``grid`` says how many rows and
        columns of them; a row of weights has those of the first step, line by line, then those of the next.
    """
    weights = said.beams[0].attention
    if weights is None:
        return {}
    of: dict[str, Any] = {"source": list(read)} if read else {"times_s": [float(time) for time in times_s]}
    if (places := weights.shape[1] // len(times_s)) > 1:
        of["grid"] = [math.isqrt(places)] * 2
    shares = weights.astype(float).round(DIGITS).tolist()
    return {"attention": {"tokens": list(said.beams[0].tokens), "weights": shares, **of}}


def cues(table: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The best sentence of each sample as a segment (path, start_s, end_s, label, probability, flag) over all of it."""
    durations_s = samples.set_index("path")["duration_s"]
    named = table.rename(columns={"sentence": "label", "confidence": "probability"})
    cue = named[["path", "label", "probability", "flag"]]
    return cue.assign(start_s=0.0, end_s=cue["path"].map(durations_s).astype(float))
