"""The frame cache: the frames that extraction reads, decoded once, whatever happens to the files."""

import hashlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional as F

from seqpipe.core.errors import UserError
from seqpipe.data import frame_cache, frame_shards
from seqpipe.data.frame_augmentation import as_read
from seqpipe.data.frame_cache import cached_frames, frames_fingerprint
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction import stream
from seqpipe.extraction.input import cropped, resized, to_input
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.decoding.flow import read_flow
from seqpipe.media.sampling import clip_times

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TRANSFORMS = Transforms(resize=40, crop=32, mean=MEAN, std=STD)
WHOLE, PAD, CROPS = (replace(TRANSFORMS, view=view) for view in ("whole", "pad", "crops"))


@pytest.fixture
def cached(clip, runtime, tmp_path):
    """Opens the cache in a temporary folder; keyword arguments change how."""

    def call(samples, transforms=TRANSFORMS, clip=clip, threads=2, folder="cache"):
        return cached_frames(
            samples, transforms, clip, runtime.model_copy(update={"threads": threads}), tmp_path / folder
        )

    return call


@pytest.fixture
def decoded(monkeypatch):
    """The names of the files that were decoded."""
    names = []
    read_frames = stream.read_frames
    monkeypatch.setattr(
        stream, "read_frames", lambda path, *rest: names.append(Path(path).name) or read_frames(path, *rest)
    )
    return names


@pytest.fixture
def image_table(tmp_path):
    """Writes pictures as files, and gives their table."""

    def make(pictures):
        rows = []
        for n, picture in enumerate(pictures):
            path = tmp_path / f"picture{n}.png"
            Image.fromarray(picture).save(path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            facts = {"length": 1, "rate": 25.0, "duration_s": 0.04, "sha256": digest}
            rows.append({"id": path.name, "path": str(path), "kind": "image", **facts})
        return pd.DataFrame(rows)

    return make


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def all_frames(frames):
    return [frames.frame(i, j) for i in range(len(frames)) for j in range(frames.count(i))]


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("transforms", [TRANSFORMS, WHOLE, PAD, CROPS], ids=lambda transforms: transforms.view)
def test_what_is_cropped_of_a_cached_frame_is_what_extraction_reads(samples, cached, clip, transforms):
    frames = cached(samples, transforms)
    assert len(frames) == len(samples)
    for i, row in enumerate(samples.to_dict("records")):
        times_s = clip_times(row["length"], row["rate"], row["duration_s"], clip)
        wanted = to_input(read_clip(row["path"], row["kind"], times_s), transforms)
        assert frames.count(i) == len(times_s)
        got = torch.stack([torch.from_numpy(frames.frame(i, j)).permute(2, 0, 1) for j in range(len(times_s))])
        assert min(got.shape[-2:]) == (transforms.crop if transforms in (WHOLE, PAD) else transforms.resize)
        assert {frames.size(i, j) for j in range(len(times_s))} == {got.shape[-2:]}
        assert torch.equal(cropped(got, transforms).flatten(0, 1), wanted)


@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    resize=st.integers(8, 64),
    margin=st.integers(0, 16),
    interpolation=st.sampled_from(["bilinear", "bicubic"]),
)
@settings(deadline=None, max_examples=60)
def test_resized_then_cropped_is_the_input_bit_for_bit(size, resize, margin, interpolation):
    transforms = Transforms(resize, max(1, resize - margin), MEAN, STD, interpolation)
    picture = noise(*size)[None]
    whole = resized(picture, transforms)
    assert min(whole.shape[-2:]) == resize
    assert max(whole.shape[-2:]) <= 4 * resize
    cropped = F.center_crop(whole.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), [transforms.crop] * 2)
    assert torch.equal(cropped, to_input(picture, transforms))
    transforms = replace(transforms, view="whole")
    assert resized(picture, transforms).shape == (1, 3, transforms.crop, transforms.crop)
    assert torch.equal(resized(picture, transforms), to_input(picture, transforms))


def test_frames_of_any_sizes_lie_in_one_shard(image_table, cached):
    pictures = [noise(50, 60), noise(300, 45, 1), noise(40, 40, 2), noise(20, 7, 3)]
    frames = cached(image_table(pictures))
    assert len(frames.shards) == 1
    for i, picture in enumerate(pictures):
        wanted = resized(picture[None], TRANSFORMS)[0].permute(1, 2, 0)
        assert frames.count(i) == 1
        assert np.array_equal(frames.frame(i, 0), wanted)


