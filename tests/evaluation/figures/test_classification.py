"""The figures draw what they say, with the right axes, and leave pyplot alone."""

from __future__ import annotations

import io
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import _pylab_helpers
from matplotlib.figure import Figure
from PIL import Image

from seqpipe.evaluation.by_task import CLASSIFICATION
from seqpipe.evaluation.figures import classification as figures
from seqpipe.evaluation.figures.style import plain
from seqpipe.evaluation.leaderboard import leaderboard
from seqpipe.modalities.film_strips import GAP_PX
from seqpipe.modalities.pictures import Pictures


def pixels(figure: Figure) -> np.ndarray:
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=60)
    return np.asarray(Image.open(png).convert("RGB"))


def texts(figure: Figure) -> list[str]:
    drawn = [t.get_text() for axes in figure.axes for t in axes.texts]
    return drawn + [t.get_text() for legend in figure.legends for t in legend.get_texts()]


@pytest.fixture(autouse=True)
def pyplot_untouched():
    settings = dict(mpl.rcParams)
    yield
    assert not _pylab_helpers.Gcf.figs
    assert dict(mpl.rcParams) == settings


def test_confusion_matrix_shows_the_counts(predict):
    figure = figures.confusion_matrix(predict([0, 0, 1, 1, 1], [0, 1, 1, 1, 0], ["cat", "dog"]))
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cat", "dog"]
    assert [t.get_text() for t in axes.texts] == ["1", "1", "1", "2"]
    shares = np.asarray(axes.images[0].get_array())
    assert shares.ravel().tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 3, 2 / 3])
    assert pixels(figure).std() > 10


def test_confusion_matrix_of_many_classes_shows_the_worst_and_all_their_answers(predict):
    names = [f"c{i}" for i in range(50)]
    truth = np.arange(50).repeat(2)
    predicted = truth.copy()
    predicted[0], predicted[98] = 49, 0
    axes = figures.confusion_matrix(predict(truth, predicted, names)).axes[0]
    shown = [t.get_text() for t in axes.get_yticklabels()]
    assert len(shown) == figures.CLASSES_IN_MATRIX
    assert {"c0", "c49"} <= set(shown)
    assert axes.get_xticklabels()[-1].get_text() == "(any other)"
    assert np.asarray(axes.images[0].get_array()).sum(axis=1) == pytest.approx(1.0)


def test_roc_pr_has_a_line_a_class_and_the_areas(random_predictions):
    table = random_predictions(k=4)
    figure = figures.roc_pr(table)
    left, right = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("false positive rate", "recall")
    assert (right.get_xlabel(), right.get_ylabel()) == ("recall", "precision")
    assert len(right.lines) == 4 + 1
    assert len(left.lines) == 4 + 1 + 1
    from sklearn.metrics import average_precision_score, roc_auc_score

    positive, score = table["label"] == "class 2", table["p_class 2"]
    said = f"{roc_auc_score(positive, score):.3f} / {average_precision_score(positive, score):.3f}  class 2"
    assert said in texts(figure)
    assert any(t.endswith("macro average") for t in texts(figure))
    assert pixels(figure).std() > 5


def test_roc_pr_draws_ten_lines_at_most_and_skips_absent_classes(random_predictions, predict):
    assert len(figures.roc_pr(random_predictions(k=14)).axes[1].lines) == figures.LINES_PER_PLOT + 1
    absent = predict([0, 0, 1], [0, 1, 1], ["a", "b", "absent"])
    assert not any("absent" in t for t in texts(figures.roc_pr(absent)))


def test_roc_pr_of_a_single_class_in_test_is_empty_but_stands(predict):
    figure = figures.roc_pr(predict([0, 0], [0, 1], ["a", "b"]))
    assert len(figure.axes[1].lines) == 0
    pixels(figure)


