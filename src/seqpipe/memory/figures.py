"""The pictures of the report of `memory`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from seqpipe.evaluation.figures.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    SMALL_PT,
    VERMILLION,
    dress,
    legend,
    new_figure,
    plain,
    png_bytes,
)
from seqpipe.evaluation.figures.transfer import short_number
from seqpipe.memory.findings import WORDS

COLOURS = {"rnn": BLUE, "gru": ORANGE, "lstm": GREEN}
CELL_STATE = VERMILLION
"""The colour of what flows by an LSTM's C_t."""
DASHES: dict[str, Any] = {"before": "--", "after": "-"}
LOWEST = 1e-9
"""Shares below this are not drawn: they would press the rest together."""
STEPS_IN_THE_LINEAR = 200
"""Longer clips have a logarithmic axis of the lag."""
PANELS_A_ROW = 3


def all_figures(
    gradients: pd.DataFrame,
    jacobians: pd.DataFrame,
    histogram: pd.DataFrame,
    padding: pd.DataFrame,
    truncation: pd.DataFrame,
    exams: pd.DataFrame,
    curves: pd.DataFrame,
    facts: Mapping[str, Any],
) -> dict[str, bytes]:
    """PNG bytes by name; a figure that there is nothing for is left out."""
    step_s = facts["step_s"]
    drawn: dict[str, Figure] = {}
    if facts["longest"] > 1:
        drawn["gradients"] = over_lag(gradients, "share", "gradient, as a share of that at lag 0", step_s)
        drawn["jacobians"] = over_lag(jacobians, "gain", "gain of the Jacobian", step_s)
    if len(histogram):
        drawn["gates"] = gate_histogram(histogram)
    if padding["padding"].nunique() > 1:
        drawn["padding"] = accuracy_over_padding(padding, facts["chance"], step_s)
    if len(truncation) and truncation["truncate"].nunique() > 1:
        drawn["truncation"] = truncation_sweep(truncation)
    if len(curves):
        drawn["exams"] = exam_curves(exams, curves)
    return {name: png_bytes(figure) for name, figure in drawn.items()}


def over_lag(table: pd.DataFrame, value: str, y: str, step_s: float | None) -> Figure:
    """A value over the lag with its band, a panel a direction: before training dashed, after it solid.

    Args:
        table: cell, direction, when, part, lag, and the value with its band.
        value: Its column.
        y: What stands at the axis.
        step_s: Seconds of a step; None: not known.
    """
    directions = list(dict.fromkeys(table["direction"]))
    figure = new_figure(3.4)
    panels = figure.subplots(1, len(directions), sharey=True, squeeze=False)[0]
    for axes, direction in zip(panels, directions, strict=True):
        rows = table[table["direction"] == direction]
        reads = "reads forwards" if direction == "forward" else "reads backwards"
        dress(axes, reads, lag_label(step_s), "" if axes is not panels[0] else y)
        for (cell, part, when), line in rows.groupby(["cell", "part", "when"], sort=False):
            _draw_line(axes, line, value, _colour(str(cell), str(part)), str(when))
        _lag_axes(axes, rows, value)
    _legend_of_lines(figure, table)
    return figure


def lag_label(step_s: float | None) -> str:
    """What stands below an axis of the lag."""
    return "steps back" if step_s is None else f"steps back (1 step: {short_number(step_s)} s)"


def _colour(cell: str, part: str) -> str:
    return CELL_STATE if part == "C" else COLOURS[cell]


def _draw_line(axes: Axes, line: pd.DataFrame, value: str, colour: str, when: str) -> None:
    """Without the zeros, of which there is no logarithm."""
    low, middle, high = (line[name].where(line[name] > 0) for name in (f"{value}_low", value, f"{value}_high"))
    after, beside = when == "after", (line["cell"].iloc[0], line["part"].iloc[0]) == ("lstm", "h")
    axes.fill_between(
        line["lag"],
        low.fillna(LOWEST / 10),
        high,
        where=high.notna(),
        color=colour,
        alpha=0.16 if after and not beside else 0.05,
        linewidth=0,
    )
    axes.plot(line["lag"], middle, color=colour, linestyle=DASHES[when], linewidth=1.6 if after and not beside else 1.0)


