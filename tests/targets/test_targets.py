"""What every kind of targets keeps."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from seqpipe.core.errors import UserError
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets, frame_targets
from seqpipe.targets.registry import TARGETS, refusal, targets_of
from seqpipe.targets.sentences import SentenceTargets
from seqpipe.targets.vocabulary import Vocabulary

CLASSES = ClassTargets.of(["b", "a", "b", "c"])
FRAMES = FrameTargets(np.array([[0, 1, -100], [1, 1, 0], [0, -100, -100], [1, 0, 1]]), ("a", "b"))
TEXTS = (("a dog", "one dog"), ("a cat",), ("two cats", "some cats", "cats"), ("a dog",))
SENTENCES = SentenceTargets(TEXTS, Vocabulary.learned([text for of in TEXTS for text in of], "words", True, 1, 9))
MADE = {targets.kind: targets for targets in (CLASSES, FRAMES, SENTENCES)}


@pytest.fixture(params=sorted(TARGETS))
def targets(request):
    return MADE[request.param]


def test_some_rows_keep_the_classes_of_the_whole(targets):
    some = targets.take(np.array([3, 0]))
    assert len(some) == 2
    assert some.class_names == targets.class_names
    kept = targets.t[0][tuple(map(slice, some.t[1].shape))]  # of sentences as long as the longest that are left
    assert np.array_equal(some.t[1], kept)


def test_the_digest_tells_targets_apart(targets):
    assert targets.digest() == targets.take(np.arange(4)).digest()
    assert targets.digest() != targets.take(np.array([1, 0, 2, 3])).digest()
    assert len({of.digest() for of in MADE.values()}) == len(MADE)


@pytest.mark.parametrize("targets", [CLASSES, FRAMES], ids=["classes", "frames"])
def test_the_digest_tells_apart_what_the_classes_are_called(targets):
    renamed = type(targets)(targets.t, tuple(name + "x" for name in targets.class_names))
    assert targets.digest() != renamed.digest()


def test_a_mask_takes_what_its_indices_take(targets):
    mask = np.array([True, False, True, False])
    assert targets.take(mask).digest() == targets.take(np.flatnonzero(mask)).digest()


def test_t_has_a_row_a_sample_and_what_is_kept_too(targets):
    assert len(targets.t) == len(targets) == 4
    assert all(len(values) == 4 for values in targets.columns().values())


def test_of_the_steps_that_are_there_some_are_counted(targets):
    mask = np.array([[True, True, True], [True, True, False], [True, False, False], [True, True, True]])
    counted = targets.counted(mask)
    assert counted.shape == mask.shape
    assert not (counted & ~mask).any()


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


def test_targets_are_made_again_of_what_is_kept_of_them(targets):
    assert refusal(targets.kind, TARGETS[targets.kind]) is None
    again = targets_of(targets.kind, targets.columns(), json.loads(json.dumps(targets.facts())))
    assert type(again) is type(targets)
    assert again.digest() == targets.digest()
    assert np.array_equal(again.t, targets.t)


def test_an_unknown_kind_is_answered_with_the_known_ones():
    with pytest.raises(UserError, match=r"Unknown kind of targets 'ranks'.*Known: classes, frames, sentences"):
        targets_of("ranks", {"t": np.zeros(2, int)}, {})


def test_targets_of_another_package_are_called_what_their_entry_is_called():
    why = refusal("ranks", ClassTargets)
    assert why is not None
    assert re.search(r"The targets ranks .*expected kind to be 'ranks', .* got 'classes'", why)
