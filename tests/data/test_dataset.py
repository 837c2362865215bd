import dataclasses
import errno
import hashlib
import os
import socket

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.core.lineage import parquet_lineage, with_lineage
from seqpipe.data import gather
from seqpipe.data.dataset import ROW_FIELDS, FeatureDataset, build_dataset
from seqpipe.data.dataset_file import is_written, read_dataset, write_dataset
from seqpipe.data.gather import MemmapPolicy
from seqpipe.data.memmap import MemmapArray
from seqpipe.extraction.engine import extract
from seqpipe.targets.classes import ClassTargets
from seqpipe.targets.frames import FrameTargets


def _dataset(lengths: list[int], frames: int = 4, size: int = 3) -> FeatureDataset:
    rng = np.random.default_rng(len(lengths))
    count = len(lengths)
    mask = np.arange(frames) < np.array(lengths)[:, None]
    return FeatureDataset(
        x=(rng.normal(size=(count, frames, size)) * mask[..., None]).astype(np.float32),
        mask=mask,
        times_s=(np.arange(frames) * mask).astype(np.float32),
        targets=ClassTargets(rng.integers(0, 2, count), ("left", "right")),
        ids=np.array([f"clip {n}, ü" for n in range(count)], dtype=object),
        groups=np.array([f"g{n // 2}" for n in range(count)], dtype=object),
        splits=np.array([("train", "val", "test")[n % 3] for n in range(count)], dtype=object),
        fingerprint="f" * 64,
    )


def test_backwards_turns_real_frames_round_and_leaves_the_rest():
    dataset = _dataset([3, 1, 4])
    (turned,) = dataset.backwards()
    for n, length in enumerate((3, 1, 4)):
        assert np.array_equal(turned.x[n, :length], dataset.x[n, :length][::-1])
        assert not turned.x[n, length:].any()
    assert np.array_equal(turned.mask, dataset.mask)


@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(1, 4), min_size=1, max_size=150))
def test_written_and_read_it_is_the_same_and_so_are_its_bytes(tmp_path_factory, lengths):
    folder = tmp_path_factory.mktemp("dataset")
    dataset = _dataset(lengths)
    write_dataset(dataset, folder / "a.parquet")
    again = read_dataset(folder / "a.parquet")
    for name in (*ROW_FIELDS, "t", "class_names", "fingerprint"):
        one, two = getattr(dataset, name), getattr(again, name)
        assert np.array_equal(one, two)
        assert getattr(one, "dtype", None) == getattr(two, "dtype", None)
    assert again.digest == dataset.digest
    write_dataset(again, folder / "b.parquet")
    assert (folder / "a.parquet").read_bytes() == (folder / "b.parquet").read_bytes()


def test_pandas_reads_it_as_it_lies(tmp_path):
    dataset = _dataset([4, 2, 1] * 30)
    write_dataset(dataset, tmp_path / "d.parquet")
    frame = pd.read_parquet(tmp_path / "d.parquet")
    assert list(frame.columns) == ["id", "split", "group", "label", "t", "mask", "times_s", "x"]
    assert np.array_equal(np.stack(frame["x"]).reshape(dataset.x.shape), dataset.x)
    assert np.array_equal(np.stack(frame["mask"]), dataset.mask)
    assert list(frame["label"]) == [dataset.class_names[k] for k in dataset.t]
    assert (frame.attrs["T"], frame.attrs["D"], frame.attrs["class_names"]) == (4, 3, ["left", "right"])
    assert frame.attrs["digest"] == dataset.digest


def test_a_part_keeps_the_classes(tmp_path):
    dataset = _dataset([4] * 9)
    part = dataset.part("val")
    assert len(part) == 3
    assert list(part.ids) == [dataset.ids[n] for n in (1, 4, 7)]
    assert part.class_names == dataset.class_names
    assert part.digest != dataset.digest
    assert len(dataset.part("nowhere")) == 0


def test_labels_by_step_are_written_and_read_as_well(tmp_path):
    dataset = _dataset([4, 2, 3])
    steps = np.where(dataset.mask, np.arange(4) % 2, -100)
    by_step = dataclasses.replace(dataset, targets=FrameTargets(steps, ("left", "right")))
    write_dataset(by_step, tmp_path / "a.parquet")
    again = read_dataset(tmp_path / "a.parquet")
    assert isinstance(again.targets, FrameTargets)
    assert np.array_equal(again.t, steps)
    assert again.digest == by_step.digest != dataset.digest
    assert np.array_equal(again.part("train").t, by_step.part("train").t)


