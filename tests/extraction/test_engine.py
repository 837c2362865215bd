import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from seqpipe.core.errors import UserError
from seqpipe.core.fingerprint import fingerprint
from seqpipe.core.lineage import lineage_of
from seqpipe.data.dataset import build_dataset
from seqpipe.encoders import layers
from seqpipe.encoders.layers import PooledNode
from seqpipe.extraction import engine as extraction
from seqpipe.extraction import stream
from seqpipe.extraction.engine import FeatureLayer, extract, extract_layers
from seqpipe.extraction.input import to_input
from seqpipe.extraction.store import FeatureStore


@pytest.fixture
def decoded(monkeypatch):
    """The names of the files that were decoded, in the order they were asked for."""
    names = []
    read_frames = stream.read_frames

    def counting(path, *rest):
        names.append(Path(path).name)
        return read_frames(path, *rest)

    monkeypatch.setattr(stream, "read_frames", counting)
    return names


@pytest.fixture
def run(backbone, clip, config, runtime, tmp_path):
    """Extracts into a store; keyword arguments change the configurations."""

    def call(samples, store="store", threads=2, clip=clip, deterministic=True, **changes):
        features = config.model_copy(update=changes)
        where = runtime.model_copy(update={"threads": threads, "deterministic": deterministic})
        return extract(samples, backbone, clip, features, where, tmp_path / store)

    return call


def test_the_index_says_where_each_sample_lies(samples, run, tmp_path):
    index = run(samples)
    assert list(index.columns) == ["id", "sha256", "shard", "frames", "fingerprint"]
    assert list(index["id"]) == list(samples["id"])
    assert all((tmp_path / "store" / shard).is_file() for shard in index["shard"])
    assert index["frames"].between(1, 6).all()
    assert index["fingerprint"].nunique() == 1


def test_a_second_run_extracts_nothing(samples, run, decoded):
    first = run(samples)
    decoded.clear()
    assert run(samples).equals(first)
    assert decoded == []


def test_one_added_and_one_edited_file_extract_one_each(clip_files, table, write_clip, run, decoded, tmp_path):
    paths = [Path(shutil.copy(path, tmp_path)) for path in clip_files[:4]]
    before = run(table(paths[:3]))
    decoded.clear()
    run(table(paths))
    assert decoded == ["clip3.mp4"]
    decoded.clear()
    write_clip(paths[1], 9, 77)
    after = run(table(paths))
    assert decoded == ["clip1.mp4"]
    assert after["fingerprint"][0] == before["fingerprint"][0]


def test_a_renamed_file_and_a_copy_extract_nothing(clip_files, table, run, decoded, tmp_path):
    run(table(clip_files[:1]))
    decoded.clear()
    copies = [Path(shutil.copy(clip_files[0], tmp_path / name)) for name in ("a.mp4", "b.mp4")]
    index = run(table(copies))
    assert decoded == []
    assert index["shard"].nunique() == 1


@pytest.mark.parametrize("change", [{"layer": "features.9"}, {"pool": "flatten"}, {"dtype": "float16"}])
def test_other_features_are_another_store_beside_the_first(samples, run, decoded, tmp_path, change):
    first = run(samples)
    run(samples, **change)
    decoded.clear()
    assert run(samples).equals(first)
    assert decoded == []
    assert len(list((tmp_path / "store").iterdir())) == 2


def test_one_layer_by_two_names_is_one_store(samples, run):
    assert run(samples)["fingerprint"][0] == run(samples, layer="features.12")["fingerprint"][0]


def test_knobs_that_the_sampling_does_not_read_change_nothing(samples, run, clip):
    other = clip.model_copy(update={"fps": 3.0, "stride": 4})
    assert run(samples)["fingerprint"][0] == run(samples, clip=other)["fingerprint"][0]
    by_fps = [clip.model_copy(update={"sampling": "fps", "fps": fps}) for fps in (3.0, 5.0)]
    assert len({run(samples, clip=c)["fingerprint"][0] for c in by_fps}) == 2


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_bits_depend_neither_on_threads_nor_on_workers_nor_on_the_order(samples, run, precision, tmp_path):
    plain = build_dataset(samples, run(samples, "a", 1, workers=1, precision=precision), tmp_path / "a")
    index = run(samples[::-1], "b", 3, workers=4, shard_samples=1, precision=precision)
    other = build_dataset(samples[::-1], index, tmp_path / "b")
    assert np.array_equal(plain.x[::-1], other.x)
    assert plain.mask.any(0).all()


