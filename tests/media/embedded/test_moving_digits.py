from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from seqpipe.config import MovingDigitsConfig
from seqpipe.core.errors import UserError
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.embedded.actions import ACTIONS
from seqpipe.media.embedded.digits import PARTS
from seqpipe.media.embedded.moving_digits import (
    digit_images,
    encode,
    render_clip,
    render_source_batch,
    write_moving_digits,
)

CONFIG = MovingDigitsConfig(size=64, frames=12, fps=12, train_per_action=2, val_per_action=1, test_per_action=1)
PAIRS = [("left", "right"), ("up", "down"), ("shrink", "grow"), ("anticlockwise", "clockwise")]


def digests(folder) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_the_corpus_is_byte_identical_for_a_seed(tmp_path):
    first = write_moving_digits(tmp_path / "a", CONFIG, seed=3).parent
    second = write_moving_digits(tmp_path / "b", CONFIG, seed=3).parent
    other = write_moving_digits(tmp_path / "c", CONFIG, seed=4).parent
    assert len(digests(first)) == 8 * 4 + 2
    assert digests(first) == digests(second)
    assert set(digests(first).values()).isdisjoint(set(digests(other).values()))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c"]


def test_what_is_there_is_left_alone_and_what_differs_is_replaced(tmp_path):
    manifest = write_moving_digits(tmp_path / "a", CONFIG, seed=3)
    written = manifest.stat().st_mtime_ns
    assert write_moving_digits(tmp_path / "a", CONFIG, seed=3).stat().st_mtime_ns == written
    (tmp_path / "a/left/train_0000.mp4").unlink()
    write_moving_digits(tmp_path / "a", CONFIG, seed=3)
    assert (tmp_path / "a/left/train_0000.mp4").is_file()
    shorter = CONFIG.model_copy(update={"train_per_action": 1})
    table = pd.read_csv(write_moving_digits(tmp_path / "a", shorter, seed=3))
    assert table["split"].value_counts().to_dict() == {"train": 8, "val": 8, "test": 8}


def test_foreign_files_are_not_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="not moving digits"):
        write_moving_digits(tmp_path, CONFIG, seed=3)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_manifest_and_clips(tmp_path):
    manifest = write_moving_digits(tmp_path / "a", CONFIG, seed=3)
    table = pd.read_csv(manifest)
    assert list(table.columns) == ["path", "label", "split", "group"]
    assert set(table["label"]) == set(ACTIONS)
    assert table.groupby("group")["split"].nunique().max() == 1
    for row in table.itertuples():
        first, end = PARTS[row.split]
        assert first <= int(row.group.removeprefix("digit_")) < end
    clip = read_clip(str(tmp_path / "a" / table["path"][0]), "video", [(i + 0.5) / 12 for i in range(12)])
    assert clip.shape == (12, 64, 64, 3)
    assert np.abs(clip[..., 0].astype(int) - clip[..., 1]).max() <= 1


def test_parts_are_disjoint_and_start_where_a_writers_sheet_starts():
    ranges = sorted(PARTS.values())
    assert ranges[0][0] == 0
    assert ranges[-1][1] == len(load_digits().target)
    assert all(end == start for (_, end), (start, _) in pairwise(ranges))
    for part in PARTS:
        images, labels = digit_images(part)
        assert labels[:10].tolist() in ([*range(10)], [*range(1, 10), 0])
        assert images.dtype == np.float32
        assert images.shape == (len(labels), 8, 8)
        assert 0.0 <= images.min() < images.max() <= 1.0


def bright_centre(frame: np.ndarray) -> np.ndarray:
    """(x, y) of the digit's ink."""
    ink = np.clip(frame.astype(float) - np.median(frame) - 40, 0, None)
    grid = np.arange(len(frame))
    return np.array([(ink.sum(axis=0) * grid).sum(), (ink.sum(axis=1) * grid).sum()]) / ink.sum()


