"""Val of the ends of the training videos, where no group can be spared for it."""

import numpy as np
import pytest

from seqpipe.data.dataset import FeatureDataset
from seqpipe.data.val_from_ends import END, with_val_from_ends
from seqpipe.targets.frames import FrameTargets


def steps(lengths, splits):
    """Sequences of so many steps, each step told by its feature (100 a sequence), half a second apart."""
    n, longest = len(lengths), max(lengths)
    mask = np.arange(longest) < np.array(lengths)[:, None]
    number = np.where(mask, 100 * np.arange(n)[:, None] + np.arange(longest), 0)
    return FeatureDataset(
        x=number[..., None].astype(np.float32),
        mask=mask,
        times_s=np.where(mask, 0.5 * np.arange(longest), 0).astype(np.float32),
        targets=FrameTargets(np.where(mask, number % 2, -100), ("a", "b")),
        ids=np.array([f"v{i}" for i in range(n)], object),
        groups=np.array(["g"] * n, object),
        splits=np.array(splits, object),
        fingerprint="test",
    )


def held(dataset):
    """Of each sample the steps that are there, by their numbers."""
    return {id_: dataset.x[n, dataset.mask[n], 0].astype(int).tolist() for n, id_ in enumerate(dataset.ids)}


def test_the_last_steps_of_each_training_video_are_vals():
    made = with_val_from_ends(steps([8, 4, 3], ["train", "train", "test"]), 0.25)
    assert held(made) == {
        "v0": [0, 1, 2, 3, 4, 5],
        "v1": [100, 101, 102],
        "v2": [200, 201, 202],
        f"v0{END}": [6, 7],
        f"v1{END}": [103],
    }
    assert made.splits.tolist() == ["train", "train", "test", "val", "val"]
    assert made.groups.tolist() == ["g"] * 5


def test_labels_and_times_go_with_their_steps():
    made = with_val_from_ends(steps([8, 4], ["train", "train"]), 0.25)
    numbers = made.x[..., 0].astype(int)
    assert np.array_equal(made.t[made.mask], numbers[made.mask] % 2)
    assert np.array_equal(made.times_s[made.mask], (numbers[made.mask] % 100) * 0.5)
    assert made.class_names == ("a", "b")


def test_where_no_step_is_left_there_is_nothing():
    made = with_val_from_ends(steps([8, 4], ["train", "train"]), 0.25)
    assert (made.t[~made.mask] == -100).all()
    assert not made.x[~made.mask].any()
    assert not made.times_s[~made.mask].any()
    lengths = made.mask.sum(axis=1, keepdims=True)
    assert np.array_equal(made.mask, np.arange(made.mask.shape[1]) < lengths)  # real steps come first


def test_what_was_given_stays_as_it_was():
    given = steps([8, 4], ["train", "train"])
    before = given.digest
    with_val_from_ends(given, 0.25)
    assert steps([8, 4], ["train", "train"]).digest == before == given.digest


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
@pytest.mark.parametrize("length", [2, 3, 10])
def test_both_sides_keep_a_step_whatever_the_share(length, share):
    made = with_val_from_ends(steps([length], ["train"]), share)
    assert made.splits.tolist() == ["train", "val"]
    assert made.mask.sum(axis=1).min() >= 1
    assert made.mask.sum() == length


def test_a_video_of_one_step_has_no_end_to_give():
    made = with_val_from_ends(steps([1, 4], ["train", "train"]), 0.25)
    assert held(made) == {"v0": [0], "v1": [100, 101, 102], f"v1{END}": [103]}