def _lag_axes(axes: Axes, rows: pd.DataFrame, value: str) -> None:
    axes.set_yscale("log")
    middle, high = rows[value][rows[value] > 0], rows[f"{value}_high"][rows[f"{value}_high"] > 0]
    if len(middle):
        axes.set_ylim(max(LOWEST, middle.min() / 3), max(high.max(), middle.max()) * 2)
    if rows["lag"].max() > STEPS_IN_THE_LINEAR:
        axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(0, max(1, rows["lag"].max()))


def _legend_of_lines(figure: Figure, table: pd.DataFrame) -> None:
    names = list(dict.fromkeys(zip(table["cell"], table["part"], strict=True)))
    gated = {cell for cell, part in names if part == "C"}
    handles = [Line2D([], [], color=_colour(cell, part)) for cell, part in names]
    texts = [f"{WORDS[cell]}, {part}" if cell in gated else WORDS[cell] for cell, part in names]
    handles += [Line2D([], [], color=GREY, linestyle=dashes) for dashes in DASHES.values()]
    _legend_below(figure, handles, [*texts, "before training", "after training"])


def _legend_below(figure: Figure, handles: list[Any], names: list[str], title: str = "") -> None:
    options = {"fontsize": SMALL_PT, "title_fontsize": SMALL_PT, "frameon": False, "labelcolor": INK}
    figure.legend(handles, names, title=title, loc="outside lower center", ncols=min(6, len(names)), **options)


def gate_histogram(table: pd.DataFrame) -> Figure:
    """How often the gate that keeps is open by how much; the mean as a line below it.

    Args:
        table: cell, direction, when, gate, low, high, share.
    """
    cells = list(dict.fromkeys(table["cell"]))
    figure = new_figure(2.6)
    panels = figure.subplots(1, len(cells), sharey=True, squeeze=False)[0]
    for axes, cell in zip(panels, cells, strict=True):
        rows = table[table["cell"] == cell]
        gate = rows["gate"].iloc[0]
        words = "forget gate" if gate == "f" else "update gate"
        dress(
            axes, f"{WORDS[cell]}", f"{words} {gate}: what of the state stays", "" if axes is not panels[0] else "share"
        )
        for when, of in rows.groupby("when", sort=False):
            _draw_bins(axes, of.groupby(["low", "high"], as_index=False)["share"].mean(), COLOURS[cell], str(when))
        axes.set_xlim(0, 1)
    highest = table.groupby(["cell", "when", "low"])["share"].mean().max()
    panels[0].set_ylim(0, 1.06 * highest)
    handles = [Line2D([], [], color=GREY, linestyle=dashes) for dashes in DASHES.values()]
    _legend_below(figure, handles, ["before training", "after training"])
    return figure


def _draw_bins(axes: Axes, bins: pd.DataFrame, colour: str, when: str) -> None:
    edges = [*bins["low"], bins["high"].iloc[-1]]
    axes.stairs(bins["share"], edges, color=colour, linestyle=DASHES[when], linewidth=1.3)
    if when == "after":
        axes.stairs(bins["share"], edges, color=colour, alpha=0.16, fill=True)


