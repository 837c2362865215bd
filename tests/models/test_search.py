"""What the search says of val is what the comparison says of the same answers."""

from dataclasses import replace

import numpy as np
import pytest
from tests.configs import shipped_values

from seqpipe.config import SvmConfig
from seqpipe.core.errors import UserError
from seqpipe.evaluation.predictions import predictions_table, split_metrics
from seqpipe.metrics.confidence import right_confidences, sure_from
from seqpipe.models.registry import MODELS, check_model
from seqpipe.models.search import search
from seqpipe.tasks.classification import Classification

SVM = SvmConfig(
    standardize=False, pca=None, refit=False, grid={}, pooling="mean", C=1.0, solver="auto", ngrams=1, max_iter=100,
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


def test_a_score_that_is_chosen_by_and_is_not_there_is_said_after_the_first_trial(means, runtime):
    class Named(Classification):
        choose_by = {"recall": "higher"}

    with pytest.raises(UserError, match=r"classification: its val_scores lack recall, error, .*and have accuracy"):
        search("svm", SVM, means, runtime, Named(), needed="error")
    search("svm", SVM, means, runtime, needed="accuracy")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_in_the_box_goes_by_the_name_of_its_entry(name):
    check_model(name)


def test_a_model_that_goes_by_another_name_is_refused(monkeypatch):
    monkeypatch.setitem(MODELS, "toy", MODELS["svm"])
    with pytest.raises(UserError, match=r"The model toy .*expected kind to be 'toy'.* got 'svm'"):
        check_model("toy")


def test_answers_are_sure_from_a_confidence_on_that_the_model_had_on_val_before_it_was_fitted_on_it(means, runtime):
    kept, _, record = search("svm", SVM, means, runtime)
    val = means.part("val")
    proba = kept.predict_proba(val)
    assert record["sure_from"] == sure_from(right_confidences(proba, proba.argmax(axis=1), val.t))
    _, _, again = search("svm", SVM.model_copy(update={"refit": True}), means, runtime)
    assert again["sure_from"] == record["sure_from"]


@pytest.mark.parametrize(("steps", "tried"), [(5, {"mean"}), (120, {"mean", "pyramid"})])
def test_thirds_are_tried_where_samples_are_long_and_where_nothing_else_is_asked_for(means, runtime, steps, tried):
    more = ((0, 0), (0, steps - 5))
    data = replace(
        means, x=np.pad(means.x, (*more, (0, 0))), mask=np.pad(means.mask, more), times_s=np.pad(means.times_s, more)
    )
    values = shipped_values("svm") | {"grid": {"pooling": ["mean", "pyramid"]}}
    _, trials, _ = search("svm", SvmConfig(**values), data, runtime)
    assert set(trials["param.pooling"]) == tried
    alone = SvmConfig(**values | {"grid": {"pooling": ["pyramid"]}})
    model, *_ = search("svm", alone, data, runtime)
    assert model.config.pooling == "pyramid"
    assert model.reads_order
