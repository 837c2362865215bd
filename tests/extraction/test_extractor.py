import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms._presets import ImageClassification

from seqpipe.config import View
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.backbones import Backbone
from seqpipe.encoders.layers import PooledNode
from seqpipe.encoders.transforms import Transforms
from seqpipe.extraction.extractor import Extractor
from seqpipe.extraction.input import to_input

CPU = torch.device("cpu")
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def _seeded(name: str, size: int = 64) -> Backbone:
    torch.manual_seed(0)
    module = build_module(name, 10, size)
    for m in module.modules():
        if isinstance(m, torch.nn.BatchNorm2d):  # statistics that folding could get wrong
            m.running_mean.uniform_(-0.1, 0.1)
            m.running_var.uniform_(0.5, 1.5)
    transforms = Transforms(resize=size, crop=size, **IMAGENET)
    return Backbone(name, "random", "nothing", 10, transforms, module.state_dict())


def _frames(count: int, size: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "shufflenet_v2_x0_5", "mobilenet_v3_small"])
def test_features_are_the_model_s_own(name):
    backbone = _seeded(name)
    node = layers.resolve(name, 64, "penultimate")
    frames = _frames(3)
    normal = (frames / 255 - torch.tensor(IMAGENET["mean"]).view(3, 1, 1)) / torch.tensor(IMAGENET["std"]).view(3, 1, 1)
    with torch.inference_mode():
        wanted = layers.pooled(layers.cut(backbone.module(), node)(normal)[node], "avg")
    exact = Extractor(backbone, [PooledNode(node, "avg")], "float32", CPU).features(frames)[0]
    torch.testing.assert_close(exact, wanted, rtol=1e-3, atol=1e-4)
    rough = Extractor(backbone, [PooledNode(node, "avg")], "bfloat16", CPU).features(frames)[0]
    assert torch.cosine_similarity(rough, wanted).min() > 0.995


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def extractor(request):
    return Extractor(_seeded("resnet18"), [PooledNode("layer4.1.relu_1", "avg")], request.param, CPU)


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(8)), real=st.integers(1, 8))
def test_a_frame_s_bits_depend_neither_on_its_place_nor_on_its_company(extractor, order, real):
    frames = _frames(8)
    whole = extractor.features(frames)[0]
    padded = extractor.empty_batch(8)
    padded[:real] = frames[order[:real]]
    assert torch.equal(extractor.features(padded)[0][:real], whole[order[:real]])


def test_batch_norms_are_folded(extractor):
    assert not [m for m in extractor.modules() if isinstance(m, torch.nn.BatchNorm2d)]


SEVERAL = {
    # A convolution before its batch norm, a sum that the ReLU behind it overwrites, the last map in two ways.
    "resnet18": ["layer1.0.conv1", "layer2.0.add", "layer3", "layer4"],
    "shufflenet_v2_x0_5": ["conv1.0", "conv5.0", "penultimate"],
    "mobilenet_v3_small": ["features.0", "features.1.block.1", "classifier.0"],
}


@pytest.mark.parametrize(("name", "precision"), [("resnet18", "bfloat16"), *((name, "float32") for name in SEVERAL)])
def test_several_taps_have_the_bits_that_each_has_alone(name, precision):
    backbone, frames = _seeded(name), _frames(3)
    nodes = [layers.resolve(name, 64, layer) for layer in SEVERAL[name]]
    pooled_nodes = [PooledNode(node, pool) for node in nodes for pool in ("avg", "flatten")]
    together = Extractor(backbone, pooled_nodes, precision, CPU).features(frames)
    for pooled_node, x in zip(pooled_nodes, together, strict=True):
        assert torch.equal(x, Extractor(backbone, [pooled_node], precision, CPU).features(frames)[0]), pooled_node


def test_taps_of_one_node_share_its_computation():
    pooled_nodes = [PooledNode("layer2.1.relu_1", pool) for pool in ("avg", "flatten")]
    calls = []
    extractor = Extractor(_seeded("resnet18"), pooled_nodes, "float32", CPU)
    for module in extractor.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda *_: calls.append(1))
    mean, flat = extractor.features(_frames(2))
    assert len(calls) == sum(isinstance(m, torch.nn.Conv2d) for m in extractor.modules())
    torch.testing.assert_close(flat.view(2, 128, -1).mean(2), mean)


def test_a_flattened_map_keeps_every_number():
    backbone = _seeded("squeezenet1_1")
    x = Extractor(backbone, [PooledNode("features.12.cat", "flatten")], "float32", CPU).features(_frames(2))[0]
    assert x.shape == (2, math.prod(layers.node_shapes("squeezenet1_1", 64)["features.12.cat"]))


@pytest.mark.parametrize("view", get_args(View))
@pytest.mark.parametrize(("height", "width"), [(240, 320), (300, 200), (64, 64), (50, 70), (20, 200)])
def test_a_clip_resized_frame_by_frame_has_the_same_bits(height, width, view):
    transforms = Transforms(resize=72, crop=64, **IMAGENET, view=view)
    clip = np.random.default_rng(0).integers(0, 256, (5, height, width, 3), np.uint8)
    whole = to_input(clip, transforms)
    assert torch.equal(torch.cat([to_input(rgb[None], transforms) for rgb in clip]), whole)


@pytest.mark.parametrize("view", get_args(View))
def test_a_long_strip_does_not_fill_the_memory(view):
    strip = np.full((1, 2, 60_000, 3), 7, np.uint8)  # resized whole, 400 MB
    got = to_input(strip, Transforms(resize=72, crop=64, **IMAGENET, view=view))
    assert got.shape == (5 if view == "crops" else 1, 3, 64, 64)
    assert (got[..., 24:40, :] == 7).all()


@pytest.mark.parametrize(("height", "width"), [(240, 320), (300, 200), (64, 64), (50, 70)])
def test_frames_are_resized_and_cropped_as_the_weights_want_it(height, width):
    transforms = Transforms(resize=72, crop=64, **IMAGENET)
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)).resize((width, height), Image.BICUBIC)
    got = to_input(np.array(coarse)[None], transforms)
    assert got.dtype == torch.uint8
    assert got.shape == (1, 3, 64, 64)
    normal = ImageClassification(crop_size=64, resize_size=72, mean=(0, 0, 0), std=(1, 1, 1))(coarse)
    assert (got[0].float() - normal * 255).abs().max() <= 1.01


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("height", "width"), [(100, 200), (200, 100)])
def test_the_whole_frame_keeps_what_is_at_its_edges(height, width, interpolation):
    frame = np.full((height, width, 3), 50, np.uint8)
    edges = frame if width > height else frame.transpose(1, 0, 2)
    edges[:, :40], edges[:, -40:] = 250, 150  # a fifth of the longer side each, beyond the centre crop
    centre = Transforms(resize=72, crop=64, **IMAGENET, interpolation=interpolation)
    assert (to_input(frame[None], centre) == 50).all()
    got = to_input(frame[None], replace(centre, view="whole"))[0].float()
    assert got.shape == (3, 64, 64)
    along = got.mean(dim=(0, 1 if width > height else 2))
    assert [along[:10].mean(), along[16:48].mean(), along[-10:].mean()] == pytest.approx([250, 50, 150], abs=1)


def test_of_a_square_frame_without_margin_both_views_are_the_same():
    centre = Transforms(resize=64, crop=64, **IMAGENET)
    frame = np.random.default_rng(0).integers(0, 256, (1, 90, 90, 3), np.uint8)
    assert torch.equal(to_input(frame, centre), to_input(frame, replace(centre, view="whole")))