def accuracy_over_padding(table: pd.DataFrame, chance: float, step_s: float | None) -> Figure:
    """Accuracy on test over the neutral steps on both sides of a clip, with its interval.

    Args:
        table: cell, padding, accuracy with its interval.
        chance: The accuracy of always answering the commonest class.
        step_s: Seconds of a step; None: not known.
    """
    figure = new_figure(3.2)
    label = "neutral steps before and after each clip" + ("" if step_s is None else "; seconds on one side")
    axes = dress(figure.add_subplot(), x=label, y="accuracy on test")
    for number, (cell, rows) in enumerate(table.groupby("cell", sort=False)):
        at = rows["padding"] * 1.03 ** (number - 1)  # side by side, so that no interval covers another
        spread = [rows["accuracy"] - rows["accuracy_low"], rows["accuracy_high"] - rows["accuracy"]]
        look: dict[str, Any] = {
            "color": COLOURS[str(cell)],
            "marker": "o",
            "markersize": 4,
            "linewidth": 1.5,
            "elinewidth": 1,
        }
        axes.errorbar(at, rows["accuracy"], yerr=np.array(spread), label=WORDS[str(cell)], **look)
    axes.axhline(chance, color=GREY, linestyle="--", linewidth=1, label="commonest class")
    _padding_ticks(axes, sorted(table["padding"].unique()), step_s)
    axes.set_ylim(0, 1.03)
    legend(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _padding_ticks(axes: Axes, paddings: list[int], step_s: float | None) -> None:
    smallest = min((m for m in paddings if m > 0), default=1)
    axes.set_xscale("symlog", linthresh=smallest, linscale=0.6, base=2)
    names = [f"{m}" if step_s is None else f"{m}\n{short_number(float(f'{m * step_s:.2g}'))} s" for m in paddings]
    axes.set_xticks(paddings, names)
    axes.minorticks_off()
    axes.set_xlim(-0.15 * smallest, max(paddings) * 1.2)


def truncation_sweep(table: pd.DataFrame) -> Figure:
    """Accuracy, loss, time and memory of a training over the steps that its gradient goes back.

    Args:
        table: cell, truncate, whole, trained, val_accuracy, val_loss, seconds, kept_bytes.
    """
    rows = table[table["trained"]].assign(megabytes=table["kept_bytes"] / 1e6)
    panels = {
        "val_accuracy": "accuracy on val",
        "val_loss": "loss on val",
        "seconds": "seconds of training",
        "megabytes": "activations kept, MB",
    }
    figure = new_figure(4.4)
    for axes, (column, title) in zip(figure.subplots(2, 2, sharex=True).ravel(), panels.items(), strict=True):
        below = column in ("seconds", "megabytes")
        dress(axes, title, "steps that the gradient goes back" if below else "")
        for cell, line in rows.groupby("cell", sort=False):
            axes.plot(line["truncate"], line[column], color=COLOURS[str(cell)], marker="o", markersize=4)
        if column != "val_accuracy":
            axes.set_ylim(bottom=0)
        _truncation_ticks(axes, rows)
    cells = list(dict.fromkeys(rows["cell"]))
    _legend_below(
        figure, [Line2D([], [], color=COLOURS[cell], marker="o") for cell in cells], [WORDS[c] for c in cells]
    )
    return figure


def _truncation_ticks(axes: Axes, rows: pd.DataFrame) -> None:
    steps = rows.drop_duplicates("truncate").sort_values("truncate")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_minor_formatter(NullFormatter())
    names = [f"all ({k})" if whole else f"{k}" for k, whole in zip(steps["truncate"], steps["whole"], strict=True)]
    axes.set_xticks(steps["truncate"].tolist(), names)
    axes.minorticks_off()


def exam_curves(exams: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """The error over the steps of training, a panel an exam and distance, a line a cell; dashed: guessing.

    Args:
        exams: exam, steps_between, cell, guessing.
        curves: exam, steps_between, cell, step, error.
    """
    asked = list(curves.groupby(["exam", "steps_between"], sort=False))
    rows = -(-len(asked) // PANELS_A_ROW)
    figure = new_figure(1.9 * rows + 0.4)
    grid = figure.subplots(rows, min(PANELS_A_ROW, len(asked)), squeeze=False)
    for axes in grid.ravel()[len(asked) :]:
        axes.set_axis_off()
    for axes, ((exam, between), part) in zip(grid.ravel(), asked, strict=False):
        dress(axes, plain(f"{str(exam).replace('_', ' ')}, {between} steps"), "steps of training", "error")
        of = exams[(exams["exam"] == exam) & (exams["steps_between"] == between)]
        _draw_exam(axes, part, float(of["guessing"].iloc[0]))
    cells = list(dict.fromkeys(curves["cell"]))
    handles = [Line2D([], [], color=COLOURS[cell]) for cell in cells] + [Line2D([], [], color=GREY, linestyle="--")]
    _legend_below(figure, handles, [*(WORDS[cell] for cell in cells), "guessing"])
    return figure


def _draw_exam(axes: Axes, curves: pd.DataFrame, guessing: float) -> None:
    for cell, line in curves.groupby("cell", sort=False):
        axes.plot(line["step"], line["error"], color=COLOURS[str(cell)], linewidth=1.3)
    axes.axhline(guessing, color=GREY, linestyle="--", linewidth=1)
    axes.set_ylim(0, 1.3 * guessing)  # an untrained net is worse by far than a guess
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))