def test_calibration_draws_the_bins_and_says_the_error(predict):
    figure = figures.calibration(predict([0, 0, 0, 0], [0, 0, 0, 1], ["a", "b"], sure=0.95), bins=10)
    above, below = figure.axes
    assert "0.200" in above.get_title(loc="left")
    assert [bar.get_height() for bar in above.patches] == [0.75]
    assert sum(bar.get_height() for bar in below.patches) == 4
    assert (above.get_ylabel(), below.get_xlabel()) == ("accuracy", "confidence of the prediction")
    assert pixels(figure).std() > 10


def test_learning_curves_have_a_panel_a_quantity_and_mark_the_best():
    history = pd.DataFrame(
        {
            "epoch": [0, 1, 2],
            "train_loss": [3.0, 2.0, 1.0],
            "val_loss": [3.0, 1.5, 2.0],
            "val_accuracy": [0.2, 0.5, 0.6],
            "lr": [0.1, 0.1, 0.1],
        }
    )
    figure = figures.learning_curves(history)
    loss, accuracy = figure.axes
    assert [loss.get_title(loc="left"), accuracy.get_title(loc="left")] == ["Loss", "Accuracy"]
    assert [line.get_ydata().tolist() for line in loss.lines] == [[3.0, 2.0, 1.0], [3.0, 1.5, 2.0]]
    assert loss.get_legend_handles_labels()[1] == ["train", "val", "lowest: 1.500 at epoch 1"]
    assert accuracy.get_legend_handles_labels()[1] == ["val", "highest: 0.600 at epoch 2"]
    assert pixels(figure).std() > 5


def test_trials_are_named_by_what_varies_best_first():
    trials = pd.DataFrame(
        {
            "trial": [0, 1, 2],
            "param.C": [0.1, 1.0, 10.0],
            "param.kernel": ["linear"] * 3,
            "val_accuracy": [0.5, 0.9, 0.9],
            "val_macro_f1": [0.5, 0.8, 0.8],
            "val_log_loss": [1.0, 0.9, 0.4],
            "fit_seconds": [1.0, 1.0, 1.0],
        }
    )
    axes = figures.trials_figure(trials).axes[0]
    assert axes.get_xlabel() == "macro F1 on val"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["C=10.0", "C=1.0", "C=0.1"]
    assert [t.get_text() for t in axes.texts] == ["0.800", "0.800", "0.500"]


def test_a_single_trial_needs_no_grid():
    trials = pd.DataFrame({"trial": [0], "val_macro_f1": [0.5], "val_log_loss": [1.0]})
    axes = figures.trials_figure(trials).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["the one setting"]


def test_comparison_tells_what_is_no_model_and_what_a_task_tells_models_apart_by():
    board = pd.DataFrame({
        "model": ["human", "decoder_par", "consensus"], "cider": [2.0, 1.0, 0.5], "cider_low": [1.8, 0.9, 0.4],
        "cider_high": [2.2, 1.1, 0.6], "fit_seconds": [np.nan, 3.0, 1.0], "trainable_parameters": [np.nan, 100.0, 0.0],
        "reads_order": False,
    })  # fmt: skip
    axes = figures.comparison(board, "cider", "CIDEr-D", ("trainable_parameters", "has a net", "has none")).axes[0]
    assert axes.get_legend_handles_labels()[1] == ["has a net", "has none", "no model"]
    assert axes.get_xlim()[1] > 2.2


def test_three_panels_have_their_legends_below_each_other():
    history = pd.DataFrame(
        {"epoch": [0, 1], "val_loss": [2.0, 1.0], "val_accuracy": [0.1, 0.2], "val_cider": [0.1, 0.3]}
    )
    figure = figures.learning_curves(history, {"cider": "CIDEr-D, said freely"})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "Accuracy", "CIDEr-D, said freely"]
    figure.draw_without_rendering()
    boxes = [axes.get_legend().get_window_extent() for axes in figure.axes]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    assert all(axes.get_window_extent().width > 100 for axes in figure.axes)


def test_trials_may_be_ordered_by_another_score():
    trials = pd.DataFrame({"trial": [0, 1], "param.n": [5, 15], "val_cider": [0.2, 1.4]})
    axes = figures.trials_figure(trials, {"cider": "higher"}, "CIDEr-D").axes[0]
    assert axes.get_xlabel() == "CIDEr-D on val"
    assert [t.get_text() for t in axes.texts] == ["1.400", "0.200"]
    assert axes.get_xlim()[1] > 1.4


