"""The figure of the scores over what a further column of the corpus says."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from seqpipe.evaluation.figures.style import PALETTE, dress, legend, line_look, new_figure, plain

SPREAD = 0.28
"""How far the models' intervals stand apart around a place, in places: else they would hide each other."""


def by_column_figure(scores: pd.DataFrame, column: str, parts: list[str], called: str = "accuracy") -> Figure:
    """A line a model, from part to part, with the intervals.

    Args:
        scores: As ``scores_by`` gave it.
        column: What the parts are of.
        parts: From left to right.
        called: What the scores are called.
    """
    figure = new_figure(2.9)
    axes = dress(figure.add_subplot(), f"{called[:1].upper()}{called[1:]} over {column}", column, called, grid="y")
    models = list(dict.fromkeys(scores["model"]))
    for number, model in enumerate(models):
        own = scores[scores["model"] == model].set_index("part").reindex(parts).dropna()
        places = [parts.index(part) + SPREAD * (number / max(1, len(models) - 1) - 0.5) for part in own.index]
        axes.vlines(places, own["accuracy_low"], own["accuracy_high"], color=PALETTE[number % len(PALETTE)], alpha=0.35)
        axes.plot(places, own["accuracy"], marker="o", markersize=4, label=plain(model), **line_look(number))
    axes.set_xticks(range(len(parts)), [plain(part, 16) for part in parts])
    largest = max(1.0, float(scores["accuracy_high"].max()))
    axes.set_ylim(-0.02 * largest, 1.04 * largest)
    legend(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
