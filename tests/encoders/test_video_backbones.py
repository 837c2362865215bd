"""What holds of every video backbone of torchvision, found on the meta device: no weights, no arithmetic."""

import pytest
import torch

from seqpipe.core.errors import UserError
from seqpipe.encoders import layers
from seqpipe.encoders.architectures import (
    SnippetSize,
    build_module,
    check_reads_frames,
    input_shape,
    reads_snippets,
    video_architectures,
    weights_records,
)
from seqpipe.encoders.flops import forward_flops
from seqpipe.encoders.transforms import Snippet, transforms_of

MAPS = {
    "mc3_18": (512, 16, 7, 7),
    "r2plus1d_18": (512, 2, 7, 7),
    "r3d_18": (512, 2, 7, 7),
    "s3d": (1024, 2, 7, 7),
}


def _size(name: str) -> SnippetSize:
    size = transforms_of(next(iter(weights_records(name).values())), Snippet(16, 1)).size
    assert isinstance(size, SnippetSize)
    return size


def test_those_that_people_ask_for_are_known():
    asked = {"s3d", "r3d_18", "mc3_18", "r2plus1d_18", "swin3d_t", "mvit_v2_s"}
    assert asked <= set(video_architectures())
    assert all(map(reads_snippets, asked))
    assert not reads_snippets("resnet18")


@pytest.mark.parametrize("name", video_architectures())
def test_each_builds_and_answers_a_snippet(name):
    size = _size(name)
    with torch.no_grad():
        logits = build_module(name, 7, size, "meta")(torch.empty(input_shape(2, size), device="meta"))
    assert logits.shape == (2, 7)


@pytest.mark.parametrize("name", ["mc3_18", "r2plus1d_18", "r3d_18", "s3d", "mvit_v2_s", "swin3d_t"])
def test_one_of_each_kind_gives_a_vector_and_a_map_that_keeps_time(name):
    size = _size(name)
    shapes = layers.node_shapes(name, size)
    penultimate, head = (layers.resolve(name, size, layer) for layer in ("penultimate", "head"))
    features = torch.empty(2, *shapes[penultimate], device="meta")
    assert layers.pooled(features, "avg").shape in [(2, 512), (2, 768), (2, 1024)]
    assert layers.pooled(torch.empty(2, *shapes[head], device="meta"), "avg").shape == (2, layers.IMAGENET_CLASSES)
    assert layers.needs_head(name, size, head)
    assert not layers.needs_head(name, size, penultimate)
    assert layers.exists(name, size, "last_conv") == (name in MAPS)
    if name in MAPS:
        assert shapes[layers.resolve(name, size, "last_conv")] == MAPS[name]
    else:
        with pytest.raises(UserError, match=f"{name} has no convolution maps.*penultimate"):
            layers.resolve(name, size, "last_conv")


@pytest.mark.parametrize("shape", [(2, 5, 4, 7, 7), (2, 4, 7, 7, 5)])
def test_maps_are_averaged_over_time_and_space_wherever_their_channels_are(shape):
    maps = torch.rand(shape)
    dimensions = (2, 3, 4) if shape[1] == 5 else (1, 2, 3)
    torch.testing.assert_close(layers.pooled(maps, "avg"), maps.mean(dimensions))
    assert layers.pooled(maps, "flatten").shape == (2, 5 * 4 * 7 * 7)


def test_too_short_a_snippet_is_a_sentence():
    with pytest.raises(
        UserError, match=r"s3d cannot read snippets of 8 frames of 224 x 224.*backbone\.snippet\.frames"
    ):
        layers.resolve("s3d", SnippetSize(8, 224), "penultimate")


def test_a_snippet_costs_what_torchvision_says():
    size = _size("r3d_18")
    module = build_module("r3d_18", 400, size, "meta")
    told = 2 * weights_records("r3d_18")["KINETICS400_V1"].meta["_ops"] * 1e9  # they count a product and a sum as one
    assert forward_flops(module, size) == pytest.approx(told, rel=0.01)
    assert module(torch.empty(input_shape(1, size), device="meta")).shape == (1, 400)


def test_what_trains_on_single_frames_refuses_them():
    check_reads_frames("resnet18", "Fine-tuning")
    with pytest.raises(UserError, match=r"Fine-tuning needs a backbone that reads single frames, and r3d_18 reads"):
        check_reads_frames("r3d_18", "Fine-tuning")