def test_comparison_shows_every_model_its_interval_and_chance(predict, judged):
    tables = {
        "lstm": predict([0, 1, 1], [0, 1, 1], ["a", "b"]),
        "svm": predict([0, 1, 1], [0, 0, 1], ["a", "b"]),
    }
    board = leaderboard(
        {"lstm": judged(tables["lstm"], reads_order=True), "svm": judged(tables["svm"])}, CLASSIFICATION
    )
    axes = figures.comparison(board).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["lstm", "svm"]
    assert [t.get_text() for t in axes.texts] == ["1.000", "0.667"]
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["reads the steps in order", "blind to order", "commonest class: 0.667"]


@pytest.fixture
def samples(tmp_path) -> pd.DataFrame:
    """Two folders of frames, and a third that is not there."""
    for name in ("s0", "s1"):
        (tmp_path / name).mkdir()
        for i in range(10):
            Image.new("RGB", (64, 48), (25 * i, 80, 200)).save(tmp_path / name / f"{i:03d}.png")
    ids = ["s0", "s1", "s2"]
    return pd.DataFrame(
        {
            "id": ids,
            "path": [str(tmp_path / name) for name in ids],
            "kind": "frames",
            "length": 10,
        }
    )


@pytest.fixture
def times_s():
    """Six of the ten frames of each sample, which are 0.04 s apart."""
    return {f"s{n}": [0.02, 0.1, 0.18, 0.22, 0.3, 0.38] for n in range(3)}


def test_mistakes_are_strips_of_the_clips_frames(predict, samples, config, times_s):
    table = predict([0, 1, 1], [1, 1, 0], ["cat", "dog"]).query("id != 's2'")
    axes = figures.mistakes(table, samples, config, times_s, Pictures()).axes
    assert [a.get_title(loc="left") for a in axes] == ["cat taken for dog, 0.80 sure    s0"]
    strip = np.asarray(axes[0].images[0].get_array())
    assert strip.shape == (48, 6 * 64 + 5 * GAP_PX, 3)
    reds = [int(strip[24, i * (64 + GAP_PX) + 32, 0]) for i in range(6)]
    assert reds == sorted(set(reds)), "the frames are in their order"


def test_a_file_that_is_gone_is_said_and_the_others_are_shown(predict, samples, config, times_s):
    figure = figures.mistakes(predict([0, 1, 1], [1, 1, 0], ["cat", "dog"]), samples, config, times_s, Pictures())
    shown, gone = figure.axes
    assert len(shown.images) == 1
    assert not gone.images
    assert "cannot be shown" in gone.texts[0].get_text()
    assert pixels(figure).std() > 10


def test_the_surest_mistakes_come_first_and_no_more_than_asked(predict, samples, config, times_s):
    table = predict([0, 0, 0], [1, 1, 1], ["cat", "dog"]).assign(confidence=[0.6, 0.9, 0.7])
    two = config.model_copy(update={"mistakes": 2})
    titles = [
        a.get_title(loc="left").split()[-1] for a in figures.mistakes(table, samples, two, times_s, Pictures()).axes
    ]
    assert titles == ["s1", "s2"]


def test_no_mistakes_is_said(predict, samples, config, times_s):
    figure = figures.mistakes(predict([0, 1], [0, 1], ["cat", "dog"]), samples, config, times_s, Pictures())
    assert figure.texts[0].get_text().startswith("0 mistakes on 2 test samples")


def test_a_users_text_is_shortened_and_starts_no_formula(predict):
    assert len(plain("x" * 200)) == 28
    figure = figures.confusion_matrix(predict([0, 1], [0, 1], ["$\\frac{", "_b"]))
    pixels(figure)
    pixels(figures.roc_pr(predict([0, 1], [0, 1], ["$\\frac{", "_b"])))