def test_the_digest_sees_every_target():
    dataset = _dataset([4, 3])
    other = ClassTargets(1 - dataset.t, dataset.class_names)
    assert dataclasses.replace(dataset, targets=other).digest != dataset.digest


@pytest.mark.parametrize("field", ["x", "mask", "times_s", "ids", "groups", "splits"])
def test_the_digest_sees_every_array(field):
    dataset = _dataset([4, 3])
    changed = getattr(dataset, field)[::-1].copy()
    changed[0] = {"mask": False, "ids": "z", "groups": "z", "splits": "z"}.get(field, 9)
    assert dataclasses.replace(dataset, **{field: changed}).digest != dataset.digest


def test_built_from_the_store_short_clips_are_padded_and_masked(samples, backbone, clip, config, runtime, tmp_path):
    wide = clip.model_copy(update={"sampling": "stride", "frames": 8})
    config = config.model_copy(update={"dtype": "float16"})
    index = extract(samples, backbone, wide, config, runtime, tmp_path)
    dataset = build_dataset(samples, index, tmp_path)
    assert dataset.x.shape == (8, 8, 512)
    assert dataset.x.dtype == np.float32
    assert dataset.mask.sum(1).tolist() == [min(5 + n, 8) for n in range(8)]
    assert (dataset.x[~dataset.mask] == 0).all()
    assert (np.abs(dataset.x[dataset.mask]).sum(-1) > 0).all()
    assert (np.diff(dataset.times_s, axis=1)[dataset.mask[:, 1:]] > 0).all()
    assert dataset.class_names == ("left", "right")
    assert dataset.t.tolist() == [0, 1] * 4
    assert dataset.fingerprint == index["fingerprint"][0]
    assert list(dataset.part("train").groups) == ["g0", "g0", "g2", "g2"]


def test_its_lineage_is_handed_down_and_changes_nothing_else(samples, backbone, clip, config, runtime, tmp_path):
    corpus = {"corpus": {"name": "clips", "path": "/clips", "layout": "manifest"}}
    index = extract(with_lineage(samples.copy(), corpus), backbone, clip, config, runtime, tmp_path)
    dataset = build_dataset(with_lineage(samples.copy(), corpus), index, tmp_path)
    assert dataset.lineage["corpus"] == corpus["corpus"]
    assert dataset.lineage["backbone"]["fingerprint"] == backbone.fingerprint
    assert {"layer": config.layer, "frames": clip.frames}.items() <= dataset.lineage["features"].items()
    assert dataset.digest == build_dataset(samples, index, tmp_path).digest
    write_dataset(dataset, tmp_path / "d.parquet")
    assert read_dataset(tmp_path / "d.parquet").lineage == parquet_lineage(tmp_path / "d.parquet") == dataset.lineage
    assert not is_written(dataclasses.replace(dataset, lineage={}), tmp_path / "d.parquet")
    with pytest.raises(UserError, match="not of the same corpus"):
        build_dataset(with_lineage(samples.copy(), {"corpus": {"name": "others"}}), index, tmp_path)


def test_an_index_of_other_samples_is_refused(samples, backbone, clip, config, runtime, tmp_path):
    index = extract(samples, backbone, clip, config, runtime, tmp_path)
    with pytest.raises(UserError, match="does not belong to these samples"):
        build_dataset(samples[1:], index, tmp_path)
    (tmp_path / index["shard"][0]).unlink()
    with pytest.raises(UserError, match="run again from `features`"):
        build_dataset(samples, index, tmp_path)


def test_t_is_what_the_store_holds_whatever_this_run_would_sample(samples, backbone, clip, config, runtime, tmp_path):
    index = extract(samples, backbone, clip.model_copy(update={"frames": 3}), config, runtime, tmp_path)
    assert build_dataset(samples, index, tmp_path).x.shape == (8, 3, 512)