@pytest.mark.parametrize("seed", range(5))
def test_actions_do_what_they_are_called(seed):
    image = digit_images("train")[0][seed]
    clips = {a: render_clip(a, image, CONFIG, np.random.default_rng(seed)).astype(float) for a in ACTIONS}
    moved = {a: bright_centre(clip[-1]) - bright_centre(clip[0]) for a, clip in clips.items()}
    assert moved["right"][0] > 20
    assert moved["left"][0] < -20
    assert moved["down"][1] > 20
    assert moved["up"][1] < -20
    assert (clips["grow"][-1] > 100).sum() > 1.5 * (clips["grow"][0] > 100).sum()
    assert (clips["shrink"][0] > 100).sum() > 1.5 * (clips["shrink"][-1] > 100).sum()
    for action, sense in (("clockwise", 1.0), ("anticlockwise", -1.0)):
        steps = np.diff([bright_centre(frame) for frame in clips[action]], axis=0)
        turns = np.cross(np.pad(steps[:-1], ((0, 0), (0, 1))), np.pad(steps[1:], ((0, 0), (0, 1))))[:, 2]
        assert np.sign(np.median(turns)) == sense  # y points down: turning right is clockwise


@pytest.mark.parametrize(("backward", "forward"), PAIRS)
def test_a_pair_is_one_distribution_reversed(backward, forward):
    image = digit_images("train")[0][0]
    for seed in range(3):
        one = render_clip(backward, image, CONFIG, np.random.default_rng(seed))
        other = render_clip(forward, image, CONFIG, np.random.default_rng(seed))
        assert np.array_equal(one[::-1], other)
        assert not np.array_equal(one, other)


@pytest.mark.parametrize(("backward", "forward"), PAIRS)
def test_written_clips_of_a_pair_have_the_same_mean_frame(tmp_path, backward, forward):
    """Through the codec too: no frame's coding depends on its neighbours, so their mean tells nothing."""
    image = digit_images("train")[0][0]
    means = []
    for action in (backward, forward):
        file = tmp_path / f"{action}.mp4"
        encode(file, render_clip(action, image, CONFIG, np.random.default_rng(0)), fps=12)
        means.append(read_clip(str(file), "video", [(i + 0.5) / 12 for i in range(12)]).mean(axis=0))
    assert np.array_equal(*means)


@pytest.mark.parametrize(("backward", "forward"), PAIRS)
def test_mean_pixels_of_a_pair_agree_in_distribution(backward, forward):
    """Independent draws: the difference of the mean pictures stays within what chance allows."""
    images = digit_images("train")[0]

    def mean_pictures(action: str, first_seed: int) -> np.ndarray:
        clips = (render_clip(action, images[s], CONFIG, np.random.default_rng(first_seed + s)) for s in range(120))
        return np.stack([clip.mean(axis=0).reshape(4, 16, 4, 16).mean(axis=(1, 3)).ravel() for clip in clips])

    one, other = mean_pictures(backward, 0), mean_pictures(forward, 1000)
    error = np.sqrt(one.var(axis=0) / len(one) + other.var(axis=0) / len(other))
    assert (np.abs(one.mean(axis=0) - other.mean(axis=0)) / error).max() < 4.5


def test_source_batches():
    pictures, digits, cells, sizes = render_source_batch(np.random.default_rng(0), 500, 64)
    assert pictures.shape == (500, 64, 64, 3)
    assert pictures.dtype == np.uint8
    assert digits.dtype == cells.dtype == np.int64
    assert set(digits) == set(range(10))
    assert set(cells) == set(range(9))
    inked = [(picture[..., 0] > picture[..., 0].mean() + 30).sum() for picture in pictures]
    assert np.mean(np.array(inked)[sizes == 2]) > 2 * np.mean(np.array(inked)[sizes == 0])
    again = render_source_batch(np.random.default_rng(0), 500, 64)
    assert np.array_equal(pictures, again[0])


def test_cells_say_where_the_digit_is():
    pictures, _, cells, _ = render_source_batch(np.random.default_rng(1), 200, 96)
    centres = np.array([bright_centre(picture[..., 0]) for picture in pictures])
    row, column = np.divmod(cells, 3)
    assert np.abs(centres[:, 0] - (column * 32 + 16)).max() < 26
    assert np.abs(centres[:, 1] - (row * 32 + 16)).max() < 26
