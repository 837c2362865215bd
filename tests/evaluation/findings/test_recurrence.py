"""What a sequence is worth is told on the same samples, and only where there is something to hold it against."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from seqpipe.evaluation.findings.recurrence import ahead, recurrence_contrast

NAMES = ["left", "right"]
TRUTH = np.arange(40) % 2


@pytest.fixture
def results(predict, judged):
    """Models that are right on the first so many samples; one fit took more."""

    def make(**right):
        groups = [f"g{n // 4}" for n in range(len(TRUTH))]
        made = {}
        for name, first in right.items():
            predicted = np.where(np.arange(len(TRUTH)) < first, TRUTH, 1 - TRUTH)
            of = judged(predict(TRUTH, predicted, NAMES, groups))
            fit = of.fit | {"seed": 0, "peak_memory_mb": 100.0, "fit_seconds": 300.0, "val_accuracy": first / 40}
            made[name] = dataclasses.replace(of, fit=fit)
        return made

    return make


def test_a_gain_is_told_with_its_interval_on_the_same_samples(results):
    said = recurrence_contrast(results(single_frame=10, svm=10, lstm=30, lrcn=40))
    assert said.startswith("Over single frames (single_frame, right on 25 % of the test samples) a sequence is worth: ")
    assert "lstm +50.0 (" in said
    assert "lrcn" not in said, "its CNN was trained as well, which is told by itself"
    assert "95 % intervals over groups" in said
    assert "To train the CNN with it is worth +25.0 (" in said
    assert said.endswith("takes 5.0 min and 100 MiB against 5.0 min and 100 MiB.")


def test_the_single_frame_model_is_the_one_that_val_says(results):
    assert "(finetune, right on 50 %" in recurrence_contrast(results(single_frame=10, finetune=20, lstm=30))


def test_without_single_frames_or_without_a_sequence_nothing_is_said(results):
    assert recurrence_contrast(results(svm=10, lstm=30)) == ""
    assert recurrence_contrast(results(single_frame=10, svm=30)) == ""


def test_no_difference_has_no_width(results):
    of = results(lstm=30, lrcn=30)
    assert ahead(of["lrcn"], of["lstm"]) == (0.0, 0.0, 0.0)


def test_rows_in_another_order_are_the_same_samples_and_others_are_refused(results):
    of = results(lstm=30, lrcn=20)
    turned = dataclasses.replace(of["lrcn"], predictions=of["lrcn"].predictions.iloc[::-1])
    assert ahead(of["lstm"], turned) == ahead(of["lstm"], of["lrcn"])
    fewer = dataclasses.replace(of["lrcn"], predictions=of["lrcn"].predictions.iloc[1:])
    with pytest.raises(ValueError, match="the same samples"):
        ahead(of["lstm"], fewer)
