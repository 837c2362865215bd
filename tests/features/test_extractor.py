import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms._presets import ImageClassification

from seqpipe.features import layers
from seqpipe.features.architectures import build_module
from seqpipe.features.backbones import Backbone, Transforms
from seqpipe.features.extractor import Extractor
from seqpipe.features.frames import to_input

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
        wanted = layers.pooled(layers.cut(backbone.module(), node)(normal)["x"], "avg")
    exact = Extractor(backbone, node, "avg", "float32", CPU).features(frames)
    torch.testing.assert_close(exact, wanted, rtol=1e-3, atol=1e-4)
    rough = Extractor(backbone, node, "avg", "bfloat16", CPU).features(frames)
    assert torch.cosine_similarity(rough, wanted).min() > 0.995


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def extractor(request):
    return Extractor(_seeded("resnet18"), "layer4.1.relu_1", "avg", request.param, CPU)


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(8)), real=st.integers(1, 8))
def test_a_frame_s_bits_depend_neither_on_its_place_nor_on_its_company(extractor, order, real):
    frames = _frames(8)
    whole = extractor.features(frames)
    padded = extractor.empty_batch(8)
    padded[:real] = frames[order[:real]]
    assert torch.equal(extractor.features(padded)[:real], whole[order[:real]])


def test_batch_norms_are_folded(extractor):
    assert not [m for m in extractor.modules() if isinstance(m, torch.nn.BatchNorm2d)]


def test_a_flattened_map_keeps_every_number():
    backbone = _seeded("squeezenet1_1")
    x = Extractor(backbone, "features.12.cat", "flatten", "float32", CPU).features(_frames(2))
    assert x.shape == (2, math.prod(layers.node_shapes("squeezenet1_1", 64)["features.12.cat"]))


@pytest.mark.parametrize(("height", "width"), [(240, 320), (300, 200), (64, 64), (50, 70), (20, 200)])
def test_a_clip_resized_frame_by_frame_has_the_same_bits(height, width):
    transforms = Transforms(resize=72, crop=64, **IMAGENET)
    clip = np.random.default_rng(0).integers(0, 256, (5, height, width, 3), np.uint8)
    whole = to_input(clip, transforms)
    assert torch.equal(torch.cat([to_input(rgb[None], transforms) for rgb in clip]), whole)


def test_a_long_strip_does_not_fill_the_memory():
    strip = np.full((1, 2, 60_000, 3), 7, np.uint8)  # resized whole, 400 MB
    got = to_input(strip, Transforms(resize=72, crop=64, **IMAGENET))
    assert got.shape == (1, 3, 64, 64)
    assert (got == 7).all()


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
