"""The figures of the report. Each function takes a table and gives a matplotlib figure of the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_curve

from seqpipe.config import EvaluationConfig
from seqpipe.evaluation.figures.contact_sheet import contact_sheet
from seqpipe.evaluation.figures.style import (
    BLUE,
    FONT_PT,
    GREY,
    INK,
    ORANGE,
    PALE,
    SMALL_PT,
    VERMILLION,
    dress,
    legend,
    line_look,
    new_figure,
    plain,
    png_bytes,
)
from seqpipe.evaluation.predictions import (
    Bools,
    Floats,
    Ints,
    class_indices,
    class_names,
    confusion_counts,
    probabilities,
    test_rows,
)
from seqpipe.metrics.classification import calibration_bins, expected_calibration_error
from seqpipe.modalities.base import Drawable
from seqpipe.modalities.drawn import drawable
from seqpipe.training.selection import BY_CLASSES, Better, best_trial

CLASSES_IN_MATRIX = 30
CLASSES_WITH_NUMBERS = 16
LINES_PER_PLOT = 10
TRIALS_SHOWN = 24


def confusion_matrix(predictions: pd.DataFrame) -> Figure:
    """Counts, coloured by the share of the true class; of many classes, those with the most mistakes."""
    rows = test_rows(predictions)
    counts, names, title = _readable_matrix(confusion_counts(rows), class_names(rows))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = float(np.clip(1.8 + 0.32 * len(names), 3.4, 7.0))
    figure = new_figure(side, min(side + 1.0, 7.0))
    axes = dress(figure.add_subplot(), title, "predicted", "true", grid="none")
    image = axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0, aspect="equal")
    axes.set_xticks(range(counts.shape[1]), [plain(n) for n in names[: counts.shape[1]]])
    axes.set_yticks(range(counts.shape[0]), [plain(n) for n in names[: counts.shape[0]]])
    axes.tick_params(axis="x", labelrotation=90 if len(names) > 4 else 0)
    axes.spines[:].set_visible(False)
    if len(names) <= CLASSES_WITH_NUMBERS:
        _write_counts(axes, counts, share)
    bar = figure.colorbar(image, ax=axes, shrink=0.7, pad=0.02)
    bar.set_label("share of the true class", fontsize=SMALL_PT, color=INK)
    bar.ax.tick_params(labelsize=SMALL_PT, length=2)
    bar.outline.set_visible(False)
    return figure


def _readable_matrix(counts: Ints, names: list[str]) -> tuple[Ints, list[str], str]:
    """All classes, or the `CLASSES_IN_MATRIX` with the most mistakes and one column for the rest."""
    if len(names) <= CLASSES_IN_MATRIX:
        return counts, names, "Confusion"
    mistakes = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    worst = np.sort(np.argsort(-mistakes, kind="stable")[:CLASSES_IN_MATRIX])
    inside = counts[np.ix_(worst, worst)]
    rest = counts[worst].sum(axis=1, keepdims=True) - inside.sum(axis=1, keepdims=True)
    shown = [names[i] for i in worst] + ["(any other)"]
    title = f"Confusion: the {CLASSES_IN_MATRIX} of {len(names)} classes with the most mistakes"
    return np.hstack([inside, rest]), shown, title


def _write_counts(axes: Axes, counts: Ints, share: Floats) -> None:
    for (i, j), n in np.ndenumerate(counts):
        if n:
            colour = "white" if share[i, j] > 0.55 else INK
            axes.text(j, i, str(n), ha="center", va="center", fontsize=SMALL_PT, color=colour)


def roc_pr(predictions: pd.DataFrame) -> Figure:
    """ROC and precision-recall curves, each class against the rest, and their macro average.

    Classes that are not in test (or are all of it) have no such curves. Of more than `LINES_PER_PLOT`,
    those with the lowest average precision are drawn; the macro average is over all of them.
    """
    rows = test_rows(predictions)
    names, p = class_names(rows), probabilities(rows)
    truth = class_indices(rows["label"], names)
    curves = [_one_vs_rest(names[k], truth == k, p[:, k]) for k in range(len(names)) if 0 < (truth == k).mean() < 1]
    shown = sorted(curves, key=lambda c: c["ap"])[:LINES_PER_PLOT]
    shown = [c for c in curves if any(c is s for s in shown)]
    figure = new_figure(3.3 + 0.17 * np.ceil((len(shown) + 1) / 2))
    left, right = figure.subplots(1, 2)
    cut = f" (worst {len(shown)} of {len(curves)} classes)" if len(shown) < len(curves) else ""
    dress(left, f"ROC{cut}", "false positive rate", "recall")
    dress(right, "Precision-recall", "recall", "precision")
    left.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", zorder=1)
    _draw_curves(left, "fpr", "tpr", shown, curves)
    _draw_curves(right, "recall", "precision", shown, curves)
    if curves:
        _legend_of_areas(figure, left, shown, curves)
    return figure


def _legend_of_areas(figure: Figure, axes: Axes, shown: list[dict[str, Any]], curves: list[dict[str, Any]]) -> None:
    """One legend for both panels: the two areas stand before the name; the first line is the diagonal."""
    named = [f"{c['auc']:.3f} / {c['ap']:.3f}  {plain(c['name'])}" for c in shown]
    auc_mean, ap_mean = (np.mean([c[key] for c in curves]) for key in ("auc", "ap"))
    figure.legend(
        axes.lines[1:],
        [*named, f"{auc_mean:.3f} / {ap_mean:.3f}  macro average"],
        title="area under ROC / average precision",
        loc="outside lower center",
        ncols=2,
        frameon=False,
        fontsize=SMALL_PT,
        title_fontsize=SMALL_PT,
        labelcolor=INK,
    )


def _one_vs_rest(name: str, positive: Bools, score: Floats) -> dict[str, Any]:
    fpr, tpr, _ = roc_curve(positive, score)
    precision, recall, _ = precision_recall_curve(positive, score)
    return {
        "name": name,
        "fpr": fpr,
        "tpr": tpr,
        "auc": auc(fpr, tpr),
        "precision": precision[::-1],
        "recall": recall[::-1],
        "ap": average_precision_score(positive, score),
    }


def _draw_curves(axes: Axes, x: str, y: str, shown: list[dict[str, Any]], curves: list[dict[str, Any]]) -> None:
    """One line a class, the macro average of all curves in black."""
    for i, curve in enumerate(shown):
        axes.plot(curve[x], curve[y], linewidth=1.2, alpha=0.9, **line_look(i))
    grid = np.linspace(0.0, 1.0, 201)
    if curves:
        mean = np.mean([np.interp(grid, curve[x], curve[y]) for curve in curves], axis=0)
        axes.plot(grid, mean, color="black", linewidth=2.0)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.03))


def calibration(predictions: pd.DataFrame, bins: int) -> Figure:
    """Reliability diagram (accuracy against confidence) above the histogram of the confidence."""
    rows = test_rows(predictions)
    table = pd.DataFrame(calibration_bins(rows["confidence"], rows["correct"], bins)._asdict())
    ece = expected_calibration_error(rows["confidence"], rows["correct"], bins)
    figure = new_figure(4.4, 4.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    dress(above, f"Calibration: expected error {ece:.3f}", y="accuracy")
    width = 1.0 / bins
    filled = table[table["n"] > 0]
    above.bar(
        filled["low"],
        filled["accuracy"],
        width,
        align="edge",
        color=BLUE,
        edgecolor="white",
        label="accuracy",
    )
    above.scatter(
        filled["confidence"],
        filled["accuracy"],
        s=14,
        color=VERMILLION,
        zorder=3,
        label="mean confidence of the bin",
    )
    above.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, linestyle="--", label="as sure as right")
    above.set(xlim=(0, 1), ylim=(0, 1.02))
    figure.legend(loc="outside lower center", ncols=3, fontsize=SMALL_PT, frameon=False, labelcolor=INK)
    dress(below, x="confidence of the prediction", y="samples", grid="y")
    below.bar(table["low"], table["n"], width, align="edge", color=GREY, edgecolor="white")
    return figure


def learning_curves(history: pd.DataFrame, called: Mapping[str, str] | None = None) -> Figure:
    """One panel a quantity (loss, accuracy, ...), train beside val, over the epochs.

    Args:
        history: columns epoch and ``train_<quantity>`` / ``val_<quantity>``; other columns are not drawn.
        called: Headings of quantities that are not called by their names.
    """
    quantities = _quantities([str(c) for c in history])
    beside = 3 if len(quantities) < 3 else 1  # below a narrow panel its legend has one column
    figure = new_figure(2.9 + 0.15 * (3 - beside))
    for axes, quantity in zip(figure.subplots(1, len(quantities), squeeze=False)[0], quantities, strict=True):
        dress(axes, (called or {}).get(quantity, quantity.replace("_", " ").capitalize()), "epoch")
        for side, colour in (("train", BLUE), ("val", ORANGE)):
            if f"{side}_{quantity}" in history:
                known = history[["epoch", f"{side}_{quantity}"]].dropna()
                marker = "o" if len(known) < 15 else None
                axes.plot(*known.to_numpy(float).T, color=colour, marker=marker, markersize=3, label=side)
        if f"val_{quantity}" in history and history[f"val_{quantity}"].notna().any():
            _mark_best(axes, history, f"val_{quantity}", lowest="loss" in quantity)
        axes.xaxis.get_major_locator().set_params(integer=True)
        legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=beside)  # beside the curves, never over them
    return figure


def _quantities(columns: list[str]) -> list[str]:
    return list(dict.fromkeys(c.split("_", 1)[1] for c in columns if c.startswith(("train_", "val_"))))


def _mark_best(axes: Axes, history: pd.DataFrame, column: str, lowest: bool) -> None:
    known = history.dropna(subset=[column]).sort_values(column, ascending=lowest, kind="stable")
    best = known.iloc[0]
    label = f"{'lowest' if lowest else 'highest'}: {best[column]:.3f} at epoch {best['epoch']:.0f}"
    axes.scatter(best["epoch"], best[column], s=36, facecolors="none", edgecolors=VERMILLION, zorder=3, label=label)


def trials_figure(trials: pd.DataFrame, by: Mapping[str, Better] = BY_CLASSES, heading: str = "macro F1") -> Figure:
    """The score on val of every setting that was tried, the best `TRIALS_SHOWN`; the chosen one is marked.

    Args:
        trials: the search's table: ``param.*``, ``val_<score>``, indexed 0..n-1.
        by: What the best is chosen by; the first of these scores is drawn.
        heading: What that score is called.
    """
    score, order = f"val_{next(iter(by))}", [f"val_{name}" for name in by]
    ascending = [better == "lower" for better in by.values()]
    shown = trials.sort_values(order, ascending=ascending, kind="stable").head(TRIALS_SHOWN)
    names = [plain(name, 60) for name in _setting_names(trials).loc[shown.index]]
    figure = new_figure(1.0 + 0.24 * len(shown))
    cut = f": best {len(shown)} of {len(trials)}" if len(shown) < len(trials) else ""
    axes = dress(figure.add_subplot(), f"Settings tried{cut}", f"{heading} on val", grid="x")
    place = np.arange(len(shown))
    chosen = best_trial(trials, by)
    colours = [VERMILLION if index == chosen else BLUE for index in shown.index]
    axes.hlines(place, 0.0, shown[score], color=PALE, linewidth=1.2)
    axes.scatter(shown[score], place, s=26, color=colours, zorder=3)
    for y, value in enumerate(shown[score]):
        _annotate(axes, f"{value:.3f}", (value, y), (6, 0), va="center")
    axes.set_yticks(place, names)
    largest = max(1.0, float(shown[score].max()))
    axes.set(xlim=(0, 1.08 * largest), ylim=(len(shown) - 0.5, -0.5))
    if largest <= 1.0:
        axes.set_xticks(np.linspace(0.0, 1.0, 6))
    return figure


def _setting_names(trials: pd.DataFrame) -> pd.Series:
    """What tells one trial from the others: ``C=0.1, pooling=mean``."""
    settings = trials.filter(like="param.").rename(columns=lambda c: c.removeprefix("param.")).astype(str)
    varied = [c for c in settings if settings[c].nunique() > 1]
    if not varied:
        return pd.Series("the one setting", index=trials.index)
    return settings[varied].apply(lambda row: ", ".join(f"{c}={row[c]}" for c in varied), axis=1)


def _annotate(axes: Axes, text: str, at: tuple[float, float], offset_pt: tuple[int, int], **options: Any) -> None:
    axes.annotate(text, at, offset_pt, "data", "offset points", fontsize=SMALL_PT, color=INK, **options)


def mistakes(
    predictions: pd.DataFrame,
    samples: pd.DataFrame,
    config: EvaluationConfig,
    times_s: Mapping[str, Sequence[float]],
    by: Drawable,
) -> Figure:
    """The wrong test samples that the model was surest of, ``config.mistakes`` at most, as their modality draws them.

    Args:
        predictions: table of predictions.
        samples: the table of samples, of which the files are read again.
        times_s: the times of the steps that the model was shown, seconds, by the sample's id.
        by: the samples' modality.
    """
    rows = test_rows(predictions)
    wrong = rows[~rows["correct"].astype(bool)]
    worst = wrong.sort_values(["confidence", "id"], ascending=[False, True]).head(config.mistakes)
    if not worst.empty:
        return contact_sheet(worst, samples, times_s, by)
    figure = new_figure(0.5)
    said = f"{len(wrong)} mistakes on {len(rows)} test samples, none of them shown."
    figure.text(0.01, 0.5, said, fontsize=FONT_PT, color=INK, va="center")
    return figure


def comparison(
    leaderboard: pd.DataFrame,
    metric: str = "accuracy",
    heading: str = "accuracy",
    told_apart: tuple[str, str, str] = ("reads_order", "reads the steps in order", "blind to order"),
) -> Figure:
    """The primary metric of all models with its interval, beside what the commonest class would reach.

    Args:
        leaderboard: With the columns ``<metric>``, ``<metric>_low``, ``<metric>_high`` and that by which models are
            told apart; rows without fit_seconds, where it has these, are no models.
        metric: A share; what is not one is drawn from 0 to its largest value.
        heading: What it is called.
        told_apart: That column, what is said of those that have it, and of the others.
    """
    figure = new_figure(1.25 + 0.34 * len(leaderboard))
    axes = dress(figure.add_subplot(), f"{heading[:1].upper()}{heading[1:]} on the test split", heading, grid="x")
    column, *labels = told_apart
    has = leaderboard[column].fillna(0).astype(bool)
    trained = leaderboard["fit_seconds"].notna() if "fit_seconds" in leaderboard else has.notna()
    for rows, colour, marker, label in (
        (trained & has, BLUE, "o", labels[0]),
        (trained & ~has, ORANGE, "s", labels[1]),
        (~trained, GREY, "D", "no model"),
    ):
        part = leaderboard[rows]
        if len(part):
            axes.hlines(part.index, part[f"{metric}_low"], part[f"{metric}_high"], color=colour, linewidth=2.5)
            axes.scatter(part[metric], part.index, s=42, color=colour, marker=marker, zorder=3, label=label)
    for place, value in enumerate(leaderboard[metric]):
        _annotate(axes, f"{value:.3f}", (value, place), (0, 6), ha="center")
    if "chance" in leaderboard:
        chance = float(leaderboard["chance"].max())
        axes.axvline(chance, color=GREY, linestyle="--", linewidth=1.0, label=f"commonest class: {chance:.3f}")
    axes.set_yticks(range(len(leaderboard)), [plain(m) for m in leaderboard["model"]], fontsize=FONT_PT)
    largest = max(1.0, float(leaderboard[f"{metric}_high"].max()))
    axes.set(xlim=(-0.02 * largest, 1.02 * largest), ylim=(len(leaderboard) - 0.5, -0.65))
    legend(axes, loc="upper center", bbox_to_anchor=(0.5, -0.5 / (0.34 * len(leaderboard) + 0.3)), ncols=3)
    return figure


def model_figures(
    predictions: pd.DataFrame,
    trials: pd.DataFrame | None,
    history: pd.DataFrame,
    samples: pd.DataFrame,
    config: EvaluationConfig,
    times_s: Mapping[str, Sequence[float]],
) -> dict[str, bytes]:
    """All figures of one model as PNG, by name: learning curves where it has epochs, trials where it has several.

    ``times_s`` has the times of the steps that the model was shown, seconds, by the sample's id. Mistakes are shown
    where the samples' modality draws.
    """
    drawn = {
        "confusion_matrix": confusion_matrix(predictions),
        "calibration": calibration(predictions, config.calibration_bins),
        "roc_pr": roc_pr(predictions),
    }
    if (by := drawable(samples)) is not None:
        drawn["mistakes"] = mistakes(predictions, samples, config, times_s, by)
    if len(history):
        drawn["learning_curves"] = learning_curves(history)
    if trials is not None and len(trials) > 1:
        drawn["trials"] = trials_figure(trials)
    return {name: png_bytes(figure) for name, figure in drawn.items()}