def test_a_folder_of_frames_is_a_clip(tmp_path, cached):
    pictures = [noise(48, 64, seed) for seed in range(18)]
    for n, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{n}.png")
    row = {"id": "a", "path": str(tmp_path), "kind": "frames", "sha256": "0" * 64}
    frames = cached(pd.DataFrame([{**row, "length": 18, "rate": 25.0, "duration_s": 18 / 25.0}]))
    assert frames.count(0) == 6
    for j in range(6):
        wanted = resized(pictures[3 * j + 1][None], TRANSFORMS)[0].permute(1, 2, 0)
        assert np.array_equal(frames.frame(0, j), wanted)


def test_writing_to_a_frame_changes_it_alone(samples, cached):
    frames = cached(samples[:1])
    before = frames.frame(0, 0).copy()
    frames.frame(0, 0)[:] = 0
    assert np.array_equal(frames.frame(0, 0), before)


def test_a_frame_that_is_not_there_is_refused(samples, cached):
    frames = cached(samples[:2])
    for j in (-1, frames.count(0)):
        with pytest.raises(IndexError):
            frames.frame(0, j)


def test_a_second_run_decodes_nothing(samples, cached, decoded):
    first = cached(samples)
    decoded.clear()
    assert same(all_frames(cached(samples)), all_frames(first))
    assert decoded == []


def test_only_new_content_is_decoded_whatever_its_name(clip_files, table, cached, decoded, tmp_path):
    cached(table(clip_files[:3]))
    decoded.clear()
    copies = [Path(shutil.copy(clip_files[n], tmp_path / f"copy{n}.mp4")) for n in (0, 3, 3)]
    frames = cached(table([*clip_files[:2], *copies, tmp_path / "copy3.mp4"]))
    assert decoded == ["copy3.mp4"]
    assert np.array_equal(frames.frame(0, 2), frames.frame(2, 2))
    assert np.array_equal(frames.frame(3, 1), frames.frame(5, 1))


def test_crop_and_normalising_share_a_cache_but_not_size_nor_sampling(samples, cached, decoded, clip):
    cached(samples[:2])
    decoded.clear()
    cached(samples[:2], Transforms(40, 24, (0.5,) * 3, (0.5,) * 3))
    cached(samples[:2], clip=clip.model_copy(update={"fps": 3.0}))  # uniform sampling does not read it
    cached(samples[:2], CROPS)
    assert decoded == []
    for transforms, sampling in (
        (Transforms(48, 32, MEAN, STD), clip),
        (Transforms(40, 32, MEAN, STD, "bicubic"), clip),
        (WHOLE, clip),
        (replace(WHOLE, crop=24), clip),
        (PAD, clip),
        (TRANSFORMS, clip.model_copy(update={"frames": 3})),
        (TRANSFORMS, clip.model_copy(update={"sampling": "stride"})),
    ):
        decoded.clear()
        cached(samples[:2], transforms, sampling)
        assert len(decoded) == 2
    decoded.clear()
    cached(samples[:2], replace(WHOLE, resize=64))  # which the whole is not resized to
    assert decoded == []
    assert same(all_frames(cached(samples[:2])), all_frames(cached(samples[:2], folder="another")))


def test_bits_depend_neither_on_threads_nor_on_order(samples, cached):
    plain = cached(samples, threads=1)
    other = cached(samples[::-1], threads=3, folder="another")
    for i in range(len(samples)):
        for j in range(plain.count(i)):
            assert np.array_equal(plain.frame(i, j), other.frame(len(samples) - 1 - i, j))


def test_shards_are_filled_across_samples_and_bounded(samples, cached, monkeypatch):
    monkeypatch.setattr(frame_shards, "FLUSH_BYTES", 50_000)
    frames = cached(samples)
    assert len(frames.shards) == len(samples) // 2
    assert all(path.stat().st_size < 100_000 for path in frames.shards)
    assert same(all_frames(frames), all_frames(cached(samples, folder="another")))


@pytest.mark.parametrize("keep", [0, 3, 40, -1, -9000])
def test_a_damaged_shard_is_done_again(samples, cached, decoded, monkeypatch, keep):
    monkeypatch.setattr(frame_shards, "FLUSH_BYTES", 1)
    first = cached(samples)
    whole = all_frames(first)
    shard = first.shards[3]
    content = shard.read_bytes()
    shard.unlink()  # what maps the old file keeps it
    shard.write_bytes(content[:keep])
    decoded.clear()
    again = cached(samples)
    assert len(decoded) == 1
    assert same(all_frames(again), whole)


def test_a_header_of_noise_is_damage(samples, cached, decoded):
    (shard,) = cached(samples).shards
    content = bytearray(shard.read_bytes())
    content[8:200] = b"\xff" * 192
    shard.write_bytes(content)
    decoded.clear()
    cached(samples)
    assert len(decoded) == len(samples)