def test_bits_depend_not_on_which_samples_were_missing(samples, run, tmp_path):
    whole = build_dataset(samples, run(samples, "a"), tmp_path / "a")
    run(samples[1::2], "b")
    pieced = build_dataset(samples, run(samples, "b"), tmp_path / "b")
    assert whole.digest == pieced.digest


def test_the_thread_count_of_torch_is_restored(samples, run):
    torch.set_num_threads(2)
    run(samples[:1])
    assert torch.get_num_threads() == 2


def test_a_file_that_is_gone_is_named_and_what_was_finished_stays(clip_files, table, run, decoded, tmp_path):
    paths = [Path(shutil.copy(path, tmp_path)) for path in clip_files]
    samples = table(paths)
    paths[-1].unlink()
    with pytest.raises(UserError, match=r"clip7\.mp4 could be read when it was ingested.*run again from `ingest`"):
        run(samples, batch_size=1, shard_samples=100)
    decoded.clear()
    run(samples[:-1], batch_size=1)
    assert len(decoded) < 4


def test_features_beyond_float16_are_an_error(samples, run, monkeypatch):
    forward = extraction.Extractor.forward
    monkeypatch.setattr(
        extraction.Extractor, "forward", lambda self, frames: tuple(x + 1e5 for x in forward(self, frames))
    )
    with pytest.raises(UserError, match="float16 cannot hold"):
        run(samples, dtype="float16")


def test_an_unknown_layer_is_told(samples, run):
    with pytest.raises(UserError, match="Unknown layer of squeezenet1_1 'feature'"):
        run(samples, layer="feature")


def test_a_damaged_shard_is_done_again(samples, run, decoded, tmp_path):
    first = run(samples)
    (tmp_path / "store" / first["shard"][0]).write_bytes(b"PAR1")
    decoded.clear()
    assert run(samples).equals(first)
    assert 1 <= len(decoded) <= 3


def test_nothing_runs_far_ahead_of_what_is_stored(clip_files, table, run, decoded, monkeypatch):
    """The bound on memory: what is decoded but not yet stored does not grow with the number of samples."""
    samples = pd.concat([table(clip_files)] * 10, ignore_index=True)
    samples["sha256"] = [f"{n:064d}" for n in range(len(samples))]
    farthest, stored = 0, 0
    add = extraction.FeatureStore.writer

    def watching(self, *args):
        writer = add(self, *args)
        add_sample = writer.add

        def counting(*sample):
            nonlocal farthest, stored
            farthest = max(farthest, len(decoded) - stored)
            stored += 1
            add_sample(*sample)

        writer.add = counting
        return writer

    monkeypatch.setattr(extraction.FeatureStore, "writer", watching)
    run(samples)
    assert stored == 80
    assert farthest <= 16


KILLED = """
import pickle, sys, time
from seqpipe.encoders import layers
from seqpipe.extraction import engine as extraction, stream
read_frames = stream.read_frames
stream.read_frames = lambda *args: (time.sleep(0.3), read_frames(*args))[1]
extraction.extract(*pickle.load(open(sys.argv[1], "rb")))
"""


def test_killed_in_the_middle_only_the_rest_is_done_and_the_bits_are_the_same(
    samples, backbone, clip, config, runtime, tmp_path, run, decoded
):
    config = config.model_copy(update={"shard_samples": 1, "workers": 1})
    arguments = (samples, backbone, clip, config, runtime, tmp_path / "killed")
    (tmp_path / "arguments").write_bytes(pickle.dumps(arguments))
    source = str(Path(extraction.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "arguments")],
        env={**os.environ, "PYTHONPATH": source},
        stderr=subprocess.DEVNULL,
    )
    while len(list((tmp_path / "killed").glob("*/shards/*.parquet"))) < 2:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list((tmp_path / "killed").glob("*/shards/*.parquet")))
    assert 2 <= done < len(samples)

    resumed = build_dataset(samples, run(samples, "killed"), tmp_path / "killed")
    assert len(decoded) == len(samples) - done
    whole = build_dataset(samples, run(samples, "whole"), tmp_path / "whole")
    assert resumed.digest == whole.digest
    assert not list((tmp_path / "killed").rglob("*.aside"))


