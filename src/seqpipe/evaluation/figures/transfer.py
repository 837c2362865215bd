"""The figures of transfer learning: both of its solutions side by side, and what foretells them.

``kind`` is "features" (the second solution: a new classifier C' on D', the CNN stays as it is) or "fine-tuning" (the
first: the CNN itself is trained on the target domain, from its weights or, as a control, from scratch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator
from PIL import Image

from seqpipe.evaluation.figures.heat import under_heat
from seqpipe.evaluation.figures.labels import Label, place_labels, settle
from seqpipe.evaluation.figures.style import (
    BLUE,
    FONT_PT,
    GREY,
    INK,
    PALETTE,
    SMALL_PT,
    VERMILLION,
    WIDTH_IN,
    dress,
    legend,
    new_figure,
    plain,
)
from seqpipe.metrics.transferability import FEWEST_TO_RANK, rank_correlation

Floats = npt.NDArray[np.float64]

KINDS = {
    "features": ("C' on the features, CNN as it is", BLUE, "o"),
    "fine-tuning": ("CNN trained on the frames", VERMILLION, "s"),
}
COSTS = {
    "fit_seconds": "training, seconds",
    "trainable_parameters": "trainable parameters",
    "train_gflops": "training, GFLOP",
    "peak_memory_mb": "peak memory, MiB",
}
SCORES = {"logme": "LogME", "leep": "LEEP"}
MARKERS = ["o", "s", "^", "D"]
CLOSEST_TICKS = 0.05  # of the axis
DECADES_IN_THREES = 2.5  # of fewer, 2 and 5 are ticks too
LAYERS_SHOWN = 40
EXAMPLES_A_ROW = 3
LONGEST_SIDE_PX, GAP_PX = 320, 8
CAPTION_LETTERS = 22
TALLEST_ROW_IN, CAPTION_IN, HEADING_IN = 2.0, 0.3, 0.3


def trade_off(table: pd.DataFrame) -> Figure:
    """Accuracy on test against what training costs, a panel a cost; the best of each solution is named.

    Args:
        table: one row a trained model: backbone, layer, pool, solution, kind, accuracy, accuracy_low, accuracy_high
            and the columns of `COSTS`. Rows without an accuracy are not drawn, nor are costs that no row has.
    """
    rows = table[table["accuracy"].notna()].reset_index(drop=True)
    costs = [c for c in COSTS if c in rows and rows[c].notna().any()]
    if not costs:
        return _said("No solution has both an accuracy and a cost.")
    best = _best_of_each_solution(rows)
    n_rows, n_columns = (len(costs) + 1) // 2, min(2, len(costs))
    figure = new_figure(0.5 + 2.6 * n_rows, WIDTH_IN if n_columns == 2 else 4.5)
    panels = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False).ravel()
    for empty in panels[len(costs) :]:
        empty.remove()
    for i, (axes, cost) in enumerate(zip(panels, costs, strict=False)):
        dress(axes, x=COSTS[cost], y="" if i % 2 else "accuracy on test")
        _draw_solutions(axes, rows[rows[cost].notna()], best[best[cost].notna()], cost)
        _log_axis(axes, rows[cost].dropna())
    panels[0].set_ylim(_with_room(rows["accuracy"], best["accuracy_low"], best["accuracy_high"]))
    _legend_of_kinds(figure, panels[0])
    settle(figure)
    for axes, cost in zip(panels, costs, strict=False):
        place_labels(axes, _solution_labels(best, cost), rows[[cost, "accuracy"]].dropna())
    return figure


def _said(text: str) -> Figure:
    figure = new_figure(0.5)
    figure.text(0.01, 0.5, text, fontsize=FONT_PT, color=INK, va="center")
    return figure


def _best_of_each_solution(rows: pd.DataFrame) -> pd.DataFrame:
    """Most accurate first; of equals the one that was trained faster."""
    ordered = rows.sort_values(["accuracy", "fit_seconds"], ascending=[False, True], kind="stable")
    return ordered.drop_duplicates("solution")


def _draw_solutions(axes: Axes, rows: pd.DataFrame, best: pd.DataFrame, cost: str) -> None:
    rest = rows.drop(best.index)
    for kind, (name, colour, marker) in KINDS.items():
        pale, strong = rest[rest["kind"] == kind], best[best["kind"] == kind]
        if strong.empty:
            continue
        axes.scatter(pale[cost], pale["accuracy"], s=14, color=colour, marker=marker, alpha=0.3, linewidths=0, zorder=2)
        axes.vlines(strong[cost], strong["accuracy_low"], strong["accuracy_high"], color=colour, linewidth=1.0)
        axes.scatter(strong[cost], strong["accuracy"], s=34, color=colour, marker=marker, zorder=3, label=name)


def _log_axis(axes: Axes, values: pd.Series) -> None:
    """A decade or more of a logarithmic x axis; where some values are 0, they have a place on its left."""
    positive = values[values > 0]
    if positive.empty:
        axes.set_xticks([0.0])
        return
    low, high = np.log10([positive.min(), positive.max()])
    room = 0.12 * max(high - low, 1.0) + max(0.0, 1.0 - (high - low)) / 2
    if (values > 0).all():
        axes.set_xscale("log")
        axes.set_xlim(10 ** (low - room), 10 ** (high + room))
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high - low < DECADES_IN_THREES else (1.0,)))
    else:
        first = 10.0 ** np.floor(low)
        axes.set_xscale("symlog", linthresh=first, linscale=0.5)
        axes.set_xlim(-first / 2, 10 ** (high + room))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))
    axes.minorticks_off()


def short_number(value: float) -> str:
    """1500000 as 1.5M: three digits, k, M, G or T above a thousand."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _with_room(*values: pd.Series) -> tuple[float, float]:
    """Limits of an accuracy axis: all values, a tenth at least, hardly more than there can be."""
    known = pd.concat(values).dropna()
    low, high = known.min(), known.max()
    room = 0.1 * (high - low) + max(0.0, 0.1 - (high - low)) / 2
    bottom = max(-0.03, low - room)
    return bottom, min(high + room, 1.0 + 0.12 * (1.0 - bottom))


