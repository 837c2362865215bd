"""What a decoder looked at before it said each word, of a few samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from seqpipe.evaluation.figures.style import SMALL_PT, plain
from seqpipe.evaluation.report.section import Column
from seqpipe.evaluation.sentence_examples import PLACE, SCORE, examples
from seqpipe.evaluation.sentences import ATTENTION, STEPS, TOKENS
from seqpipe.metrics.sentences.flavours import Kind
from seqpipe.modalities.base import READ

Floats = npt.NDArray[np.float64]

EACH = 2
"""Samples of every place whose attention is drawn."""
LETTERS = 16
"""Of a word beside a map, at most."""
HEADING_LETTERS = 90
CLEARLY = 3.0
"""Times an even look that the strongest colour stands for, at least: a model that looks everywhere alike stays pale."""


@dataclass(frozen=True, eq=False)
class Look:
    """One sample's answer with what was looked at.

    Attributes:
        words: The L tokens of the answer, as they were said.
        weights: (L, S) of the S places that are there; a row sums to one.
        heading: Which sample it is, and how good its answer.
        row: Its row of the predictions.
    """

    words: Sequence[str]
    weights: Floats
    heading: str
    row: Mapping[str, Any]


def looks(predictions: pd.DataFrame, kind: Kind, primary: Column, places: int) -> list[Look]:
    """Of the best, middling and worst samples those with an attention that could have gone elsewhere.

    Args:
        predictions: What `sentence_table` gave.
        kind, primary: What the samples are ordered by.
        places: How many places a step has.
    """
    shown = examples(predictions, kind, primary.key, EACH).to_dict("records")
    found = [_look(row, primary, places) for row in shown if len(row[TOKENS]) and row[STEPS]]
    return [look for look in found if look.weights.shape[1] > 1]


def _look(row: Mapping[Any, Any], primary: Column, places: int) -> Look:
    there = len(row[READ]) if READ in row else len(row["times_s"]) * places
    # What is read together is as long as the longest: behind its own places there is nothing to look at.
    weights = np.asarray(row[ATTENTION], np.float64).reshape(len(row[TOKENS]), row[STEPS])[:, :there]
    heading = f"{row[PLACE]}, {primary.heading} {row[SCORE]:.2f}   {row['id']}"
    return Look(list(row[TOKENS]), weights, heading, row)


def strongest(weights: Floats) -> float:
    """The weight that the strongest colour stands for: the highest of (L, S), unless it is hardly above the others."""
    return max(float(weights.max()), min(1.0, CLEARLY / weights.shape[1]))


def draw_map(axes: Axes, weights: Floats, words: Sequence[str], edges: Floats) -> None:
    """A row a word from the top down, columns between ``edges`` (S + 1,); `strongest` is darkest."""
    rows = np.arange(len(words) + 1) - 0.5
    axes.pcolormesh(edges, rows, weights, cmap="Blues", vmin=0.0, vmax=strongest(weights))
    axes.set_yticks(range(len(words)), [plain(word, LETTERS) for word in words], fontsize=SMALL_PT)
    axes.set(ylim=(len(words) - 0.5, -0.5), xlim=(edges[0], edges[-1]))