def test_compiling_is_decided_once_for_a_store(samples, run, monkeypatch, tmp_path):
    rates = iter([{"float32": 1e-3}, {"float32": 1e6}])
    monkeypatch.setattr(extraction.speed, "frames_per_second", lambda *_: next(rates))
    compiled = []
    monkeypatch.setattr(extraction.Extractor, "compile", lambda self, **_: compiled.append(True))
    run(samples[:4], compile="auto")
    run(samples, compile="auto")
    assert compiled == [True, True]


def test_auto_compiling_asks_for_a_rate_where_bfloat16_is_not_native(samples, run, monkeypatch):
    monkeypatch.setattr(extraction.speed, "frames_per_second", lambda *_: {"float32": 1e6})
    assert len(run(samples[:1], compile="auto", precision="bfloat16")) == 1


@pytest.mark.parametrize("deterministic", [True, False])
def test_torch_is_set_while_extracting_and_set_back_after(samples, run, runtime, monkeypatch, deterministic):
    seen = []
    features = extraction.Extractor.features

    def watching(self, frames):
        cudnn = torch.backends.cudnn
        seen.append((cudnn.allow_tf32, torch.are_deterministic_algorithms_enabled(), cudnn.benchmark))
        return features(self, frames)

    monkeypatch.setattr(extraction.Extractor, "features", watching)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    run(samples[:1], deterministic=deterministic)
    assert set(seen) == {(False, deterministic, not deterministic)}
    cudnn = torch.backends.cudnn
    assert (cudnn.allow_tf32, torch.are_deterministic_algorithms_enabled(), cudnn.benchmark) == (True, False, True)


def test_the_fingerprint_sees_whatever_decides_bits(backbone, clip, config, monkeypatch):
    def known_by(device="cpu", **changes):
        changed = config.model_copy(update=changes)
        facts = extraction._facts(
            backbone, PooledNode("features.12.cat", "avg"), clip, changed, "float32", torch.device(device)
        )
        return fingerprint(facts)

    plain = known_by()
    others = [known_by(batch_size=5), known_by(compile="always"), known_by("cuda")]
    assert known_by(batch_size=None) == known_by(batch_size=extraction.BATCH_SIZE["cpu"])
    assert known_by(workers=7, shard_samples=9) == plain
    monkeypatch.setattr(torch, "__version__", "99.0")
    assert len({plain, *others, known_by()}) == 5


def test_a_clip_is_never_held_at_full_size(samples, backbone, clip, monkeypatch):
    alive, most = weakref.WeakSet(), 0

    class Frame(np.ndarray):
        __hash__ = object.__hash__

    def watched(path, kind, times_s, frame_count):
        nonlocal most
        for _ in times_s:
            frame = np.zeros((72, 80, 3), np.uint8).view(Frame)
            alive.add(frame)
            most = max(most, len(alive))
            yield frame

    monkeypatch.setattr(stream, "read_frames", watched)
    item = stream.WorkItem("a", "k", "a.mp4", "video", [0.1 * n for n in range(20)], 20, 2.0, frozenset())
    assert stream._decode(backbone.transforms, clip, item).frames.shape == (20, 3, 64, 64)
    assert most <= 3


def test_in_the_view_crops_a_frame_s_features_are_the_mean_over_its_crops(tmp_path, backbone, clip, config, runtime):
    sizes = [(64, 64), (60, 200), (150, 70), (40, 90)]  # one crop and several: batches of four mix them
    pictures = [np.random.default_rng(n).integers(0, 256, (*size, 3), np.uint8) for n, size in enumerate(sizes)]
    rows = []
    for n, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{n}.png")
        row = {"id": str(n), "path": str(tmp_path / f"{n}.png"), "kind": "image", "sha256": str(n), "label": "a"}
        size = {"height": picture.shape[0], "width": picture.shape[1], "group": str(n), "split": "train"}
        rows.append(row | size | {"length": 1, "rate": 25.0, "duration_s": 0.04})
    samples, crops = pd.DataFrame(rows), backbone.with_view("crops")
    index = extract(samples, crops, clip, config, runtime, tmp_path / "store")
    got = build_dataset(samples, index, tmp_path / "store").x[:, 0]
    pooled_node = PooledNode(layers.resolve(backbone.name, 64, config.layer), config.pool)
    extractor = extraction.Extractor(backbone, [pooled_node], "float32", torch.device("cpu"))
    inputs = [to_input(picture[None], crops.transforms) for picture in pictures]
    assert [len(x) for x in inputs] == [1, 4, 3, 3]
    wanted = [extractor.features(x)[0].mean(0) for x in inputs]
    np.testing.assert_allclose(got, torch.stack(wanted).numpy(), rtol=1e-4, atol=1e-5)
    assert extraction.crops_a_frame(samples, crops.transforms) == 11 / 4
    assert extraction.crops_a_frame(samples, backbone.transforms) == 1.0


