"""A frame dataset: its parts, what it is known by, and on disk."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.models.frame_fixtures import NAME, SIZE, colours, make_backbone

from seqpipe.config import ClipConfig, RuntimeConfig
from seqpipe.core.errors import UserError
from seqpipe.core.lineage import parquet_lineage, with_lineage
from seqpipe.data import frame_dataset
from seqpipe.data.frame_dataset import build_frame_dataset
from seqpipe.data.frame_dataset_file import read_frame_dataset, write_frame_dataset

RUNTIME = RuntimeConfig(seed=0, device="cpu", threads=1, deterministic=True)
CLIP = ClipConfig(stream="rgb", flow_side=256, sampling="uniform", frames=2, fps=1.0, stride=1)


@pytest.fixture
def dataset(tmp_path):
    return replace(colours(tmp_path / "cache"), lineage={"corpus": {"name": "colours"}})


def test_a_part_keeps_rows_targets_and_times_together(dataset):
    test = dataset.part("test")
    assert test.ids.tolist() == ["s003", "s007", "s011", "s015"]
    assert test.t.tolist() == [n % 3 for n in (3, 7, 11, 15)]
    assert test.class_names == dataset.class_names
    assert [len(times) for times in test.clip_times_s().values()] == test.counts().tolist()
    assert test.take(np.array([1, 0])).ids.tolist() == ["s007", "s003"]


def test_no_more_frames_of_a_sample_are_counted_than_are_drawn(dataset):
    assert set(dataset.counts()) == {1, 2, 3}
    assert dataset.counts(2).tolist() == np.minimum(dataset.counts(), 2).tolist()


def test_it_is_known_by_contents_targets_and_splits_but_not_by_groups(dataset):
    groups, splits = np.full(len(dataset), "one", object), dataset.splits[::-1].copy()
    targets = replace(dataset.targets, t=(dataset.t + 1) % 3)
    assert replace(dataset, groups=groups, lineage={}).digest == dataset.digest
    others = [
        replace(dataset, splits=splits),
        replace(dataset, targets=targets),
        replace(dataset, fingerprint="other frames"),
        replace(dataset, rows=dataset.rows[::-1]),
        dataset.part("train"),
    ]
    assert len({dataset.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_backwards_are_the_same_frames_from_last_to_first(dataset):
    (turned,) = dataset.backwards()
    for row, count in enumerate(dataset.counts().tolist()):
        for j in range(count):
            assert np.array_equal(turned.frames.frame(row, j), dataset.frames.frame(row, count - 1 - j))
    assert turned.ids.tolist() == dataset.ids.tolist()


def test_it_is_read_as_it_was_written_also_a_part_of_it(dataset, tmp_path):
    for number, written in enumerate([dataset, dataset.part("val", "test")]):
        path = tmp_path / "kept" / f"{number}.parquet"
        path.parent.mkdir(exist_ok=True)
        write_frame_dataset(written, path)
        again = read_frame_dataset(path)
        assert again.digest == written.digest
        assert (again.lineage, again.class_names) == (written.lineage, written.class_names)
        assert parquet_lineage(path) == written.lineage
        assert again.groups.tolist() == written.groups.tolist()
        for n in range(len(written)):
            assert np.array_equal(again.times_s[n], written.times_s[n])
            for j in range(written.frames.count(written.rows[n])):
                kept, first = again.frames.frame(again.rows[n], j), written.frames.frame(written.rows[n], j)
                assert np.array_equal(kept, first)


def test_what_its_frames_are_is_kept_with_it_and_versions_of_before_knew_but_one(dataset, tmp_path):
    of_flow = replace(dataset, frames=replace(dataset.frames, stream="flow"))
    write_frame_dataset(of_flow, tmp_path / "flow.parquet")
    assert read_frame_dataset(tmp_path / "flow.parquet").frames.stream == "flow"
    table = pd.read_parquet(tmp_path / "flow.parquet")
    del table.attrs["stream"]
    table.to_parquet(tmp_path / "before.parquet", index=False)
    assert read_frame_dataset(tmp_path / "before.parquet").frames.stream == "rgb"


def test_a_file_of_something_else_is_told(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"id": ["a"]}).to_parquet(path)
    with pytest.raises(UserError, match=r"no frame dataset .*run again from `cache_frames`"):
        read_frame_dataset(path)


def test_it_is_made_of_the_samples_in_their_order(dataset, monkeypatch, tmp_path):
    clips = {"length": 6, "rate": 2.0, "duration_s": 3.0}
    rows = [
        {"id": "b", "label": "red", "group": 7, "split": "train", **clips},
        {"id": "a", "label": "blue", "group": 7, "split": "test", **clips},
    ]
    samples = with_lineage(pd.DataFrame(rows), {"samples": {"digest": "d"}})
    monkeypatch.setattr(frame_dataset, "cached_frames", lambda *_: dataset.frames)
    backbone = make_backbone(NAME, SIZE)
    made = build_frame_dataset(samples, backbone, CLIP, RUNTIME, tmp_path)
    assert (made.ids.tolist(), made.groups.tolist(), made.t.tolist()) == (["b", "a"], ["7", "7"], [1, 0])
    assert made.class_names == ("blue", "red")
    assert all(len(times) == 2 for times in made.clip_times_s().values())
    assert set(made.lineage) == {"samples", "backbone", "features"}
    assert made.lineage["features"] == {"sampling": "uniform", "frames": 2, "stream": "rgb"}
    longer = build_frame_dataset(samples, backbone, CLIP.model_copy(update={"frames": 3}), RUNTIME, tmp_path)
    assert longer.digest != made.digest


def test_what_reads_no_pictures_caches_no_frames(tmp_path):
    encoder = SimpleNamespace(name="log-mel of 64 bands")
    with pytest.raises(UserError, match=r"needs a backbone.* are read by log-mel of 64 bands: run again"):
        build_frame_dataset(pd.DataFrame(), encoder, CLIP, RUNTIME, tmp_path)