def _legend_of_kinds(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    title = "line: interval of the best model of each solution; pale: the others"
    options = {"fontsize": SMALL_PT, "title_fontsize": SMALL_PT, "frameon": False, "labelcolor": INK}
    figure.legend(handles, names, title=title, loc="outside lower center", ncols=2, **options)


def _solution_labels(best: pd.DataFrame, cost: str) -> list[Label]:
    """The best of each kind in bold, with its accuracy."""
    winners = set(best.drop_duplicates("kind").index)
    labels = []
    for i, row in best[best[cost].notna()].iterrows():
        text = plain(row["solution"]) + (f" {row['accuracy']:.3f}" if i in winners else "")
        labels.append(Label(text, row[cost], row["accuracy"], KINDS[row["kind"]][1], bold=i in winners))
    return labels


def learning_curve(table: pd.DataFrame) -> Figure:
    """Accuracy on test against the training samples a class: what each solution can do with few.

    Args:
        table: columns solution, kind, n_per_class (the highest is all training samples), draw, accuracy.
    """
    known = table.dropna(subset=["n_per_class", "accuracy"])
    if known.empty:
        return _said("No solution was trained on fewer samples.")
    figure = new_figure(3.4)
    axes = dress(figure.add_subplot(), x="training samples a class", y="accuracy on test")
    for i, ((kind, solution), rows) in enumerate(known.groupby(["kind", "solution"], sort=False)):
        _draw_curve(axes, rows, plain(solution), str(kind), i)
    _sample_ticks(axes, np.sort(known["n_per_class"].unique()))
    title = "mean of the draws, band from\nthe lowest to the highest.\nDashed: CNN trained"
    beside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "alignment": "left", "handlelength": 3}
    legend(axes, title=title, title_fontsize=SMALL_PT, **beside)
    return figure


