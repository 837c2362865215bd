"""The ANN against scikit-learn's MLPClassifier: the same network on the same D', in one run.

    python -m benchmarks.ann

Both train by minibatches with Adam (ours is AdamW, its learning rate by a schedule), without dropout, clipping or
weight decay, and take turns for a few rounds, so that another process on the machine disturbs both; medians are told.
The time is that of a whole ``fit``: ours includes pooling, scaling, and the val loss of every epoch; theirs is given
the scaled vectors. Writes ``benchmarks/results/ann.json``; its first figures are of the case with the smaller ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from benchmarks.common import RESULTS, RUNTIME, machine
from seqpipe.config import AnnConfig, TrainingConfig
from seqpipe.data.dataset import FeatureDataset
from seqpipe.models.ann import Ann
from seqpipe.runtime.devices import computing
from seqpipe.targets.classes import ClassTargets

CLASSES = 10
HIDDEN, BATCH_SIZE, LEARNING_RATE = [256], 64, 1e-3
# How far the classes' means are apart, in deviations of a feature: right answers stay below 100 %.
APART = 0.12


@dataclass(frozen=True)
class Case:
    """A D': training clips, features, and how long it is trained."""

    clips: int
    size: int
    epochs: int


CASES = (Case(5000, 512, 10), Case(2000, 9216, 4))


def main() -> None:
    parser = argparse.ArgumentParser(description="The ANN against scikit-learn's MLPClassifier.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    results = [measure(case, rounds) for case in CASES]
    slowest = min(results, key=lambda result: float(result["ratio"]))
    told = {**slowest, "cases": results, "machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "ann.json").write_text(json.dumps(told, indent=2) + "\n")
    _print(told)


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Both in turns; accuracies are on the test split, of each one's last round."""
    dataset = make_dataset(case)
    ours, theirs = [], []
    for round_ in range(rounds):
        seconds, accuracy = _ours(dataset, case.epochs)
        ours.append(case.epochs / seconds)
        seconds, reference_accuracy = _theirs(dataset, case.epochs)
        theirs.append(case.epochs / seconds)
        print(f"  round {round_ + 1}: {ours[-1]:.2f} against {theirs[-1]:.2f} epochs/s", flush=True)
    return {
        "ratio": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "epochs_per_second": statistics.median(ours),
        "reference_epochs_per_second": statistics.median(theirs),
        "accuracy": accuracy,
        "reference_accuracy": reference_accuracy,
        "accuracy_difference": accuracy - reference_accuracy,
        "clips": case.clips,
        "feature_size": case.size,
        "hidden": HIDDEN,
        "batch_size": BATCH_SIZE,
        "epochs": case.epochs,
        "rounds": {"ours": ours, "reference": theirs},
    }


def make_dataset(case: Case) -> FeatureDataset:
    """Classes with means of their own, one frame a clip; val has a tenth and test half as many clips as train."""
    counts = {"train": case.clips, "val": case.clips // 10, "test": case.clips // 2}
    n = sum(counts.values())
    rng = np.random.default_rng(0)
    t = rng.integers(0, CLASSES, n)
    means = rng.normal(size=(CLASSES, case.size)).astype(np.float32) * (APART * (512 / case.size) ** 0.5)
    names = np.array([f"clip{i:05d}" for i in range(n)])
    return FeatureDataset(
        x=(means[t] + rng.standard_normal((n, case.size), np.float32))[:, None],
        mask=np.ones((n, 1), bool),
        times_s=np.zeros((n, 1), np.float32),
        targets=ClassTargets(t, tuple(f"class{k}" for k in range(CLASSES))),
        ids=names,
        groups=names,
        splits=np.repeat(list(counts), list(counts.values())),
        fingerprint="benchmark",
    )


def _ours(dataset: FeatureDataset, epochs: int) -> tuple[float, float]:
    """Seconds of fitting, and the accuracy on test."""
    config = AnnConfig(
        pooling="mean",
        standardize=True,
        pca=None,
        refit=False,
        grid={},
        hidden=HIDDEN,
        dropout=0.0,
        training=TrainingConfig(
            learning_rate=LEARNING_RATE,
            warm_up=0.1,
            weight_decay=0.0,
            batch_size=BATCH_SIZE,
            accumulate=1,
            epochs=epochs,
            clip_norm=None,
            patience=None,
            keep="last",
        ),
    )
    train, val, test = (dataset.part(split) for split in ("train", "val", "test"))
    model = Ann(config, RUNTIME)
    with computing(RUNTIME):
        started = time.perf_counter()
        model.fit(train, val)
        seconds = time.perf_counter() - started
    return seconds, float((model.predict_proba(test).argmax(axis=1) == test.t).mean())


def _theirs(dataset: FeatureDataset, epochs: int) -> tuple[float, float]:
    train, test = dataset.part("train"), dataset.part("test")
    scaler = StandardScaler().fit(train.x[:, 0])
    scaled = scaler.transform(train.x[:, 0])
    model = MLPClassifier(
        tuple(HIDDEN),
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        alpha=0.0,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=RUNTIME.seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for, no more
        started = time.perf_counter()
        model.fit(scaled, train.t)
        seconds = time.perf_counter() - started
    return seconds, float(model.score(scaler.transform(test.x[:, 0]), test.t))


def _print(told: dict[str, Any]) -> None:
    print(f"\n{told['machine']}\nhidden {told['hidden']}, batch size {told['batch_size']}\n")
    print(f"  {'D-prime':<16}{'seqpipe':>12}{'scikit-learn':>14}{'ratio':>8}{'accuracy':>20}")
    for case in told["cases"]:
        name = f"{case['clips']} x {case['feature_size']}"
        rates = f"{case['epochs_per_second']:>8.2f}/s{case['reference_epochs_per_second']:>12.2f}/s"
        accuracies = f"{case['accuracy']:.3f} and {case['reference_accuracy']:.3f}"
        print(f"  {name:<16}{rates:>26}{case['ratio']:>8.2f}{accuracies:>20}")


if __name__ == "__main__":
    main()