def test_a_shard_that_goes_away_is_told(samples, cached):
    frames = cached(samples)
    frames.shards[0].write_bytes(b"")
    with pytest.raises(UserError, match="can no longer be read"):
        frames.frame(0, 0)
    frames.shards[0].unlink()
    with pytest.raises(UserError, match="run again"):
        frames.frame(0, 0)


def test_a_file_that_is_gone_is_named_and_what_was_finished_stays(clip_files, table, cached, decoded, tmp_path):
    paths = [Path(shutil.copy(path, tmp_path)) for path in clip_files]
    samples = table(paths)
    paths[-1].unlink()
    with pytest.raises(UserError, match=r"clip7\.mp4 could be read when it was ingested.*run again from `ingest`"):
        cached(samples, threads=1)
    decoded.clear()
    cached(samples[:-1])
    assert decoded == []


def test_a_full_disk_is_told(samples, cached, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(frame_shards, "save_file", full)
    with pytest.raises(UserError, match=r"disk is full.*Make room"):
        cached(samples)


def test_no_samples_have_no_frames(samples, cached):
    assert len(cached(samples[:0])) == 0


def test_the_thread_count_of_torch_is_restored(samples, cached):
    torch.set_num_threads(2)
    cached(samples[:1])
    assert torch.get_num_threads() == 2


KILLED = """
import pickle, sys, time
from seqpipe.data import frame_cache, frame_shards
from seqpipe.extraction import stream
frame_shards.FLUSH_BYTES = 1
read_frames = stream.read_frames
stream.read_frames = lambda *args: (time.sleep(0.2), read_frames(*args))[1]
frame_cache.cached_frames(*pickle.load(open(sys.argv[1], "rb")))
"""


def test_killed_in_the_middle_only_the_rest_is_decoded(samples, cached, clip, runtime, decoded, tmp_path):
    arguments = (samples, TRANSFORMS, clip, runtime.model_copy(update={"threads": 1}), tmp_path / "killed")
    (tmp_path / "arguments").write_bytes(pickle.dumps(arguments))
    source = str(Path(frame_cache.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "arguments")],
        env={**os.environ, "PYTHONPATH": source},
        stderr=subprocess.DEVNULL,
    )
    while len(list((tmp_path / "killed").glob("*/*.safetensors"))) < 2:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list((tmp_path / "killed").glob("*/*.safetensors")))
    assert 2 <= done < len(samples)
    resumed = cached(samples, folder="killed")
    assert len(decoded) == len(samples) - done
    assert same(all_frames(resumed), all_frames(cached(samples)))
    assert not list((tmp_path / "killed").rglob("*.aside"))


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells the memory of a process on Linux alone")
def test_memory_holds_the_frames_in_use_and_not_the_corpus(samples, cached):
    frames = cached(samples[:2], Transforms(900, 32, MEAN, STD))
    frame_bytes, before, most = frames.frame(0, 0).nbytes, resident_bytes(), 0
    for i in range(len(frames)):
        for j in range(frames.count(i)):
            assert frames.frame(i, j).max() > 0
            most = max(most, resident_bytes())
    assert sum(path.stat().st_size for path in frames.shards) > 10 * frame_bytes
    assert most - before < 4 * frame_bytes


def test_flow_has_a_cache_of_its_own_and_leaves_that_of_the_frames(samples, cached, decoded, clip):
    frames = all_frames(cached(samples[:2]))
    of_flow = clip.model_copy(update={"stream": "flow", "flow_side": 48})
    flow = cached(samples[:2], clip=of_flow)
    assert flow.stream == "flow"
    assert not same(all_frames(flow), frames)
    assert same(all_frames(cached(samples[:2], clip=of_flow)), all_frames(flow))
    decoded.clear()
    assert same(all_frames(cached(samples[:2])), frames)
    cached(samples[:2], clip=clip.model_copy(update={"flow_side": 48}))  # frames are not computed at any size
    assert decoded == []
    homes = {
        frames_fingerprint(TRANSFORMS, clip.model_copy(update={"stream": "flow", "flow_side": n})) for n in (48, 64)
    }
    assert len({frames_fingerprint(TRANSFORMS, clip), *homes}) == 3


def test_the_cached_flow_is_what_extraction_reads(samples, cached, clip):
    of_flow = clip.model_copy(update={"stream": "flow", "flow_side": 48})
    row, frames = samples.iloc[0], cached(samples[:1], clip=of_flow)
    times_s = clip_times(row["length"], row["rate"], row["duration_s"], of_flow)
    wanted = list(read_flow(row["path"], row["kind"], times_s, row["length"], 48))
    assert frames.count(0) == len(wanted)
    for j, picture in enumerate(wanted):
        assert torch.equal(as_read(frames.frame(0, j), TRANSFORMS), to_input(picture[None], TRANSFORMS))
