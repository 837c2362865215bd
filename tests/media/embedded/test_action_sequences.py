"""Clips in which one action follows another."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from seqpipe.config import ActionSequencesConfig
from seqpipe.media.decoding.decode import iter_frames
from seqpipe.media.embedded.action_sequences import plan_stretches, render_sequence, write_action_sequences
from seqpipe.media.embedded.actions import ACTIONS
from seqpipe.media.embedded.digits import digit_images

CONFIG = ActionSequencesConfig(size=32, frames=48, fps=12, train_clips=3, val_clips=1, test_clips=2)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return write_action_sequences(tmp_path_factory.mktemp("sequences") / "a", CONFIG, seed=1)


def test_every_clip_has_its_segments_and_its_frames(manifest):
    table = pd.read_csv(manifest)
    assert table.groupby("split")["path"].nunique().to_dict() == {"test": 2, "train": 3, "val": 1}
    assert set(table["label"]) <= set(ACTIONS)
    assert (table["start_s"] < table["end_s"]).all()
    assert table["end_s"].max() <= CONFIG.frames / CONFIG.fps
    for path in set(table["path"]):
        assert len(list(iter_frames(str(manifest.parent / path), "video"))) == CONFIG.frames


def test_no_writer_is_on_two_sides(manifest):
    table = pd.read_csv(manifest)
    assert (table.groupby("group")["split"].nunique() == 1).all()


def test_the_same_seed_gives_the_same_bytes(manifest, tmp_path):
    again = write_action_sequences(tmp_path / "b", CONFIG, seed=1)
    for file in manifest.parent.rglob("*"):
        if file.is_file():
            assert (again.parent / file.relative_to(manifest.parent)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_stretches_fill_the_clip_one_after_the_other(seed):
    stretches = plan_stretches(CONFIG, np.random.default_rng(seed))
    assert [stretch.start for stretch in stretches[1:]] == [stretch.end for stretch in stretches[:-1]]
    assert (stretches[0].start, stretches[-1].end) == (0, CONFIG.frames)
    assert all(stretch.end - stretch.start >= CONFIG.fps for stretch in stretches if stretch.action)
    actions = [stretch.action for stretch in stretches if stretch.action]
    assert all(a != b for a, b in pairwise(actions))


@pytest.mark.parametrize("seed", range(8))
def test_the_digit_stays_on_the_canvas(seed):
    random = np.random.default_rng(seed)
    frames = render_sequence(plan_stretches(CONFIG, random), digit_images("train")[0][seed], CONFIG.size, random)
    assert frames.shape == (CONFIG.frames, 32, 32)
    bright = (frames > frames.min() + 100).sum(axis=(1, 2))
    assert (bright > 5).all()
