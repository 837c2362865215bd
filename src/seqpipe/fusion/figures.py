"""The pictures of the report of `fuse`."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.figures.classification import calibration, comparison, confusion_matrix
from seqpipe.evaluation.figures.style import BLUE, GREY, ORANGE, VERMILLION, dress, legend, new_figure, png_bytes
from seqpipe.evaluation.results import Results
from seqpipe.fusion.mixture import FIXED

SCORES = {"log_loss": ("Log loss on val", ORANGE), "accuracy": ("Accuracy on val", BLUE)}


def all_figures(
    weights: pd.DataFrame, board: pd.DataFrame, result: Results, primary: str, heading: str
) -> dict[str, bytes]:
    """PNG bytes by name; ``primary`` is the column that orders the leaderboard, ``heading`` what it is called."""
    config = EvaluationConfig.model_validate(result.evaluation)
    drawn = {
        "comparison": comparison(board, primary, heading),
        "weights": over_weights(weights, result.fit["parameters"]["weight"], result.fit["parameters"]["first"]),
        "confusion_matrix": confusion_matrix(result.predictions),
        "calibration": calibration(result.predictions, config.calibration_bins),
    }
    return {name: png_bytes(figure) for name, figure in drawn.items()}


def over_weights(weights: pd.DataFrame, chosen: float, first: str) -> Figure:
    """What val says of every weight; the chosen one is marked, and so are those that nothing was chosen for."""
    figure = new_figure(2.9)
    for axes, (score, (title, colour)) in zip(figure.subplots(1, len(SCORES)), SCORES.items(), strict=True):
        dress(axes, title, f"weight of {first}")
        axes.plot(weights["weight"], weights[score], color=colour, marker="o", markersize=3)
        for place, weight in enumerate(FIXED.values()):
            axes.axvline(weight, color=GREY, linestyle=":", linewidth=1.0, label=None if place else "1/3 and 1/2")
        axes.axvline(chosen, color=VERMILLION, linestyle="--", linewidth=1.2, label=f"chosen: {chosen:.3g}")
        legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figure
