"""Features of snippets: what a video backbone reads of a sample, held against a plain loop over torchvision's own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms._presets import VideoClassification
from torchvision.transforms.v2 import functional as F

from seqpipe.core.errors import UserError
from seqpipe.data.dataset import build_dataset
from seqpipe.data.frame_dataset import build_frame_dataset
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import SnippetSize, build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import PooledNode
from seqpipe.encoders.transforms import Snippet, Transforms
from seqpipe.extraction import speed, stream
from seqpipe.extraction.engine import SNIPPET_VERSION, _facts, extract
from seqpipe.extraction.extractor import Extractor
from seqpipe.media.decoding.decode import read_clip
from seqpipe.media.decoding.flow import read_flow

SIZE = SnippetSize(4, 32)
KINETICS = {"mean": (0.43216, 0.394666, 0.37645), "std": (0.22803, 0.22145, 0.216989)}


@pytest.fixture(scope="module")
def video_backbone() -> Backbone:
    """R3D with seeded random weights that reads snippets of 4 frames of 32 x 32, 2 apart."""
    torch.manual_seed(0)
    module = build_module("r3d_18", 5, SIZE)
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm3d):  # statistics that folding could get wrong
            m.running_mean.uniform_(-0.1, 0.1)
            m.running_var.uniform_(0.5, 1.5)
    transforms = Transforms(resize=(36, 48), crop=32, antialias=False, snippet=Snippet(4, 2), **KINETICS)
    return Backbone("r3d_18", "random", "nothing", 5, transforms, module.state_dict())


@pytest.fixture
def run(video_backbone, config, runtime, tmp_path):
    """D' of samples; keyword arguments change the configuration of features."""

    def call(samples, clip, backbone=video_backbone, store="store", threads=2, **changes):
        features = config.model_copy(update={"layer": "penultimate"} | changes)
        where = runtime.model_copy(update={"threads": threads})
        index = extract(samples, backbone, clip, features, where, tmp_path / store)
        return build_dataset(samples, index, tmp_path / store)

    return call


def _plainly(backbone: Backbone, path: str, numbers: list[list[int]]) -> torch.Tensor:
    """(n, D): every frame of the file, torchvision's preset for video, its network up to the last pooling."""
    module = backbone.module()
    module.fc = torch.nn.Identity()
    preset = VideoClassification(crop_size=(32, 32), resize_size=(36, 48), **KINETICS)
    times = [(n + 0.5) / 10 for n in range(max(map(max, numbers)) + 1)]
    frames = torch.from_numpy(read_clip(path, "video", times)).permute(0, 3, 1, 2)
    with torch.inference_mode():
        return module(torch.stack([preset(frames[of]) for of in numbers]))


