"""Digits as a pen draws them, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import PenTrajectoriesConfig
from seqpipe.media.embedded.pen_trajectories import STROKES, Plan, trajectory, write_pen_trajectories

CONFIG = PenTrajectoriesConfig(train_per_class=6, val_per_class=2, test_per_class=4, per_writer=2, jitter=0.02)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_pen_trajectories(tmp_path_factory.mktemp("pen") / "pen_trajectories", CONFIG, seed=0)


def test_every_class_comes_as_often_and_no_writer_is_on_two_sides(written):
    table = pd.read_csv(written)
    counts = table.groupby(["split", "label"]).size().unstack()
    assert counts.loc["train"].tolist() == [6] * 10
    assert counts.loc["test"].tolist() == [4] * 10
    assert (table.groupby("group")["split"].nunique() == 1).all()
    assert table["key"].is_unique


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    again = write_pen_trajectories(tmp_path / "pen_trajectories", CONFIG, seed=0)
    other = write_pen_trajectories(tmp_path / "other", CONFIG, seed=1)
    archives = [(file.parent / "sequences.npz").read_bytes() for file in (written, again, other)]
    assert archives[0] == archives[1] != archives[2]


@pytest.mark.parametrize("digit", STROKES)
def test_a_trajectory_played_backwards_is_one_of_the_other_class(digit):
    """Without jitter a writer's two classes are made of the same places but for their pace."""
    ways = [trajectory(Plan(digit, backwards, "train", 0, 0), 0.0, seed=0) for backwards in (False, True)]
    for first, second in (ways, ways[::-1]):
        distance = np.hypot(*(first[:, None, :2] - second[None, :, :2]).transpose(2, 0, 1)).min(axis=1)
        assert distance.max() < 0.15, "each place lies on the other's path"
    forwards, backwards = ways
    np.testing.assert_allclose(forwards[0, :2], backwards[-1, :2], atol=0.15)
    np.testing.assert_allclose(forwards[-1, :2], backwards[0, :2], atol=0.15)
    assert np.hypot(*(forwards[0, :2] - backwards[0, :2])) > 0.3 or digit == "0"


def test_the_pen_is_lifted_between_strokes(written):
    archive = np.load(written.parent / "sequences.npz")
    table = pd.read_csv(written, dtype={"digit": str})
    for row in table.itertuples():
        pen = archive[row.key][:, 2]
        lifts = np.flatnonzero(np.diff(pen) != 0)
        assert len(lifts) == 2 * (len(STROKES[row.digit]) - 1)
        assert set(pen) <= {0.0, 1.0}
        assert 15 <= len(pen) <= 30
