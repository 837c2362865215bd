"""The table of the grid: what a row gains, its columns' order, and one solution alone."""

import math

import pandas as pd
import pytest

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.datasets.tables import TableDataset
from seqpipe.evaluation.predictions import predictions_table
from seqpipe.evaluation.report.transfer import TransferInputs, render_transfer_report
from seqpipe.study.evaluator import Evaluator
from seqpipe.study.grid import _scores_first, _with_gains

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
EVALUATOR = Evaluator(EvaluationConfig(bootstrap=200, confidence=0.95, calibration_bins=10, mistakes=2), RUNTIME)
IDS = [f"{n:02d}" for n in range(24)]
SPLITS = ["val"] * 8 + ["test"] * 16
SAMPLES = pd.DataFrame({"id": IDS, "group": IDS, "label": ["left", "right"] * 12, "split": SPLITS})


def answers(wrong):
    """Predictions of which the first ``wrong`` of either split are wrong."""
    t = [n % 2 for n in range(24)]
    missed = {*range(wrong), *range(8, 8 + wrong)}
    proba = [[0.8, 0.2] if (k == 0) != (n in missed) else [0.2, 0.8] for n, k in enumerate(t)]
    return predictions_table(IDS, SPLITS, IDS, t, proba, ["left", "right"])


def grid_of(*solutions):
    """The table of (solution, kind, mistakes)."""
    costs = {"parameters": 9, "trainable_parameters": 9, "fit_seconds": 1.0, "search_seconds": 1.0, "device": "cpu"}
    costs |= {"peak_memory_mb": 1.0, "train_gflops": 1.0, "chosen": "{}"}
    rows, predictions = [], []
    for solution, kind, wrong in solutions:
        place = ("last_conv", "avg") if kind == "features" else ("", "")
        told = {"solution": solution, "kind": kind, "backbone": "resnet18", "layer": place[0], "pool": place[1]}
        predictions.append(answers(wrong))
        rows.append({**costs, **told, "feature_size": 8, **EVALUATOR.scores(predictions[-1], SAMPLES)})
    return _scores_first(_with_gains(pd.DataFrame(rows), predictions, SAMPLES, EVALUATOR))


def test_the_gain_is_over_the_fixed_features_that_val_chooses():
    grid = grid_of(("svm", "features", 4), ("linear", "features", 2), ("all", "fine-tuning", 0))
    assert grid["gain"].tolist() == pytest.approx([-2 / 16, 0.0, 2 / 16])
    assert list(grid)[:7] == ["solution", "kind", "backbone", "layer", "pool", "feature_size", "accuracy"]
    assert list(grid).index("gain_high") < list(grid).index("fit_seconds")


@pytest.mark.parametrize("kind", ["features", "fine-tuning"])
def test_of_one_solution_alone_there_is_a_report_as_well(tmp_path, kind):
    dataset = TableDataset(filepath=str(tmp_path / "grid.csv"))
    dataset.save(grid_of(("svm" if kind == "features" else "all", kind, 1)))
    grid = dataset.load()
    assert math.isnan(grid["gain"].item()) == (kind == "fine-tuning")
    transferability = pd.DataFrame(
        {"backbone": ["resnet18"], "layer": ["last_conv"], "pool": ["avg"], "logme": [0.1], "leep": [-1.0]}
    )
    inputs = TransferInputs(
        title="t",
        summary={"corpus": "c", "source_domain": "s", "view": "v", "command": "k"}
        | {"git_commit": "g", "seed": 0, "device": "cpu"}
        | {"versions": {"torch": "2"}},
        grid=grid,
        transferability=transferability.assign(mmd2=float("nan"), accuracy=float("nan")),
        figures={},
        samples=SAMPLES,
    )
    page = render_transfer_report(inputs)
    assert "nan" not in page.lower().split("</style>")[1]