def test_streamed_they_are_those_of_a_plain_loop(samples, run, clip, video_backbone):
    stride = clip.model_copy(update={"sampling": "stride", "frames": 3, "stride": 2})
    data = run(samples, stride)
    for row, (path, length) in enumerate(zip(samples["path"], samples["length"], strict=True)):
        taken = min(3, 1 + max(0, length - 7) // 2)
        first = (length - 7 - (taken - 1) * 2) // 2
        numbers = [[min(max(first + 2 * step + 2 * i, 0), length - 1) for i in range(4)] for step in range(taken)]
        wanted = _plainly(video_backbone, path, numbers)
        assert int(data.mask[row].sum()) == taken
        torch.testing.assert_close(torch.from_numpy(data.x[row][:taken]), wanted, rtol=2e-3, atol=2e-3)
        assert data.times_s[row][:taken] == pytest.approx([(first + 2 * step + 3.5) / 10 for step in range(taken)])


def test_snippets_of_flow_hold_the_flow_at_each_of_their_frames(samples, run, clip, video_backbone):
    of_flow = clip.model_copy(update={"stream": "flow", "flow_side": 48, "sampling": "stride", "frames": 1})
    data = run(samples[:1], of_flow)
    row = samples.iloc[0]
    first = (row["length"] - 7) // 2
    numbers = [min(max(first + 2 * i, 0), row["length"] - 1) for i in range(4)]
    times_s = [(number + 0.5) * row["duration_s"] / row["length"] for number in numbers]
    pictures = torch.from_numpy(np.stack(list(read_flow(row["path"], row["kind"], times_s, row["length"], 48))))
    preset = VideoClassification(crop_size=(32, 32), resize_size=(36, 48), **KINETICS)
    module = video_backbone.module()
    module.fc = torch.nn.Identity()
    with torch.inference_mode():
        wanted = module(preset(pictures.permute(0, 3, 1, 2))[None])
    apart = _plainly(video_backbone, row["path"], [numbers]) - wanted
    torch.testing.assert_close(torch.from_numpy(data.x[0][:1]), wanted, rtol=1e-2, atol=1e-2)
    assert apart.abs().max() > 0.1  # of the frames themselves


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_bits_depend_neither_on_threads_nor_on_the_order(samples, run, clip, precision):
    samples, of_all = samples[:4], clip.model_copy(update={"sampling": "fps", "fps": 100.0, "frames": 3})
    plain = run(samples, of_all, store="a", threads=1, workers=1, precision=precision)
    other = run(samples[::-1], of_all, store="b", threads=3, workers=4, precision=precision)
    assert np.array_equal(plain.x[::-1], other.x)
    assert plain.mask.all()


def test_overlapping_snippets_decode_each_frame_once(samples, run, clip, monkeypatch):
    asked = []
    read_frames = stream.read_frames
    monkeypatch.setattr(stream, "read_frames", lambda *a: asked.append(len(a[2])) or read_frames(*a))
    run(samples[-1:].reset_index(drop=True), clip.model_copy(update={"sampling": "fps", "fps": 100.0, "frames": 100}))
    assert asked == [samples["length"].iloc[-1]]


def test_an_image_is_a_snippet_that_stands_still(tmp_path, run, clip, video_backbone, samples):
    picture = np.random.default_rng(0).integers(0, 256, (36, 48, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    still = {"path": str(tmp_path / "a.png"), "kind": "image", "length": 1, "rate": 25.0, "duration_s": 0.04}
    data = run(samples[:1].assign(**still), clip)
    node = layers.resolve("r3d_18", SIZE, "penultimate")
    extractor = Extractor(video_backbone, [PooledNode(node, "avg")], "float32", torch.device("cpu"))
    cut = torch.from_numpy(picture[2:34, 8:40]).permute(2, 0, 1)
    wanted = extractor.features(cut[:, None].expand(3, 4, 32, 32)[None].contiguous())[0]
    torch.testing.assert_close(torch.from_numpy(data.x[0]), wanted, rtol=1e-3, atol=1e-3)


def test_in_the_view_crops_a_snippet_s_features_are_the_mean_over_its_crops(samples, run, clip, video_backbone):
    one = samples[-1:].reset_index(drop=True)  # of 12 frames
    crops = run(one, clip.model_copy(update={"frames": 1}), backbone=video_backbone.with_view("crops"))
    frames = torch.from_numpy(read_clip(one["path"][0], "video", [(n + 0.5) / 10 for n in (3, 5, 7, 9)]))
    resized = F.resize(frames.permute(0, 3, 1, 2), [36, 48], antialias=False)[..., 2:34, :]
    node = layers.resolve("r3d_18", SIZE, "penultimate")
    extractor = Extractor(video_backbone, [PooledNode(node, "avg")], "float32", torch.device("cpu"))
    both = torch.stack([resized[..., 2:34], resized[..., 14:46]]).transpose(1, 2)
    wanted = extractor.features(both)[0].mean(0, keepdim=True)
    torch.testing.assert_close(torch.from_numpy(crops.x[0]), wanted, rtol=1e-3, atol=1e-3)


def test_length_and_stride_are_part_of_what_the_store_is_known_by(samples, run, clip, video_backbone, tmp_path):
    for snippet in (Snippet(4, 2), Snippet(4, 1), Snippet(2, 2)):
        transforms = replace(video_backbone.transforms, snippet=snippet)
        data = run(samples[:2], clip, backbone=replace(video_backbone, transforms=transforms))
        assert data.lineage["features"]["snippet"] == {"frames": snippet.frames, "stride": snippet.stride}
    assert len(list((tmp_path / "store").iterdir())) == 3


def test_a_batch_has_no_more_frames_than_it_may(video_backbone, config, samples, run, clip, monkeypatch):
    sizes = set()
    features = Extractor.features
    monkeypatch.setattr(Extractor, "features", lambda self, x: sizes.add(tuple(x.shape)) or features(self, x))
    run(samples, clip, batch_size=9)
    assert sizes == {(2, 3, 4, 32, 32)}
    sizes.clear()
    run(samples, clip, batch_size=3)
    assert sizes == {(1, 3, 4, 32, 32)}


def test_the_speed_is_one_of_snippets_of_so_many_frames(video_backbone, tmp_path):
    cpu = torch.device("cpu")
    first = speed.frames_per_second(video_backbone, cpu)
    transforms = replace(video_backbone.transforms, snippet=Snippet(2, 1))
    speed.frames_per_second(replace(video_backbone, transforms=transforms), cpu)
    assert len(list((tmp_path / "cache" / "speed").glob("r3d_18-32-*.json"))) == 2
    assert first["float32"] > 0


def test_no_frame_dataset_is_made_for_it(samples, video_backbone, clip, runtime, tmp_path):
    with pytest.raises(UserError, match="single frames, and r3d_18 reads snippets"):
        build_frame_dataset(samples, video_backbone, clip, runtime, tmp_path)


def test_only_features_of_snippets_are_known_by_how_these_are_laid(video_backbone, clip, config):
    node = PooledNode("avgpool", "avg")
    of_images = replace(video_backbone, transforms=replace(video_backbone.transforms, snippet=None))
    given = (node, clip, config, "float32", torch.device("cpu"))
    facts, plain = _facts(video_backbone, *given), _facts(of_images, *given)
    assert facts["snippets"] == SNIPPET_VERSION
    assert "snippets" not in plain
