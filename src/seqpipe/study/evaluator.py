"""How every solution is judged: by its predictions, on the same test split, in the same way."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from seqpipe.config import EvaluationConfig, RuntimeConfig
from seqpipe.evaluation.predictions import split_metrics, test_metrics
from seqpipe.metrics.intervals import paired_difference

METRICS = ["accuracy", "accuracy_low", "accuracy_high", "macro_f1", "balanced_accuracy", "log_loss", "n_test"]


@dataclass(frozen=True)
class Evaluator:
    """How every run is judged: on the test split, in the same way."""

    evaluation: EvaluationConfig
    runtime: RuntimeConfig

    def scores(self, predictions: pd.DataFrame, samples: pd.DataFrame) -> dict[str, float]:
        """Of the predictions on test, and on val to choose by; the samples say which group each is of today."""
        rows = _grouped(predictions, samples)
        test = test_metrics(rows, self.evaluation, self.runtime.seed)
        val = split_metrics(rows[rows["split"] == "val"])
        return {name: test[name] for name in METRICS} | {f"val_{name}": value for name, value in val.items()}

    def gain(self, predictions: pd.DataFrame, reference: pd.DataFrame, samples: pd.DataFrame) -> dict[str, float]:
        """What it is ahead of the reference by on test, in accuracy, with its bootstrap interval over groups."""
        rows = _grouped(predictions[predictions["split"] == "test"], samples)
        other = rows["id"].map(reference.set_index("id")["correct"])
        how = self.evaluation
        ahead = paired_difference(
            rows["correct"], other, rows["group"], how.bootstrap, how.confidence, self.runtime.seed
        )
        return {"gain": ahead.mean, "gain_low": ahead.low, "gain_high": ahead.high}


def _grouped(predictions: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The predictions with the groups that the samples have today."""
    groups = samples.set_index("id")["group"].astype(str)
    return predictions.assign(group=predictions["id"].map(groups))
