"""Grad-CAM: against nets whose decision is known, and against CAM, which it generalises."""

import pytest
import torch
from torch import Tensor, nn

from seqpipe.encoders import layers
from seqpipe.encoders.architectures import build_module
from seqpipe.models.finetune.gradcam import heat_maps
from seqpipe.runtime.devices import intra_op_threads


@pytest.fixture(autouse=True)
def one_thread():
    with intra_op_threads(1):
        yield


@pytest.fixture(scope="module")
def brightness() -> nn.Module:
    """A SqueezeNet whose first channel carries the brightness to the end: class 1 is bright, class 0 is not."""
    module = build_module("squeezenet1_1", 2, 64)
    for path, part in module.named_modules():
        if isinstance(part, nn.Conv2d):
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
            if "expand3x3" not in path:
                with torch.no_grad():
                    part.weight[-1, 0, part.kernel_size[0] // 2, part.kernel_size[1] // 2] = 1.0
                    part.weight[0, 0, part.kernel_size[0] // 2, part.kernel_size[1] // 2] = (
                        -1.0 if path == "classifier.1" else 1.0
                    )
    return module


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_heat_lies_in_the_quadrant_that_decides(brightness, rows, columns):
    x = torch.zeros(1, 3, 64, 64)
    x[:, :, 40 * rows : 40 * rows + 24, 40 * columns : 40 * columns + 24] = 1.0
    heat = heat_maps(brightness, "squeezenet1_1", x, torch.tensor([1]))[0]  # (3, 3)
    assert heat[2 * rows, 2 * columns] == 1.0
    assert heat[2 - 2 * rows].sum() == heat[:, 2 - 2 * columns].sum() == 0.0


def test_what_speaks_against_a_class_is_cold(brightness):
    x = torch.ones(1, 3, 64, 64)
    assert heat_maps(brightness, "squeezenet1_1", x, torch.tensor([1])).max() == 1.0
    assert heat_maps(brightness, "squeezenet1_1", x, torch.tensor([0])).max() == 0.0


def cam(module: nn.Module, name: str, x: Tensor, classes: Tensor) -> Tensor:
    """Class activation maps (Zhou et al., CVPR 2016), for nets that end in a mean over space and a dense layer."""
    node = layers.resolve(name, 64, "last_conv")
    with torch.inference_mode():
        maps = layers.cut(module, node)(x)[node]
        weights = module.get_submodule(layers.head_layer(name, 64)).weight[classes]
        heat = torch.einsum("bk,bkhw->bhw", weights, maps).relu()
    return heat / heat.amax((1, 2), keepdim=True)


@pytest.mark.parametrize("name", ["resnet18", "shufflenet_v2_x0_5"])
def test_where_a_mean_and_a_dense_layer_end_the_net_it_is_cam(name):
    torch.manual_seed(0)
    module, x = build_module(name, 5, 64), torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        classes = module(x).argmax(1)
    heat = heat_maps(module, name, x, classes)
    assert heat.shape == (4, 2, 2)
    assert not heat.requires_grad
    torch.testing.assert_close(heat, cam(module, name, x, classes))


def test_a_frame_s_heat_does_not_depend_on_its_neighbours(brightness):
    x, classes = torch.rand(3, 3, 64, 64), torch.tensor([1, 1, 1])
    together = heat_maps(brightness, "squeezenet1_1", x, classes)
    alone = torch.cat([heat_maps(brightness, "squeezenet1_1", x[i : i + 1], classes[:1]) for i in range(3)])
    torch.testing.assert_close(together, alone)


def test_a_frozen_net_is_explained_as_well_and_stays_as_it_is(brightness):
    brightness.requires_grad_(False)
    assert heat_maps(brightness, "squeezenet1_1", torch.ones(1, 3, 64, 64), torch.tensor([1])).max() == 1.0
    assert not any(p.grad is not None or p.requires_grad for p in brightness.parameters())


def test_a_net_without_convolution_maps_has_no_heat():
    module = build_module("vit_b_32", 2, 32, "meta")
    assert heat_maps(module, "vit_b_32", torch.empty(1, 3, 32, 32, device="meta"), torch.tensor([0])) is None