def _draw_curve(axes: Axes, rows: pd.DataFrame, name: str, kind: str, i: int) -> None:
    over_draws = rows.groupby("n_per_class")["accuracy"].agg(["mean", "min", "max"])
    colour, marker = PALETTE[i % len(PALETTE)], MARKERS[i // len(PALETTE) % len(MARKERS)]
    style = "--" if kind == "fine-tuning" else "-"
    axes.fill_between(over_draws.index, over_draws["min"], over_draws["max"], color=colour, alpha=0.15, linewidth=0)
    axes.plot(over_draws["mean"], color=colour, linestyle=style, marker=marker, markersize=4, label=name)


def _sample_ticks(axes: Axes, sizes: Floats) -> None:
    """A tick a size on a logarithmic axis, but where the next one would be written over it."""
    place = np.log10(sizes)
    shown = [len(sizes) - 1]
    for i in range(len(sizes) - 2, -1, -1):
        if place[shown[-1]] - place[i] >= CLOSEST_TICKS * (place[-1] - place[0]):
            shown.append(i)
    axes.set_xscale("log")
    axes.set_xlim(sizes[0] / 1.15, sizes[-1] * 1.15)
    names = [f"all\n({sizes[i]:.0f})" if i == len(sizes) - 1 else f"{sizes[i]:g}" for i in shown]
    axes.set_xticks(sizes[shown], names)
    axes.minorticks_off()


def transferability_vs_accuracy(table: pd.DataFrame) -> Figure:
    """What was foretold from D' without training against the accuracy that was then measured there.

    Args:
        table: one row a backbone and layer: backbone, layer, pool, accuracy (of the solution that val chose there),
            logme and leep. LEEP is a score of the backbone's head: its panel has one point a backbone, its best layer.
    """
    scored = {name: rows for name in SCORES if len(rows := _scored(table, name))}
    # A single point compares nothing (LEEP of one backbone): its value is in the table beside the figure.
    panels = {name: rows for name, rows in scored.items() if len(rows) > 1} or scored
    if not panels:
        return _said("No layer has both a score and an accuracy.")
    figure = new_figure(3.4, WIDTH_IN if len(panels) == 2 else 4.5)
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    colours = _backbone_colours(table["backbone"])
    for i, (axes, (score, rows)) in enumerate(zip(grid, panels.items(), strict=True)):
        dress(axes, _correlation_text(rows[score], rows["accuracy"]), SCORES[score], "" if i else "accuracy on test")
        axes.set_title(axes.get_title(loc="left"), loc="left", fontsize=SMALL_PT, fontweight="normal")
        axes.scatter(rows[score], rows["accuracy"], s=34, color=rows["backbone"].map(colours), zorder=3)
        axes.margins(x=0.15)
    grid[0].set_ylim(_with_room(table["accuracy"]))
    if len(colours) > 1:
        _legend_of_backbones(figure, colours)
    settle(figure)
    for axes, (score, rows) in zip(grid, panels.items(), strict=True):
        place_labels(axes, _layer_labels(rows, score, colours), avoid=rows[[score, "accuracy"]])
    return figure


def _scored(table: pd.DataFrame, score: str) -> pd.DataFrame:
    if score not in table:
        return table.head(0)
    rows = table.dropna(subset=[score, "accuracy"])
    if score == "leep":
        rows = rows.sort_values("accuracy", ascending=False, kind="stable").drop_duplicates("backbone")
    return rows


def _correlation_text(scores: pd.Series, accuracies: pd.Series) -> str:
    correlation = rank_correlation(scores, accuracies)
    if correlation["n"] < FEWEST_TO_RANK:
        return f"too few points to rank ({correlation['n']:.0f} of {FEWEST_TO_RANK})"
    if np.isnan(correlation["kendall_tau"]):
        return "all alike: no ranks to compare"
    kendall, p, weighted = correlation["kendall_tau"], correlation["kendall_p"], correlation["weighted_tau"]
    return f"Kendall's tau {kendall:.2f} (p {p:.2f}), weighted {weighted:.2f}, n {correlation['n']:.0f}"


def _backbone_colours(backbones: pd.Series) -> dict[str, str]:
    """A colour a backbone, grey beyond those that there are colours for."""
    names = sorted(backbones.unique(), key=str)
    return {name: PALETTE[i] if i < len(PALETTE) else GREY for i, name in enumerate(names)}


def _legend_of_backbones(figure: Figure, colours: dict[str, str]) -> None:
    handles = [Line2D([], [], color=colour, marker="o", linestyle="") for colour in colours.values()]
    names = [plain(name) for name in colours]
    options = {"fontsize": SMALL_PT, "frameon": False, "labelcolor": INK}
    figure.legend(handles, names, loc="outside lower center", ncols=3, **options)


def _layer_labels(rows: pd.DataFrame, score: str, colours: dict[str, str]) -> list[Label]:
    """By layer, and for LEEP, which knows none, by backbone."""
    names = rows["backbone"] if score == "leep" else rows["layer"].astype(str) + " " + rows["pool"].astype(str)
    points = zip(names, rows[score], rows["accuracy"], rows["backbone"], strict=True)
    return [Label(plain(name), x, y, colours[backbone]) for name, x, y, backbone in points]


def domain_bars(table: pd.DataFrame) -> Figure:
    """How far the source's images lie from the target's in each layer's x' space.

    Args:
        table: one row a backbone and layer: backbone, layer, pool and mmd2.
    """
    rows = table.dropna(subset=["mmd2"]).head(LAYERS_SHOWN)
    if rows.empty:
        return _said("No layer was read on both domains.")
    figure = new_figure(0.9 + 0.24 * len(rows))
    axes = dress(figure.add_subplot(), "Source against target", "squared maximum mean discrepancy (MMD²)", grid="x")
    bars = np.arange(len(rows))
    axes.barh(bars, rows["mmd2"].clip(lower=0.0), height=0.55, color=BLUE)
    for y, value in zip(bars, rows["mmd2"], strict=True):
        axes.text(max(value, 0.0), float(y), f"  {value:.3f}", fontsize=SMALL_PT, color=INK, va="center")
    many = rows["backbone"].nunique() > 1
    names = [f"{r.backbone}: " * many + f"{r.layer} {r.pool}" for r in rows.itertuples()]
    axes.set_yticks(bars, [plain(name, 44) for name in names])
    axes.set(xlim=(0.0, 1.25 * max(rows["mmd2"].max(), 0.01)), ylim=(len(rows) - 0.5, -0.5))
    return figure


@dataclass(frozen=True)
class Explained:
    """A frame, where the network looked for the class it answered, and the answer."""

    frame: npt.NDArray[np.uint8]  # (H, W, 3)
    heat: npt.NDArray[np.floating[Any]]  # (h, w), 0..1; of any size
    label: str
    predicted: str
    confidence: float


def gradcam_panels(examples: Sequence[Explained]) -> Figure:
    """Each frame beside itself under its heat map (Grad-CAM, Selvaraju et al., ICCV 2017): right ones above wrong."""
    parts = [
        (heading, of_kind)
        for heading, right in (("Right", True), ("Wrong", False))
        if (of_kind := [e for e in examples if (e.label == e.predicted) == right])
    ]
    if not parts:
        return _said("No frame has been explained.")
    heights = [HEADING_IN + sum(_row_heights_in(of_kind)) for _, of_kind in parts]
    figure = new_figure(sum(heights))
    halves = figure.subfigures(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for half, (heading, of_kind) in zip(halves, parts, strict=True):
        half.suptitle(heading, x=0.006, ha="left", fontsize=FONT_PT, fontweight="bold", color=INK)
        _draw_examples(half, of_kind)
    return figure


def _row_heights_in(examples: Sequence[Explained]) -> list[float]:
    """Height of each row of `EXAMPLES_A_ROW`: its tallest pair fills a cell's width, unless that is too tall."""
    cell_in = WIDTH_IN / EXAMPLES_A_ROW
    ratios = [e.frame.shape[0] / (2 * e.frame.shape[1]) for e in examples]
    rows = [ratios[i : i + EXAMPLES_A_ROW] for i in range(0, len(ratios), EXAMPLES_A_ROW)]
    return [CAPTION_IN + min(TALLEST_ROW_IN, cell_in * max(row)) for row in rows]


def _draw_examples(half: SubFigure, examples: Sequence[Explained]) -> None:
    heights = _row_heights_in(examples)
    cells = half.subplots(len(heights), EXAMPLES_A_ROW, squeeze=False, height_ratios=heights).ravel()
    for axes in cells:
        axes.set_axis_off()
        axes.set_anchor("NW")
    for axes, example in zip(cells, examples, strict=False):
        axes.imshow(frame_and_overlay(example.frame, example.heat))
        axes.set_title(_caption(example), loc="left", fontsize=SMALL_PT, color=INK)


def _caption(example: Explained) -> str:
    label, predicted = (plain(name, CAPTION_LETTERS) for name in (example.label, example.predicted))
    if example.label == example.predicted:
        return f"{label}, {example.confidence:.2f}"
    return f"{label}\ntaken for {predicted}, {example.confidence:.2f}"


def frame_and_overlay(frame: npt.NDArray[np.uint8], heat: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """(H', W', 3) the frame, its longest side `LONGEST_SIDE_PX`, and beside it, in grey, under its heat map.

    Args:
        frame: (H, W, 3).
        heat: (h, w), 0..1; what is not finite counts as 0.
    """
    height, width = frame.shape[:2]
    scale = LONGEST_SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = Image.fromarray(frame).resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BICUBIC)
    gap = np.full((size[1], GAP_PX, 3), 255.0)
    return np.concatenate([np.asarray(image), gap, under_heat(image, heat)], axis=1).round().astype(np.uint8)
