"""What the search says of val is what the comparison says of the same answers."""

import numpy as np
import pytest

from seqpipe.config import SvmConfig
from seqpipe.evaluation.predictions import predictions_table, split_metrics
from seqpipe.models.search import search

SVM = SvmConfig(
    standardize=False, pca=None, refit=False, grid={}, pooling="mean", C=1.0, solver="auto", max_iter=100,
    kernel="linear", gamma="scale",
)  # fmt: skip


def test_val_is_scored_as_everywhere_else_also_where_a_class_is_only_predicted(means, runtime, monkeypatch):
    without_c = means.take(np.flatnonzero((means.t != 2) | (means.splits == "train")))
    val = without_c.part("val")
    proba = np.random.default_rng(0).dirichlet(np.ones(3), len(val)).astype(np.float32)
    assert set(val.t) < set(proba.argmax(axis=1))
    monkeypatch.setattr("seqpipe.models.linear.vector.Svm.predict_proba", lambda self, data: proba)
    _, trials, record = search("svm", SVM, without_c, runtime)
    table = predictions_table(val.ids, val.splits, val.groups, val.t, proba, val.class_names)
    for name, value in split_metrics(table).items():
        assert trials[f"val_{name}"].tolist() == [value]
        assert record.get(f"val_{name}", value) == pytest.approx(value)