def test_images_have_one_frame(samples, backbone, clip, config, runtime, tmp_path):
    paths = [tmp_path / f"{n}.png" for n in range(4)]
    for n, path in enumerate(paths):
        Image.fromarray(np.full((70, 80, 3), 50 * n, np.uint8)).save(path)
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    facts = {"kind": "image", "length": 1, "path": [str(p) for p in paths], "sha256": digests}
    images = samples[:4].assign(**facts)
    wide = clip.model_copy(update={"sampling": "stride", "frames": 16})
    index = extract(images, backbone, wide, config, runtime, tmp_path / "store")
    dataset = build_dataset(images, index, tmp_path / "store")
    assert dataset.x.shape == (4, 1, 512)
    assert dataset.mask.all()


@pytest.fixture
def large(samples, backbone, clip, config, runtime, tmp_path):
    """Builds D' of clips of several lengths in float16: in memory, or with a limit that it is larger than."""
    wide = clip.model_copy(update={"sampling": "stride", "frames": 8})
    index = extract(
        samples, backbone, wide, config.model_copy(update={"dtype": "float16"}), runtime, tmp_path / "store"
    )

    def build(in_memory_bytes=None, samples=samples, order=slice(None)):
        memmap_policy = None if in_memory_bytes is None else MemmapPolicy(tmp_path / "x", in_memory_bytes)
        return build_dataset(samples[order], index[order], tmp_path / "store", memmap_policy)

    return build


def test_one_too_large_is_left_on_disk_as_it_is_stored_and_is_the_same(large, tmp_path):
    dense, on_disk = large(), large(4 * 8 * 8 * 512 - 1)
    assert isinstance(on_disk.x, MemmapArray)
    assert on_disk.x.stored_dtype == np.float16
    assert on_disk.digest == dense.digest
    assert on_disk.part("train").digest == dense.part("train").digest
    assert np.array_equal(on_disk.x[np.array([3, 0])], dense.x[[3, 0]])
    assert [path.name for path in (tmp_path / "x").iterdir()] == [on_disk.x.path.name]


def test_one_that_fits_is_in_memory(large, tmp_path):
    assert isinstance(large(4 * 8 * 8 * 512).x, np.ndarray)
    assert not (tmp_path / "x").exists()


def test_a_part_of_one_on_disk_copies_nothing(large, monkeypatch):
    on_disk = large(1)
    monkeypatch.setattr(MemmapArray, "stored", lambda *_: pytest.fail("it was read"))
    part = on_disk.part("train")
    assert part.x.shape == (4, 8, 512)
    assert part.x._values is on_disk.x._values


def test_the_same_x_is_not_written_again_and_another_one_beside_it(large, samples, tmp_path, monkeypatch):
    first = large(1)
    stamp = first.x.path.stat().st_mtime_ns
    features_read = []
    read = gather.read_shard
    monkeypatch.setattr(
        gather, "read_shard", lambda path, features: features_read.append(features) or read(path, features)
    )
    other_labels = large(1, samples=samples.assign(label="same", split="train"))
    assert other_labels.x.path == first.x.path
    assert first.x.path.stat().st_mtime_ns == stamp
    assert not any(features_read)
    assert np.array_equal(other_labels.times_s, first.times_s)
    turned = large(1, order=slice(None, None, -1))
    assert turned.x.path != first.x.path
    assert np.array_equal(turned.x[0], first.x[7])


def test_an_x_cut_short_is_written_again(large):
    first = large(1)
    digest, whole = first.digest, first.x.path.read_bytes()
    first.x.path.unlink()  # it is mapped: its pages must not go
    first.x.path.write_bytes(whole[:-1000])
    assert large(1).digest == digest
    assert first.x.path.read_bytes() == whole


def test_what_a_killed_writer_left_is_cleaned(large, tmp_path):
    (tmp_path / "x").mkdir()
    gone = tmp_path / "x" / f".a.npy.{socket.gethostname()}.4194304.01234567.aside"  # beyond any pid
    gone.write_bytes(b"half")
    large(1)
    assert not gone.exists()


def test_one_on_disk_is_read_back_as_the_map_and_pandas_reads_all_of_it(large, tmp_path, monkeypatch):
    on_disk = large(1)
    write_dataset(on_disk, tmp_path / "d.parquet")
    frame = pd.read_parquet(tmp_path / "d.parquet")
    assert np.array_equal(np.stack(frame["x"]).reshape(on_disk.x.shape), on_disk.x[:])
    assert frame["x"][0].dtype == np.float16
    again = read_dataset(tmp_path / "d.parquet")
    assert isinstance(again.x, MemmapArray)
    assert again.x.path.samefile(on_disk.x.path)
    assert (again.digest, again.x.in_memory_bytes) == (on_disk.digest, 1)
    assert is_written(again, tmp_path / "d.parquet")


