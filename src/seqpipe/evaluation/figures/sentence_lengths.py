"""How long a model's sentences are, how good they are by length, and where in them it goes wrong."""

from __future__ import annotations

from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqpipe.evaluation.figures.style import BLUE, INK, ORANGE, SKY, SMALL_PT, dress, legend, new_figure
from seqpipe.evaluation.report.section import Column
from seqpipe.metrics.sentences.errors import accuracy_by_position
from seqpipe.metrics.sentences.scores import SentenceScores
from seqpipe.metrics.sentences.vocabulary import lengths
from seqpipe.modalities.base import READ

Floats = npt.NDArray[np.float64]

BINS = 40
"""Of the histogram, at most: of longer sentences several lengths are one bar."""
PARTS = 6
"""Of the samples by length, as many in each, of which the mean is drawn."""
WRITTEN = 16
"""Positions of which the share is written above the bar; of more there is no room."""


def lengths_figure(predictions: pd.DataFrame, scores: SentenceScores, primary: Column) -> Figure:
    """Words of the answers beside those of the references; the score of each sample over the length of what is read.

    That length is the source's in tokens where it is of tokens, else the answer's in words.
    """
    figure = new_figure(2.9)
    left, right = figure.subplots(1, 2)
    said = lengths(scores.answer_words)
    _histogram(left, said, lengths(list(chain.from_iterable(scores.reference_words))))
    told = "tokens of the source" if READ in predictions else "words of the answer"
    long = predictions[READ].map(len).to_numpy() if READ in predictions else said
    _score_over(right, long.astype(np.float64), scores.per_sample(primary.key), told, primary)
    return figure


def positions_figure(scores: SentenceScores) -> Figure | None:
    """The share of right words at each place; None where not all references are of one length, so that places differ.

    See `accuracy_by_position`.
    """
    long = {len(words) for others in scores.reference_words for words in others}
    if len(long) != 1 or not (places := long.pop()):
        return None
    share = accuracy_by_position(scores.answer_words, scores.reference_words).share
    figure = new_figure(2.2)
    axes = dress(figure.add_subplot(), "Right words by their place", "place in the sentence", "share", grid="y")
    axes.bar(np.arange(1, places + 1), share, width=0.7, color=BLUE)
    for place, value in enumerate(share if places <= WRITTEN else (), start=1):
        axes.text(place, value, f"{value:.2f}", ha="center", va="bottom", fontsize=SMALL_PT, color=INK)
    axes.set(ylim=(0, 1.12), xlim=(0.4, places + 0.6))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _histogram(axes: Axes, said: npt.NDArray[np.int64], true: npt.NDArray[np.int64]) -> None:
    """Both as shares, side by side: there may be several references a sample."""
    dress(axes, "Words in a sentence", "words", "share of sentences", grid="y")
    longest = int(max(said.max(initial=0), true.max(initial=0)))
    wide = max(1, -(-(longest + 1) // BINS))
    edges = np.arange(0, longest + wide + 1, wide)
    for values, colour, shift, label in ((said, BLUE, 0.0, "answers"), (true, ORANGE, 0.5, "references")):
        share = np.histogram(values, edges)[0] / len(values)
        places = edges[:-1] + (0.1 + 0.8 * shift) * wide - 0.5
        axes.bar(places, share, 0.4 * wide, align="edge", color=colour, label=f"{label}, mean {values.mean():.1f}")
    axes.set_xlim(edges[0] - 0.5, edges[-1] - 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)


def _score_over(axes: Axes, long: Floats, score: Floats, told: str, primary: Column) -> None:
    dress(axes, f"{primary.heading} by length", told, f"{primary.heading} of a sample")
    axes.scatter(long, score, s=9, color=SKY, alpha=0.5, linewidths=0, label="a sample", rasterized=True)
    middle, mean = _means_by_length(long, score)
    axes.plot(middle, mean, color=BLUE, marker="o", markersize=4, label="mean")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)


def _means_by_length(long: Floats, score: Floats) -> tuple[list[float], list[float]]:
    """The mean length and score of `PARTS` parts of the samples; samples of one length are in one part."""
    parts = pd.qcut(pd.Series(long), PARTS, labels=False, duplicates="drop").fillna(0)
    of = pd.DataFrame({"long": long, "score": score}).groupby(parts.to_numpy())
    means = of.mean()
    return means["long"].tolist(), means["score"].tolist()