@pytest.mark.parametrize("view", [lambda a: np.rot90(a, -1), lambda a: np.broadcast_to(a[:1], a.shape)])
def test_mirrored_and_read_only_frames_are_taken(backbone, clip, monkeypatch, view):
    picture = view(np.random.default_rng(0).integers(0, 256, (72, 80, 3), np.uint8))
    monkeypatch.setattr(stream, "read_frames", lambda *_: iter([picture]))
    item = stream.WorkItem("a", "k", "a.mp4", "video", [0.0], 1, 0.04, frozenset())
    frames = stream._decode(backbone.transforms, clip, item).frames
    assert torch.equal(frames, stream.to_input(picture.copy()[None], backbone.transforms))


def test_where_compiling_fails_auto_goes_on_and_always_says_so(samples, run, monkeypatch, caplog, tmp_path):
    def fail(self, **_):
        raise RuntimeError("no C++ compiler")

    plain = build_dataset(samples, run(samples, "plain"), tmp_path / "plain")
    monkeypatch.setattr(extraction.Extractor, "compile", fail)
    monkeypatch.setattr(extraction.speed, "frames_per_second", lambda *_: {"float32": 1e-3})
    auto = build_dataset(samples, run(samples, "auto", compile="auto"), tmp_path / "auto")
    assert auto.digest == plain.digest
    assert "going on without it" in caplog.text
    with pytest.raises(UserError, match=r"no C\+\+ compiler.*features\.compile=auto or never"):
        run(samples, "always", compile="always")


READS = [FeatureLayer("last_conv", "avg"), FeatureLayer("last_conv", "flatten"), FeatureLayer("features.6", "avg")]


@pytest.fixture
def run_layers(backbone, clip, config, runtime, tmp_path):
    """Extracts several layers into a store; keyword arguments change the configuration."""

    def call(samples, feature_layers=READS, store="store", **changes):
        return extract_layers(
            samples, backbone, clip, config.model_copy(update=changes), runtime, tmp_path / store, feature_layers
        )

    return call


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_several_layers_at_once_are_what_each_is_alone(samples, run, run_layers, decoded, tmp_path, dtype):
    together = run_layers(samples, store="together", dtype=dtype)
    assert sorted(decoded) == sorted(Path(path).name for path in samples["path"])
    for read, index in zip(READS, together, strict=True):
        alone = run(samples, "alone", dtype=dtype, **read._asdict())
        assert index.equals(alone)
        for shard in set(index["shard"]):
            assert (tmp_path / "together" / shard).read_bytes() == (tmp_path / "alone" / shard).read_bytes()


def test_only_what_a_layer_lacks_is_computed_and_written(samples, run, run_layers, decoded, monkeypatch, tmp_path):
    run(samples[:6])
    run(samples[:5], layer="features.6")
    decoded.clear()
    written, pooled_nodes = [], []
    add, make = extraction.FeatureStore.writer, extraction.Extractor

    def watching(self, *args):
        writer = add(self, *args)
        add_sample = writer.add
        writer.add = lambda key, *rest: (written.append((self.fingerprint, key)), add_sample(key, *rest))
        return writer

    monkeypatch.setattr(extraction.FeatureStore, "writer", watching)
    monkeypatch.setattr(
        extraction, "Extractor", lambda backbone, some, *rest: pooled_nodes.append(some) or make(backbone, some, *rest)
    )
    last, middle = run_layers(samples[:6], [READS[0], READS[2]])
    assert decoded == ["clip5.mp4"]
    assert [pooled_node.node for pooled_node in pooled_nodes[0]] == ["features.6.cat"]
    assert [fingerprint for fingerprint, _ in written] == [middle["fingerprint"][0]]
    run_layers(samples, [READS[0], READS[2]])
    assert decoded[1:] == ["clip6.mp4", "clip7.mp4"]
    assert len(written) == 5
    assert len({last["fingerprint"][0], middle["fingerprint"][0]}) == 2
    decoded.clear()
    run_layers(samples, [READS[0], READS[2]])
    assert decoded == []


