"""What every kind of targets keeps."""

import re

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets, frame_targets
from seqpipe.targets.registry import TARGETS, refusal, targets_of

CLASSES = ClassTargets.of(["b", "a", "b", "c"])
FRAMES = FrameTargets(np.array([[0, 1, -100], [1, 1, 0], [0, -100, -100], [1, 0, 1]]), ("a", "b"))


@pytest.fixture(params=[CLASSES, FRAMES], ids=["classes", "frames"])
def targets(request):
    return request.param


def test_some_rows_keep_the_classes_of_the_whole(targets):
    some = targets.take(np.array([3, 0]))
    assert len(some) == 2
    assert some.class_names == targets.class_names
    assert np.array_equal(some.t[1], targets.t[0])


def test_the_digest_tells_targets_apart(targets):
    assert targets.digest() == targets.take(np.arange(4)).digest()
    assert targets.digest() != targets.take(np.array([1, 0, 2, 3])).digest()
    renamed = type(targets)(targets.t, tuple(name + "x" for name in targets.class_names))
    assert targets.digest() != renamed.digest()


def test_strata_are_a_row_a_sample_or_none(targets):
    assert targets.strata() is None or len(targets.strata()) == len(targets)


def test_classes_are_numbered_by_their_sorted_names():
    assert CLASSES.class_names == ("a", "b", "c")
    assert CLASSES.t.tolist() == [1, 0, 1, 2]


def annotations(*rows):
    return pd.DataFrame(rows, columns=["id", "start_s", "end_s", "label", "gaps"])


def test_each_step_has_the_class_of_the_segment_that_covers_it():
    table = annotations(
        ("v", 1.0, 2.0, "run", "background"),
        ("w", 0.0, 1.0, "walk", "unlabelled"),
        ("rest", np.nan, np.nan, "", "background"),
    )
    times = np.tile(np.array([0.5, 1.5, 2.5]), (3, 1))
    mask = np.array([[True, True, True], [True, True, False], [True, False, False]])
    made = frame_targets(np.array(["v", "w", "rest"], object), times, mask, table)
    assert made.class_names == ("background", "run", "walk")
    assert made.t.tolist() == [[0, 1, 0], [2, -100, -100], [0, -100, -100]]
    assert made.labelled.sum() == 5


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_targets_are_made_again_by_the_name_of_their_entry(kind, targets):
    assert refusal(kind, TARGETS[kind]) is None
    again = targets_of(targets.kind, targets.columns(), targets.facts())
    assert type(again) is type(targets)
    assert again.digest() == targets.digest()


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Unknown kind of targets 'ranks'.*Known: classes, frames, sentences"):
        targets_of("ranks", {"t": np.zeros(2, int)}, {})


def test_targets_of_another_package_are_called_what_their_entry_is_called():
    why = refusal("ranks", ClassTargets)
    assert why is not None
    assert re.search(r"The targets ranks .*expected kind to be 'ranks', .* got 'classes'", why)
