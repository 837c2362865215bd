"""Operations of a frame: counted by hand where that can be done."""

import pytest
import torch
from torch import nn

from seqpipe.encoders.architectures import build_module
from seqpipe.encoders.flops import forward_flops, step_flops

FORWARD = 2 * 8 * 8 * 4 * 3 * 9 + 2 * 8 * 8 * 4 * 9 + 2 * 4 * 5


def net() -> nn.Module:
    """A convolution, one in groups, and a dense layer: 8 x 8 maps of 4 channels, 5 classes."""
    convolutions = [nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1, groups=4)]
    return nn.Sequential(*convolutions, nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))


def test_forward_is_two_for_each_product_and_sum():
    assert forward_flops(net(), 8) == FORWARD


def test_a_step_adds_the_gradients_of_weights_and_of_inputs_but_not_of_the_frame():
    first = 2 * 8 * 8 * 4 * 3 * 9
    assert step_flops(net(), 8) == 3 * FORWARD - first


def test_frozen_layers_cost_their_forward_alone():
    frozen = net()
    frozen[:3].requires_grad_(False)
    assert step_flops(frozen, 8) == FORWARD + 2 * 4 * 5  # the dense layer's weights; nothing below needs a gradient


def test_counting_leaves_the_net_as_it_was():
    counted = net().train()
    before = {key: tensor.clone() for key, tensor in counted.state_dict().items()}
    step_flops(counted, 8)
    assert all(torch.equal(before[key], tensor) for key, tensor in counted.state_dict().items())
    assert all(p.grad is None for p in counted.parameters())


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_attention_is_counted(device):
    """ViT-B/32 on 4 + 1 tokens: patches, and in each of 12 blocks four projections, two products and an MLP."""
    tokens, width = 5, 768
    block = 4 * tokens * width**2 + 2 * tokens**2 * width + 2 * tokens * width * 4 * width
    expected = 2 * (12 * block + 4 * 32 * 32 * 3 * width + 10 * width)
    assert forward_flops(build_module("vit_b_32", 10, 64, device), 64) == expected