def test_of_several_layers_a_damaged_shard_is_done_again_for_its_own_alone(samples, run_layers, decoded, tmp_path):
    first = run_layers(samples)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.parquet")}
    shard = tmp_path / "store" / first[2]["shard"][0]
    whole = shard.read_bytes()
    shard.write_bytes(b"PAR1")
    decoded.clear()
    assert all(a.equals(b) for a, b in zip(run_layers(samples), first, strict=True))
    assert 1 <= len(decoded) <= 3
    assert shard.read_bytes() == whole
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items() if path != shard)


def test_the_same_layer_by_two_names_is_read_once(samples, run_layers, tmp_path):
    one, other = run_layers(samples[:3], [FeatureLayer("last_conv", "avg"), FeatureLayer("features.12", "avg")])
    assert one.equals(other)
    assert len(list((tmp_path / "store").iterdir())) == 1


def test_layers_that_are_compiled_have_a_pass_each(samples, run_layers, decoded, monkeypatch):
    monkeypatch.setattr(extraction.Extractor, "compile", lambda self, **_: None)
    run_layers(samples[:2], compile="always")
    assert len(decoded) == 6
    monkeypatch.setattr(extraction.speed, "frames_per_second", lambda *_: {"float32": 1e-9})
    decoded.clear()
    run_layers(samples[:2], compile="auto")
    assert len(decoded) == 2


def test_meta_tells_people_what_the_features_are(samples, run, tmp_path, config, clip, backbone):
    index = run(samples)
    store = FeatureStore(
        tmp_path / "store",
        extraction._facts(backbone, PooledNode("features.12.cat", "avg"), clip, config, "float32", torch.device("cpu")),
    )
    assert store.fingerprint == index["fingerprint"][0]
    facts = json.loads((store.folder / "meta.json").read_text())["facts"]
    assert (facts["backbone"], facts["layer"], facts["clip"]) == (
        "squeezenet1_1",
        "features.12.cat",
        {"sampling": "uniform", "frames": 6},
    )


def test_any_backbone_reads_flow_and_the_store_keeps_it_apart(samples, run, clip, decoded, tmp_path):
    frames = run(samples)
    of_flow = clip.model_copy(update={"stream": "flow", "flow_side": 48})
    flow = run(samples, clip=of_flow)
    assert flow["fingerprint"][0] != frames["fingerprint"][0]
    apart = [build_dataset(samples, index, tmp_path / "store") for index in (frames, flow)]
    assert apart[0].x.shape == apart[1].x.shape
    assert apart[0].digest != apart[1].digest
    decoded.clear()
    assert run(samples).equals(frames)
    assert run(samples, clip=clip.model_copy(update={"flow_side": 96}))["fingerprint"].equals(frames["fingerprint"])
    assert decoded == []
    assert lineage_of(flow)["features"]["stream"] == "flow"
    assert lineage_of(flow)["features"]["flow_side"] == 48
    assert lineage_of(frames)["features"]["stream"] == "rgb"


def test_where_a_store_of_frames_lies_does_not_change(backbone, clip, config):
    """What was extracted by versions that knew no other stream is found again."""
    node = PooledNode("features.12", "avg")
    facts = extraction._facts(backbone, node, clip, config, "float32", torch.device("cpu"))
    assert set(facts) == {
        *("engine", "decoding", "backbone", "backbone_fingerprint", "layer", "pool", "clip", "precision", "dtype"),
        *("batch_size", "device", "torch", "compiled"),
    }
    assert facts["clip"] == {"sampling": "uniform", "frames": 6}


def test_a_sample_without_flow_is_told_with_the_way_out(table, run, clip, write_clip, tmp_path):
    write_clip(tmp_path / "one.mp4", 1, 0)
    of_flow = clip.model_copy(update={"stream": "flow", "flow_side": 48})
    with pytest.raises(UserError, match=r"one\.mp4 was ingested for the stream rgb .* from `probe_samples`"):
        run(table([tmp_path / "one.mp4"]), clip=of_flow)
