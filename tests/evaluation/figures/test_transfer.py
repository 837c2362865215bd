"""The figures of transfer learning draw every value they are given, and stand what real tables lack."""

from __future__ import annotations

import io
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import _pylab_helpers
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from seqpipe.evaluation.figures import transfer as figures
from seqpipe.evaluation.figures.transfer import GAP_PX, LONGEST_SIDE_PX, Explained, frame_and_overlay, short_number


def pixels(figure: Figure) -> np.ndarray:
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=50)
    return np.asarray(Image.open(png).convert("RGB"))


def offsets(axes) -> np.ndarray:
    """(n, 2) of all points of the scatters."""
    found = [np.ma.getdata(c.get_offsets()) for c in axes.collections if hasattr(c, "get_sizes")]
    return np.concatenate(found)


def said(axes) -> list[str]:
    return [t.get_text() for t in axes.texts]


@pytest.fixture(autouse=True)
def pyplot_untouched():
    settings = dict(mpl.rcParams)
    yield
    assert not _pylab_helpers.Gcf.figs
    assert dict(mpl.rcParams) == settings


@pytest.fixture
def grid() -> pd.DataFrame:
    """Two layers, three classifiers on each, and two strategies of fine-tuning."""
    rows = [
        ("last_conv", "svm", "features", 0.90, 0.5, 5_000),
        ("last_conv", "linear", "features", 0.88, 0.2, 5_000),
        ("last_conv", "ann", "features", 0.85, 9.0, 80_000),
        ("penultimate", "svm", "features", 0.80, 0.4, 5_000),
        ("penultimate", "linear", "features", 0.93, 0.3, 5_000),
        ("penultimate", "ann", "features", 0.86, 8.0, 80_000),
        ("", "all", "fine-tuning", 0.95, 300.0, 1_500_000),
        ("", "scratch", "fine-tuning", 0.50, 290.0, 1_500_000),
    ]
    columns = ["layer", "solution", "kind", "accuracy", "fit_seconds", "trainable_parameters"]
    table = pd.DataFrame(rows, columns=columns).assign(backbone="resnet18", pool="avg", peak_memory_mb=500.0)
    table["train_gflops"] = table["fit_seconds"] * 3
    return table.assign(
        accuracy_low=table["accuracy"] - 0.04, accuracy_high=table["accuracy"] + 0.03, macro_f1=table["accuracy"]
    )


def test_trade_off_has_a_panel_a_cost_and_a_point_a_model(grid):
    figure = figures.trade_off(grid)
    assert [a.get_xlabel() for a in figure.axes] == list(figures.COSTS.values())
    for axes, cost in zip(figure.axes, figures.COSTS, strict=True):
        drawn = sorted(map(tuple, offsets(axes)))
        assert drawn == sorted(zip(grid[cost].astype(float), grid["accuracy"], strict=True))
        assert axes.get_xscale() == "log"
        low, high = axes.get_xlim()
        assert low < grid[cost].min() <= grid[cost].max() < high
    assert figure.axes[0].get_ylim()[0] < 0.46
    assert pixels(figure).std() > 5


def test_trade_off_names_the_best_of_each_solution_and_writes_those_of_each_kind_out(grid):
    for axes in figures.trade_off(grid).axes:
        assert sorted(said(axes)) == ["all 0.950", "ann", "linear 0.930", "scratch", "svm"]
        svm = next(t for t in axes.texts if t.get_text() == "svm")
        assert svm.xy[1] == 0.90


def test_trade_off_shows_the_interval_of_the_best_alone_and_tells_the_kinds_apart(grid):
    axes = figures.trade_off(grid).axes[0]
    segments = [s for c in axes.collections if hasattr(c, "get_segments") for s in c.get_segments()]
    assert sorted(s[:, 1].tolist() for s in segments) == [
        pytest.approx([a - 0.04, a + 0.03]) for a in (0.50, 0.86, 0.90, 0.93, 0.95)
    ]
    handles, names = axes.get_legend_handles_labels()
    assert names == ["C' on the features, CNN as it is", "CNN trained on the frames"]
    first, second = handles
    assert first.get_facecolor().tolist() != second.get_facecolor().tolist()


def test_no_labels_of_the_trade_off_overlap(grid):
    crowded = grid.assign(accuracy=0.9 + grid["accuracy"] / 100)
    crowded.loc[crowded["solution"] == "scratch", "solution"] = "a solution with a very long name indeed"
    for table in (grid, crowded):
        figure = figures.trade_off(table)
        figure.draw_without_rendering()
        for axes in figure.axes:
            boxes = [Text.get_window_extent(note) for note in axes.texts]
            assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_trade_off_of_costs_that_are_zero_unknown_or_absent(grid):
    table = grid.drop(columns="peak_memory_mb").assign(trainable_parameters=np.nan)
    table.loc[table["solution"] == "svm", "train_gflops"] = 0.0
    table.loc[table["solution"] == "ann", "train_gflops"] = np.nan
    table.loc[0, "accuracy"] = np.nan
    seconds, gflops = figures.trade_off(table).axes
    assert len(offsets(seconds)) == len(grid) - 1
    assert len(offsets(gflops)) == len(grid) - 3
    assert gflops.get_xscale() == "symlog"
    assert gflops.get_xlim()[0] < 0 < table.loc[table["train_gflops"] > 0, "train_gflops"].min()
    assert "ann" in said(seconds)
    assert "ann" not in said(gflops)
    unknown = grid.assign(train_gflops=grid["train_gflops"].where(grid["solution"] != "linear"))
    assert sorted(said(figures.trade_off(unknown).axes[2])) == ["all 0.950", "ann", "scratch", "svm"], "svm is not best"
    assert all(figures.trade_off(grid.assign(train_gflops=0.0)).axes[2].get_xticks() == [0.0])