@pytest.mark.parametrize("keep", [0, 200, None])
def test_an_x_that_is_gone_or_cut_is_written_again_from_the_parquet_file(large, tmp_path, keep):
    on_disk = large(1)
    digest = on_disk.digest
    write_dataset(on_disk, tmp_path / "d.parquet")
    whole = on_disk.x.path.read_bytes()
    on_disk.x.path.unlink()
    if keep is not None:
        on_disk.x.path.write_bytes(whole[:keep])
    assert read_dataset(tmp_path / "d.parquet").digest == digest
    assert on_disk.x.path.read_bytes() == whole


def test_a_part_of_one_on_disk_is_written_whole(large, tmp_path):
    part = large(1).part("test")
    write_dataset(part, tmp_path / "d.parquet")
    again = read_dataset(tmp_path / "d.parquet")
    assert isinstance(again.x, np.ndarray)
    assert again.digest == part.digest


def test_a_shard_damaged_after_its_footer_goes_so_that_features_does_it_again(
    samples, backbone, clip, config, runtime, tmp_path
):
    def run():
        return extract(samples, backbone, clip, config, runtime, tmp_path)

    index = run()
    whole = build_dataset(samples, index, tmp_path)
    shard = tmp_path / index["shard"][0]
    content = shard.read_bytes()
    footer = 8 + int.from_bytes(content[-8:-4], "little")
    shard.write_bytes(content[:4].ljust(len(content) - footer, b"\0") + content[-footer:])
    with pytest.raises(UserError, match=r"cannot be read.*run again from `features`"):
        build_dataset(samples, run(), tmp_path)
    assert not shard.exists()
    assert build_dataset(samples, run(), tmp_path).digest == whole.digest


def test_a_shard_that_the_system_does_not_give_is_kept(samples, backbone, clip, config, runtime, tmp_path, monkeypatch):
    index = extract(samples, backbone, clip, config, runtime, tmp_path)

    def refuse(path, features):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(gather, "read_shard", refuse)
    with pytest.raises(UserError, match="cannot be read"):
        build_dataset(samples, index, tmp_path)
    assert all((tmp_path / shard).exists() for shard in index["shard"])


def test_a_file_that_is_no_dataset_is_told(tmp_path, samples):
    samples.to_parquet(tmp_path / "s.parquet")
    for path in (tmp_path / "s.parquet", tmp_path / "missing.parquet"):
        with pytest.raises(UserError, match="no D' that can be read"):
            read_dataset(path)


def _steps(times_s, labels):
    """Labels by step of sequences with these times; -100 where a step is not labelled."""
    count, longest = len(times_s), max(map(len, times_s))
    times, t = np.zeros((count, longest), np.float32), np.full((count, longest), -100)
    mask = np.arange(longest) < np.array([[len(of)] for of in times_s])
    for n, (at, of) in enumerate(zip(times_s, labels, strict=True)):
        times[n, : len(at)], t[n, : len(of)] = at, of
    shape = dataclasses.replace(_dataset([longest] * count, frames=longest), mask=mask, times_s=times)
    return dataclasses.replace(shape, targets=FrameTargets(t, ("left", "right")))


def test_the_rate_of_the_steps_is_that_of_most_of_them():
    assert _steps([[0, 0.5, 1, 1.5], [3, 3.5]], [[0] * 4, [1] * 2]).steps_a_second == 2.0
    assert _steps([[0, 0.25, 0.5, 9]], [[0] * 4]).steps_a_second == 4.0  # a gap in a recording
    assert _steps([[0], [7]], [[0], [1]]).steps_a_second == 1.0


def test_labelled_steps_have_a_row_each_with_the_split_and_group_of_their_sample():
    dataset = _steps([[0, 1, 2], [0, 1], [0]], [[0, -100, 1], [1, 1], [-100]])
    assert dataset.labelled_steps().values.tolist() == [
        ["left", "train", "g0"], ["right", "train", "g0"], ["right", "val", "g0"], ["right", "val", "g0"],
    ]  # fmt: skip