def test_trade_off_of_one_row_and_of_nothing(grid):
    figure = figures.trade_off(grid.head(1))
    assert [said(a) for a in figure.axes] == [["svm 0.900"]] * 4
    assert len(figure.axes[0].get_legend_handles_labels()[1]) == 1
    pixels(figure)
    nothing = figures.trade_off(grid.assign(accuracy=np.nan))
    assert nothing.texts[0].get_text() == "No solution has both an accuracy and a cost."


def test_a_users_names_start_no_formula(grid):
    pixels(figures.trade_off(grid.assign(solution="$\\frac{" + grid["solution"])))


def test_short_numbers():
    numbers = [0, 0.05, 1, 12.5, 999, 1000, 25_000, 1_500_000, 2e9, 3e12]
    assert [short_number(n) for n in numbers] == ["0", "0.05", "1", "12.5", "999", "1k", "25k", "1.5M", "2G", "3T"]


@pytest.fixture
def curve() -> pd.DataFrame:
    rows = [("svm", "features", n, d, 0.1 * n + 0.01 * d) for n in (1, 2, 5) for d in range(3)]
    rows += [("svm", "features", 8, 0, 0.9), ("all", "fine-tuning", 2, 0, 0.3), ("all", "fine-tuning", 8, 0, 0.95)]
    return pd.DataFrame(rows, columns=["solution", "kind", "n_per_class", "draw", "accuracy"])


def test_samples_curve_draws_means_and_the_spread_of_the_draws(curve):
    axes = figures.learning_curve(curve).axes[0]
    svm, whole = axes.lines
    assert svm.get_xdata().tolist() == [1, 2, 5, 8]
    assert svm.get_ydata().tolist() == pytest.approx([0.11, 0.21, 0.51, 0.9])
    assert (svm.get_linestyle(), whole.get_linestyle()) == ("-", "--")
    assert whole.get_ydata().tolist() == [0.3, 0.95]
    band = axes.collections[0].get_paths()[0].vertices
    assert band[band[:, 0] == 2][:, 1].min() == pytest.approx(0.2)
    assert band[band[:, 0] == 2][:, 1].max() == pytest.approx(0.22)
    assert axes.get_xscale() == "log"
    assert sorted(t.get_text() for t in axes.get_xticklabels()) == ["1", "2", "5", "all\n(8)"]
    assert axes.get_legend_handles_labels()[1] == ["svm", "all"]


def test_samples_curve_of_all_samples_alone_of_missing_values_and_of_nothing(curve):
    one = figures.learning_curve(curve[curve["n_per_class"] == 8])
    assert [t.get_text() for t in one.axes[0].get_xticklabels()] == ["all\n(8)"]
    pixels(one)
    curve.loc[curve["solution"] == "all", "accuracy"] = np.nan
    assert len(figures.learning_curve(curve).axes[0].lines) == 1
    assert not figures.learning_curve(curve.head(0)).axes


def test_samples_curve_leaves_out_ticks_that_would_be_written_over(curve):
    crowded = pd.concat([curve, curve.assign(n_per_class=8.3)])
    shown = [t.get_text() for t in figures.learning_curve(crowded).axes[0].get_xticklabels()]
    assert sorted(shown) == ["1", "2", "5", "all\n(8)"]


def test_lines_of_many_solutions_differ(curve):
    many = pd.concat([curve.assign(solution=f"{s} {i}") for i, s in enumerate("abcdefgh")])
    lines = figures.learning_curve(many).axes[0].lines
    assert len({(x.get_color(), x.get_marker(), x.get_linestyle()) for x in lines}) == len(lines) == 16


@pytest.fixture
def layers() -> pd.DataFrame:
    rows = [
        ("a", "last_conv", "avg", 0.8, 0.1, -1.0),
        ("a", "penultimate", "avg", 0.9, 0.3, -1.0),
        ("b", "last_conv", "avg", 0.7, 0.2, -2.0),
        ("b", "last_conv", "flatten", 0.95, 0.4, -2.0),
    ]
    return pd.DataFrame(rows, columns=["backbone", "layer", "pool", "accuracy", "logme", "leep"])


def test_scores_vs_accuracy_draws_the_layers_and_says_the_correlation(layers):
    figure = figures.transferability_vs_accuracy(layers)
    logme, leep = figure.axes
    assert sorted(map(tuple, offsets(logme))) == [(0.1, 0.8), (0.2, 0.7), (0.3, 0.9), (0.4, 0.95)]
    assert sorted(said(logme)) == ["last_conv avg", "last_conv avg", "last_conv flatten", "penultimate avg"]
    assert logme.get_title(loc="left").startswith("Kendall's tau 0.67 (p 0.33)")
    assert sorted(map(tuple, offsets(leep))) == [(-2.0, 0.95), (-1.0, 0.9)], "a backbone's best layer"
    assert leep.get_title(loc="left") == "too few points to rank (2 of 3)"
    assert sorted(said(leep)) == ["a", "b"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["a", "b"]
    assert pixels(figure).std() > 3


def test_scores_vs_accuracy_of_few_points_and_missing_scores(layers):
    one = figures.transferability_vs_accuracy(layers.head(1).drop(columns="leep"))
    assert [a.get_xlabel() for a in one.axes] == ["LogME"]
    assert one.axes[0].get_title(loc="left") == "too few points to rank (1 of 3)"
    assert not one.legends
    pixels(one)
    of_one_backbone = figures.transferability_vs_accuracy(layers[layers["backbone"] == "a"])
    assert [a.get_xlabel() for a in of_one_backbone.axes] == ["LogME"], "one point of LEEP compares nothing"
    alike = figures.transferability_vs_accuracy(layers.assign(accuracy=0.9, leep=np.nan))
    assert alike.axes[0].get_title(loc="left") == "all alike: no ranks to compare"
    assert figures.transferability_vs_accuracy(layers.assign(logme=np.nan, leep=np.nan)).texts


def test_domain_bars_say_the_distance_of_each_layer(layers):
    table = layers.assign(mmd2=[0.5, -0.001, 0.2, np.nan])
    axes = figures.domain_bars(table).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.0, 0.2]
    assert [t.get_text().strip() for t in axes.texts] == ["0.500", "-0.001", "0.200"]
    names = [t.get_text() for t in axes.get_yticklabels()]
    assert names == ["a: last_conv avg", "a: penultimate avg", "b: last_conv avg"]
    one = figures.domain_bars(table.head(1))
    assert [t.get_text() for t in one.axes[0].get_yticklabels()] == ["last_conv avg"]
    assert figures.domain_bars(table.tail(1)).texts


def explained(size: tuple[int, int], label: str, predicted: str) -> Explained:
    frame = np.full((*size, 3), (200, 40, 40), np.uint8)
    heat = np.zeros((7, 7))
    heat[0, 0] = 1.0
    return Explained(frame, heat, label, predicted, 0.876)


def test_gradcam_puts_right_ones_above_wrong_ones():
    examples = [explained((64, 64), "cat", "dog"), explained((64, 64), "cat", "cat"), explained((30, 90), "dog", "dog")]
    figure = figures.gradcam_panels(examples)
    above, below = figure.subfigs
    assert [half.get_suptitle() for half in (above, below)] == ["Right", "Wrong"]
    captions = [[a.get_title(loc="left") for a in half.axes if a.images] for half in (above, below)]
    assert captions == [["cat, 0.88", "dog, 0.88"], ["cat\ntaken for dog, 0.88"]]
    assert pixels(figure).std() > 5
    assert above.axes[0].get_window_extent().y0 > below.axes[0].get_window_extent().y1


def test_gradcam_draws_every_example_and_needs_neither_kind():
    many = [explained((20 + i, 60), "a", "a") for i in range(7)]
    assert sum(len(a.images) for a in figures.gradcam_panels(many).subfigs[0].axes) == 7
    assert [s.get_suptitle() for s in figures.gradcam_panels(many).subfigs] == ["Right"]
    assert figures.gradcam_panels([]).texts[0].get_text() == "No frame has been explained."
    long = [explained((1080, 1920), "$" + "x" * 90, "y" * 90), explained((3, 1000), "a", "a")]
    pixels(figures.gradcam_panels(long))


@pytest.mark.parametrize("size", [(64, 48), (1080, 1920), (LONGEST_SIDE_PX, 10)])
def test_the_overlay_is_hot_where_the_heat_is_and_grey_elsewhere(size):
    frame, heat = np.full((*size, 3), (200, 40, 40), np.uint8), np.zeros((8, 8), np.float32)
    heat[:4] = 1.0
    pair = frame_and_overlay(frame, heat)
    height, width = pair.shape[0], (pair.shape[1] - GAP_PX) // 2
    assert max(height, width) == LONGEST_SIDE_PX
    assert (pair[:, :width] == (200, 40, 40)).all()
    assert (pair[:, width : width + GAP_PX] == 255).all()
    hot, cold = pair[height // 8, -width // 2].astype(int), pair[-1, -width // 2].astype(int)
    assert np.ptp(cold) == 0
    assert hot[0] > hot[2] + 50


def test_an_unknown_heat_shows_the_frame_alone():
    pair = frame_and_overlay(np.full((8, 8, 3), 90, np.uint8), np.full((2, 2), np.nan))
    assert (pair[:, -100:] == 90).all()
